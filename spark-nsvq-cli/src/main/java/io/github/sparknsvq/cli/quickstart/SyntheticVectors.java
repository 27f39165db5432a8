package io.github.sparknsvq.cli.quickstart;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.SeededHash;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Vectors that look like SIFT descriptors, for a first try without data: 128 whole numbers from 0 to 255,
 * heavy-tailed, of norm about 512, in clusters of unequal size whose rows vary along few directions.
 *
 * <p>The logarithm of a row is the center of its cluster, plus a low-dimensional offset, plus a little noise; the row
 * is then scaled, clipped and rounded as SIFT does (Lowe, IJCV 2004, section 6.1). Each row follows from the seed and
 * its number alone.
 */
public final class SyntheticVectors {
    /** Values of a vector. */
    public static final int DIMENSION = 128;

    private static final int FAMILIES = 32;
    private static final int CLUSTERS = 1024;
    private static final int DIRECTIONS = 12;
    private static final double NORM = 512;
    private static final double CLIP = 0.2;

    /** Taken from every value of a vector of length 1, since real descriptors have zeros, too. */
    private static final double FLOOR = 0.006;

    // Spreads of the logarithms. With these, variance, norm, share of zeros and of large values, and the error of 256
    // codewords are about those of descriptors of photographs.
    private static final double COMMON_SPREAD = 0.6;
    private static final double FAMILY_SPREAD = 0.7;
    private static final double CLUSTER_SPREAD = 0.5;
    private static final double ROW_SPREAD = 0.6;
    private static final double NOISE = 0.3;

    private static final long CENTERS = -1;

    private final long seed;
    private final double[][] centers = new double[CLUSTERS][];
    private final double[][] directions = new double[FAMILIES][];
    /** Share of the rows in clusters 0 to i. */
    private final double[] cumulated = new double[CLUSTERS];

    /**
     * Makes the clusters.
     *
     * @param seed the random seed
     */
    public SyntheticVectors(long seed) {
        this.seed = seed;
        SplittableRandom random = new SplittableRandom(SeededHash.mix(seed, CENTERS, 0));
        double[] common = gaussians(random, DIMENSION, COMMON_SPREAD);
        double[][] families = new double[FAMILIES][];
        for (int f = 0; f < FAMILIES; f++) {
            families[f] = sum(common, gaussians(random, DIMENSION, FAMILY_SPREAD));
            directions[f] = gaussians(random, DIRECTIONS * DIMENSION, ROW_SPREAD / Math.sqrt(DIRECTIONS));
        }
        double total = 0;
        for (int c = 0; c < CLUSTERS; c++) {
            centers[c] = sum(families[c % FAMILIES], gaussians(random, DIMENSION, CLUSTER_SPREAD));
            total += 1.0 / (c + CLUSTERS / 16.0);
            cumulated[c] = total;
        }
        for (int c = 0; c < CLUSTERS; c++) {
            cumulated[c] /= total;
        }
    }

    /**
     * Makes rows.
     *
     * @param stream number of the set, 0 or more: each has other rows from the same clusters
     * @param rows how many
     */
    public FloatMatrix make(int stream, int rows) {
        float[] values = new float[rows * DIMENSION];
        IntStream.range(0, rows).parallel().forEach(row -> fill(values, row, stream));
        return new FloatMatrix(rows, DIMENSION, values);
    }

    private void fill(float[] values, int row, int stream) {
        SplittableRandom random = new SplittableRandom(SeededHash.mix(seed, stream, row));
        int found = Arrays.binarySearch(cumulated, random.nextDouble());
        int cluster = Math.min(CLUSTERS - 1, found < 0 ? -found - 1 : found);
        double[] logarithms = centers[cluster].clone();
        double[] basis = directions[cluster % FAMILIES];
        for (int i = 0; i < DIRECTIONS; i++) {
            double along = random.nextGaussian();
            for (int j = 0; j < DIMENSION; j++) {
                logarithms[j] += along * basis[i * DIMENSION + j];
            }
        }
        double[] descriptor = new double[DIMENSION];
        Arrays.setAll(descriptor, j -> Math.exp(logarithms[j] + NOISE * random.nextGaussian()));
        scale(descriptor, 1);
        Arrays.setAll(descriptor, j -> Math.max(0, descriptor[j] - FLOOR));
        scale(descriptor, 1);
        Arrays.setAll(descriptor, j -> Math.min(CLIP, descriptor[j]));
        scale(descriptor, NORM);
        for (int j = 0; j < DIMENSION; j++) {
            values[row * DIMENSION + j] = Math.min(255, Math.round(descriptor[j]));
        }
    }

    private static void scale(double[] vector, double norm) {
        double length = Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
        Arrays.setAll(vector, j -> vector[j] * norm / length);
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = new double[a.length];
        Arrays.setAll(sum, j -> a[j] + b[j]);
        return sum;
    }

    private static double[] gaussians(SplittableRandom random, int count, double spread) {
        double[] values = new double[count];
        Arrays.setAll(values, i -> spread * random.nextGaussian());
        return values;
    }
}
