package io.github.sparknsvq.benchmarks.codebooks;

import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.joint.JointSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Recall of an exhaustive asymmetric search in codes of 8 x 8 bits, for PVQ, RVQ and AVQ, each trained by NSVQ's
 * steps alone and the classical way.
 *
 * <p>Arguments: the folder of the data set, rows of {@code learn} to train on, rows of {@code base} to encode, how
 * many of the last rows of {@code learn} are queries, the number of seeds, passes of NSVQ's steps for RVQ and AVQ,
 * rounds of least squares.
 */
public final class RecallTable {
    private static final int[] AT = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
    private static final int CODEBOOKS = 8;
    private static final int BITS = 8;
    private static final int BEAM = 16;
    private static final int POLISH = 4;

    /** Rows of a step of NSVQ for RVQ and AVQ, and how its rate falls, in units of the data's rms. */
    private static final int BATCH = 400;

    private static final double FIRST_RATE = 0.2;
    private static final double LAST_RATE = 0.003;

    private final FloatMatrix train;
    private final AsymmetricSearch search;
    private final int seeds;
    private final int steps;
    private final int rounds;

    private RecallTable(Path folder, int rows, int encoded, int asked, int seeds, int steps, int rounds) {
        FloatMatrix learn = VectorFiles.readMatrix(folder.resolve("learn.bvecs"));
        this.train = Trainer.slice(learn, 0, rows);
        FloatMatrix base = VectorFiles.readMatrix(folder.resolve("base.bvecs"), encoded);
        this.search = new AsymmetricSearch(base, Trainer.slice(learn, learn.rows() - asked, learn.rows()));
        this.seeds = seeds;
        this.steps = steps;
        this.rounds = rounds;
    }

    /** Prints the table. */
    public static void main(String[] args) {
        new RecallTable(
                        Path.of(args[0]),
                        Integer.parseInt(args[1]),
                        Integer.parseInt(args[2]),
                        Integer.parseInt(args[3]),
                        Integer.parseInt(args[4]),
                        Integer.parseInt(args[5]),
                        Integer.parseInt(args[6]))
                .run();
    }

    private void run() {
        System.out.printf(
                "# %,d rows trained on, %,d encoded, %,d queries, %d seeds%n",
                train.rows(), search.base().rows(), search.queries(), seeds);
        System.out.printf(Locale.ROOT, "%-34s %9s %9s", "T", "MSE", "CPU s");
        for (int t : AT) {
            System.out.printf(" %5d", t);
        }
        System.out.println();
        Runs nsvq = measure("PVQ nsvq", Trainer::nsvqParts);
        compare(nsvq, measure("PVQ nsvq, constant rate", trainer -> trainer.nsvqParts(0.02)));
        compare(nsvq, measure("PVQ lloyd", Trainer::lloydParts));
        nsvq = measure("RVQ nsvq", trainer -> steps(trainer, true));
        compare(nsvq, measure("RVQ lloyd, level by level", trainer -> trainer.residual(trainer.lloydLevels(), 1)));
        Function<Trainer, Quantizer> fromLevels = trainer -> jointly(trainer, true, trainer.lloydLevels());
        compare(nsvq, measure("RVQ least squares, greedy codes", fromLevels));
        nsvq = measure("AVQ nsvq", trainer -> steps(trainer, false));
        fromLevels = trainer -> jointly(trainer, false, trainer.lloydLevels());
        compare(nsvq, measure("AVQ least squares from levels", fromLevels));
        Function<Trainer, Quantizer> fromParts = trainer -> jointly(trainer, false, trainer.paddedParts());
        compare(nsvq, measure("AVQ least squares from PVQ", fromParts));
    }

    /** NSVQ's steps: codes found as the trained quantizer finds them, a greedy one or a beam without polish. */
    private Quantizer steps(Trainer trainer, boolean ordered) {
        List<FloatMatrix> codebooks = trainer.nsvqSteps(ordered, BEAM / 2, steps, BATCH, FIRST_RATE, LAST_RATE);
        return ordered ? new ResidualQuantizer(codebooks, 1) : new AdditiveQuantizer(codebooks, BEAM, POLISH);
    }

    private Quantizer jointly(Trainer trainer, boolean ordered, float[] start) {
        JointSettings settings = ordered
                ? JointSettings.residual().withBeam(1)
                : JointSettings.additive().withBeam(BEAM);
        List<FloatMatrix> codebooks = trainer.jointly(start, settings.withRounds(rounds));
        return ordered ? new ResidualQuantizer(codebooks, 1) : new AdditiveQuantizer(codebooks, BEAM, POLISH);
    }

    /** One way to train. */
    private record Runs(String name, double[][] recall, boolean[][][] found) {}

    private Runs measure(String name, Function<Trainer, Quantizer> training) {
        double[][] recall = new double[seeds][AT.length];
        boolean[][][] found = new boolean[seeds][AT.length][search.queries()];
        double error = 0;
        double seconds = 0;
        for (int seed = 0; seed < seeds; seed++) {
            double began = Cpu.seconds();
            Quantizer quantizer;
            try (Trainer trainer = new Trainer(train, CODEBOOKS, BITS, 1 + seed)) {
                quantizer = training.apply(trainer);
            }
            seconds += (Cpu.seconds() - began) / seeds;
            FloatMatrix decoded = quantizer.decode(
                    quantizer.encode(search.base()), search.base().rows());
            error += search.error(decoded) / seeds;
            long[] ranks = search.ranks(decoded);
            for (int t = 0; t < AT.length; t++) {
                recall[seed][t] = Recall.at(ranks, AT[t]);
                for (int q = 0; q < ranks.length; q++) {
                    found[seed][t][q] = ranks[q] < AT[t];
                }
            }
        }
        Runs runs = new Runs(name, recall, found);
        System.out.printf(Locale.ROOT, "%-34s %9.0f %9.1f", name, error, seconds);
        row(t -> mean(column(recall, t)));
        System.out.printf("%-34s %9s %9s", "  standard error over seeds", "", "");
        row(t -> Math.sqrt(variance(column(recall, t)) / seeds));
        System.out.flush();
        return runs;
    }

    /** The difference, and its standard error over the queries, each of which both ways answer. */
    private void compare(Runs a, Runs b) {
        System.out.printf("%-34s %9s %9s", "  nsvq minus this", "", "");
        row(t -> mean(differences(a, b, t)));
        System.out.printf("%-34s %9s %9s", "  standard error over queries", "", "");
        row(t -> Math.sqrt(variance(differences(a, b, t)) / search.queries()));
    }

    private double[] differences(Runs a, Runs b, int t) {
        double[] differences = new double[search.queries()];
        for (int seed = 0; seed < seeds; seed++) {
            for (int q = 0; q < search.queries(); q++) {
                int more = (a.found[seed][t][q] ? 1 : 0) - (b.found[seed][t][q] ? 1 : 0);
                differences[q] += (double) more / seeds;
            }
        }
        return differences;
    }

    private interface Cell {
        double at(int t);
    }

    private static void row(Cell cell) {
        for (int t = 0; t < AT.length; t++) {
            System.out.printf(Locale.ROOT, " %5.3f", cell.at(t));
        }
        System.out.println();
    }

    private static double[] column(double[][] of, int t) {
        double[] column = new double[of.length];
        for (int i = 0; i < column.length; i++) {
            column[i] = of[i][t];
        }
        return column;
    }

    static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    static double variance(double[] values) {
        double mean = mean(values);
        double sum = 0;
        for (double value : values) {
            sum += (value - mean) * (value - mean);
        }
        return values.length > 1 ? sum / (values.length - 1) : 0;
    }
}
