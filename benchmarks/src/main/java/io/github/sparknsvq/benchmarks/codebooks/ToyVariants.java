package io.github.sparknsvq.benchmarks.codebooks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.joint.JointSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/**
 * Errors of PVQ, RVQ and AVQ with four codebooks on held-out toy data, beside the published ones.
 *
 * <p>Arguments: rounds of least squares of AVQ, then what to measure, each {@code
 * correlated|uncorrelated/dimension/bits of a codebook,.../rows to train on/seeds}.
 */
public final class ToyVariants {
    private static final int CODEBOOKS = 4;
    private static final int RESIDUAL_BEAM = 8;
    private static final int RESIDUAL_ROUNDS = 10;
    private static final int BEAM = 16;
    private static final int POLISH = 4;
    private static final double LESS_NOISE = 0.2;

    /** Figures 2 and 3: PVQ, RVQ and AVQ at 3 to 10 bits for each codebook. */
    private static final Map<String, double[][]> PUBLISHED = Map.of(
            "correlated/64",
            new double[][] {
                {10.196, 8.893, 7.813, 6.888, 6.097, 5.411, 4.807, 4.269},
                {6.223, 4.648, 3.444, 2.487, 1.790, 1.274, .901, .633},
                {5.012, 3.991, 2.840, 2.024, 1.439, 1.018, .721, .510}
            },
            "uncorrelated/64",
            new double[][] {
                {118.389, 109.686, 100.247, 92.121, 83.790, 75.804, 68.256, 61.182},
                {118.397, 109.705, 101.987, 95.416, 88.180, 81.040, 74.135, 67.410},
                {116.027, 109.636, 101.172, 92.694, 84.507, 76.760, 69.457, 62.564}
            },
            "uncorrelated/128",
            new double[][] {
                {129.238, 124.874, 120.099, 115.088, 110.496, 105.667, 100.810, 95.909},
                {129.278, 124.957, 120.181, 115.767, 111.161, 106.367, 101.425, 96.272},
                {128.172, 124.926, 120.063, 115.002, 109.904, 104.755, 99.520, 94.158}
            },
            "uncorrelated/256",
            new double[][] {
                {134.651, 132.469, 130.063, 127.446, 124.843, 122.142, 119.336, 116.394},
                {134.779, 132.450, 129.899, 127.227, 124.529, 121.626, 118.486, 115.028},
                {134.123, 132.436, 129.860, 127.106, 124.215, 121.176, 117.946, 114.464}
            });

    private static final int HELD_OUT = 20_000;

    private final String data;
    private final int dimension;
    private final int rows;
    private final int seeds;
    private final int rounds;

    private ToyVariants(String data, int dimension, int rows, int seeds, int rounds) {
        this.data = data;
        this.dimension = dimension;
        this.rows = rows;
        this.seeds = seeds;
        this.rounds = rounds;
    }

    /** Prints the tables. */
    public static void main(String[] args) {
        for (String what : Arrays.asList(args).subList(1, args.length)) {
            String[] parts = what.split("/", -1);
            int[] numbers = {Integer.parseInt(parts[1]), Integer.parseInt(parts[3]), Integer.parseInt(parts[4])};
            new ToyVariants(parts[0], numbers[0], numbers[1], numbers[2], Integer.parseInt(args[0])).table(parts[2]);
        }
    }

    private void table(String widths) {
        System.out.printf("# %s, dimension %d: %,d rows, %d seeds%n", data, dimension, rows, seeds);
        System.out.printf(
                "%4s | %16s %16s %16s %16s %16s | %7s %7s %7s %7s | %8s %8s %8s | %9s %9s %9s | %6s%n",
                "bits",
                "PVQ",
                "RVQ default",
                "RVQ, best start",
                "AVQ default",
                "AVQ, best start",
                "RVQ/PVQ",
                "AVQd/P",
                "AVQ/PVQ",
                "PVQ/AVQ",
                "pub PVQ",
                "pub RVQ",
                "pub AVQ",
                "p RVQ/PVQ",
                "p AVQ/PVQ",
                "p PVQ/AVQ",
                "CPU s");
        for (String width : widths.split(",", -1)) {
            row(Integer.parseInt(width));
        }
        System.out.println();
    }

    private void row(int bits) {
        double began = Cpu.seconds();
        double[][] errors = new double[5][seeds];
        for (int seed = 0; seed < seeds; seed++) {
            FloatMatrix train = draw(rows, 2L * seed + 1);
            FloatMatrix other = draw(HELD_OUT, 2L * seed + 2);
            try (Trainer trainer = new Trainer(train, CODEBOOKS, bits, seed)) {
                errors[0][seed] = Trainer.error(trainer.defaultParts(), other);
                float[] levels = trainer.defaultLevels();
                float[] parts = trainer.paddedParts();
                JointSettings ordered =
                        JointSettings.residual().withBeam(RESIDUAL_BEAM).withRounds(RESIDUAL_ROUNDS);
                List<FloatMatrix> residual = trainer.jointly(levels, ordered);
                errors[1][seed] = residualError(residual, other);
                List<FloatMatrix> ofParts = trainer.jointly(parts, settled(true, RESIDUAL_BEAM, 0));
                List<FloatMatrix> bestSums = better(residual, ofParts, train, ToyVariants::residualError);
                errors[2][seed] = residualError(bestSums, other);
                List<FloatMatrix> additive =
                        trainer.jointly(levels, JointSettings.additive().withRounds(rounds));
                errors[3][seed] = additiveError(additive, other);
                List<FloatMatrix> best = additive;
                for (float[] start : List.of(parts, Trainer.flat(bestSums))) {
                    List<FloatMatrix> next = trainer.jointly(start, settled(false, BEAM, POLISH));
                    best = better(best, next, train, ToyVariants::additiveError);
                }
                errors[4][seed] = additiveError(best, other);
            }
        }
        double[] mean = Arrays.stream(errors).mapToDouble(RecallTable::mean).toArray();
        double[][] published = PUBLISHED.get(data + "/" + dimension);
        System.out.printf(Locale.ROOT, "%4d |", CODEBOOKS * bits);
        for (int i = 0; i < errors.length; i++) {
            System.out.printf(Locale.ROOT, " %8.3f (%5.3f)", mean[i], Math.sqrt(RecallTable.variance(errors[i])));
        }
        System.out.printf(
                Locale.ROOT,
                " | %7.4f %7.4f %7.4f %7.2f |",
                mean[2] / mean[0],
                mean[3] / mean[0],
                mean[4] / mean[0],
                mean[0] / mean[4]);
        if (published != null) {
            double p = published[0][bits - 3];
            double r = published[1][bits - 3];
            double a = published[2][bits - 3];
            System.out.printf(Locale.ROOT, " %8.3f %8.3f %8.3f | %9.4f %9.4f %9.2f", p, r, a, r / p, a / p, p / a);
        } else {
            System.out.printf(" %8s %8s %8s | %9s %9s %9s", "", "", "", "", "", "");
        }
        System.out.printf(Locale.ROOT, " | %6.0f%n", Cpu.seconds() - began);
        System.out.flush();
    }

    /** A start that is good already needs less noise. */
    private JointSettings settled(boolean ordered, int beam, int polishRounds) {
        return new JointSettings(ordered, rounds, beam, polishRounds, LESS_NOISE, 0);
    }

    private static List<FloatMatrix> better(
            List<FloatMatrix> one,
            List<FloatMatrix> other,
            FloatMatrix rows,
            ToDoubleBiFunction<List<FloatMatrix>, FloatMatrix> error) {
        return error.applyAsDouble(other, rows) < error.applyAsDouble(one, rows) ? other : one;
    }

    private static double residualError(List<FloatMatrix> codebooks, FloatMatrix rows) {
        return Trainer.error(new ResidualQuantizer(codebooks, RESIDUAL_BEAM), rows);
    }

    private static double additiveError(List<FloatMatrix> codebooks, FloatMatrix rows) {
        return Trainer.error(new AdditiveQuantizer(codebooks, BEAM, POLISH), rows);
    }

    private FloatMatrix draw(int count, long seed) {
        return data.equals("correlated")
                ? ToyData.correlated(count, dimension, seed)
                : ToyData.uncorrelated(count, dimension, seed);
    }
}
