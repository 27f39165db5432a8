package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Random;

/**
 * Differential evolution of whole codebooks on rows in memory: DE/rand/1/bin (Storn and Price, Journal of Global
 * Optimization 1997; Vali, doctoral thesis 2025, equations 2.5 to 2.7). A population of codebooks of random rows;
 * each generation, each codebook gets a rival {@code V = X_r1 + F (X_r2 - X_r3)}, of which every element is taken
 * with probability {@code C_r}, and one in any case, and whichever of the two has the smaller error stays.
 *
 * <p>It measures {@code POPULATION * (GENERATIONS + 1)} codebooks, which is for small ones only.
 */
final class DifferentialEvolution {
    /** The most codewords of a codebook. */
    static final int MOST_CODEWORDS = 256;

    static final int POPULATION = 12;
    static final int GENERATIONS = 60;

    /** How much of a difference of two codebooks is added. */
    private static final float FACTOR = 0.5f;

    private static final double CROSSOVER = 0.5;

    private final FloatMatrix rows;
    private final double[] weights;
    private final int[] nearest;
    private final float[] distances;

    private DifferentialEvolution(FloatMatrix rows, double[] weights) {
        this.rows = rows;
        this.weights = weights;
        this.nearest = new int[rows.rows()];
        this.distances = new float[rows.rows()];
    }

    /**
     * Refuses codebooks that are too large.
     *
     * @throws NsvqException if there are more than {@value #MOST_CODEWORDS} codewords
     */
    static void checkSize(int codewords) {
        NsvqException.unless(
                codewords <= MOST_CODEWORDS,
                "initMode '" + InitMode.EVOLUTION.label() + "' is for codebooks of at most " + MOST_CODEWORDS
                        + " codewords, not " + codewords + ": use " + InitMode.PLUS_PLUS.label());
    }

    /**
     * Chooses codewords.
     *
     * @param rows the rows, at least one
     * @param weights a weight for each row
     * @param k how many
     * @param random the source of random numbers
     * @return {@code k x D} codewords
     */
    static FloatMatrix choose(FloatMatrix rows, double[] weights, int k, Random random) {
        checkSize(k);
        return new DifferentialEvolution(rows, weights).evolve(k, random);
    }

    private FloatMatrix evolve(int k, Random random) {
        int d = rows.columns();
        float[][] population = new float[POPULATION][];
        double[] errors = new double[POPULATION];
        for (int i = 0; i < POPULATION; i++) {
            population[i] = randomRows(k, random);
            errors[i] = error(population[i], k, d);
        }
        for (int generation = 0; generation < GENERATIONS; generation++) {
            for (int i = 0; i < POPULATION; i++) {
                float[] rival = rival(population, i, random);
                double error = error(rival, k, d);
                if (error <= errors[i]) {
                    population[i] = rival;
                    errors[i] = error;
                }
            }
        }
        int best = 0;
        for (int i = 1; i < POPULATION; i++) {
            best = errors[i] < errors[best] ? i : best;
        }
        return new FloatMatrix(k, d, population[best]);
    }

    /** Draws rows without repetition as long as there are others. */
    private float[] randomRows(int k, Random random) {
        int d = rows.columns();
        int n = rows.rows();
        int[] order = new int[n];
        Arrays.setAll(order, i -> i);
        float[] values = new float[k * d];
        for (int c = 0; c < k; c++) {
            int at = c % n;
            int other = at + random.nextInt(n - at);
            int row = order[other];
            order[other] = order[at];
            order[at] = row;
            System.arraycopy(rows.values(), row * d, values, c * d, d);
        }
        return values;
    }

    private static float[] rival(float[][] population, int target, Random random) {
        int[] others = new int[3];
        for (int r = 0; r < 3; r++) {
            int drawn;
            do {
                drawn = random.nextInt(population.length);
            } while (drawn == target || (r > 0 && drawn == others[0]) || (r > 1 && drawn == others[1]));
            others[r] = drawn;
        }
        float[] base = population[others[0]];
        float[] plus = population[others[1]];
        float[] minus = population[others[2]];
        float[] rival = population[target].clone();
        int forced = random.nextInt(rival.length);
        for (int e = 0; e < rival.length; e++) {
            if (random.nextDouble() < CROSSOVER || e == forced) {
                rival[e] = base[e] + FACTOR * (plus[e] - minus[e]);
            }
        }
        return rival;
    }

    private double error(float[] codewords, int k, int d) {
        NearestCodewordProviders.cpu()
                .prepare(new FloatMatrix(k, d, codewords))
                .nearest(rows.values(), 0, rows.rows(), nearest, distances);
        double error = 0;
        for (int i = 0; i < distances.length; i++) {
            error += weights[i] * distances[i];
        }
        return error;
    }
}
