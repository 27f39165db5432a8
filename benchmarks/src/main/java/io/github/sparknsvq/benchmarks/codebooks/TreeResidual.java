package io.github.sparknsvq.benchmarks.codebooks;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.joint.JointSettings;
import io.github.sparknsvq.core.training.joint.JointTraining;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A residual quantizer of two levels whose first index selects the codebook of the second (Vali's thesis, section
 * 2.8), beside one with a single second codebook and as many bits.
 *
 * <p>Arguments: most rows to train on, then for each data set the file to train on, the one to measure or {@code -}
 * for the last {@value #HELD_OUT} rows of the first, and after these the bits {@code b1+b2} of the levels.
 */
public final class TreeResidual {
    private static final int HELD_OUT = 10_000;
    private static final int BEAM = 8;
    private static final int ROUNDS = 10;
    private static final long SEED = 1;

    /** Larger codebooks are not trained for the column of one codebook. */
    private static final int FLAT_BITS = 8;

    private final String name;
    private final FloatMatrix train;
    private final FloatMatrix heldOut;

    private TreeResidual(int most, String file, String other) {
        FloatMatrix all = VectorFiles.readMatrix(Path.of(file));
        this.name = Path.of(file).getParent().getFileName().toString();
        boolean split = other.equals("-");
        int last = split ? all.rows() - HELD_OUT : all.rows();
        this.train = Trainer.slice(all, 0, Math.min(most, last));
        this.heldOut = split
                ? Trainer.slice(all, last, all.rows())
                : Trainer.slice(VectorFiles.readMatrix(Path.of(other)), 0, HELD_OUT);
    }

    /** Prints the table. */
    public static void main(String[] args) {
        System.out.printf(
                "%-14s %6s %4s %6s | %10s %10s %10s %10s %10s | %7s %7s | %9s %9s | %7s %7s %7s%n",
                "data",
                "rows",
                "D",
                "bits",
                "RVQ greedy",
                "RVQ joint",
                "tree",
                "tree,train",
                "one VQ",
                "tree/g",
                "tree/j",
                "RVQ KB",
                "tree KB",
                "greedy",
                "joint s",
                "tree s");
        int at = 1;
        while (at + 1 < args.length && !args[at].contains("+")) {
            at += 2;
        }
        String[] widths = Arrays.copyOfRange(args, at, args.length);
        for (int i = 1; i < at; i += 2) {
            TreeResidual data = new TreeResidual(Integer.parseInt(args[0]), args[i], args[i + 1]);
            for (String width : widths) {
                int plus = width.indexOf('+');
                data.row(Integer.parseInt(width.substring(0, plus)), Integer.parseInt(width.substring(plus + 1)));
            }
        }
    }

    private void row(int first, int second) {
        int d = train.columns();
        double began = Cpu.seconds();
        FloatMatrix level1 = codebook(train, 1 << first);
        int[] cells = nearest(level1, train);
        FloatMatrix left = residuals(train, level1, cells);
        double firstSeconds = Cpu.seconds() - began;
        began = Cpu.seconds();
        FloatMatrix level2 = codebook(left, 1 << second);
        double greedySeconds = firstSeconds + Cpu.seconds() - began;
        List<FloatMatrix> greedy = List.of(level1, level2);
        double greedyError = Trainer.error(new ResidualQuantizer(greedy, 1), heldOut);
        began = Cpu.seconds();
        double jointError;
        try (LocalStatisticsSource source = new LocalStatisticsSource(train, null, 1)) {
            JointSettings settings =
                    JointSettings.residual().withBeam(BEAM).withRounds(ROUNDS).withSeed(SEED);
            jointError = Trainer.error(
                    new ResidualQuantizer(
                            JointTraining.train(
                                            source, settings, greedy, TrainingListener.NONE, TrainingCheckpoint.NONE)
                                    .codebooks(),
                            BEAM),
                    heldOut);
        }
        double jointSeconds = greedySeconds + Cpu.seconds() - began;
        began = Cpu.seconds();
        FloatMatrix[] family = family(left, cells, 1 << first, 1 << second);
        double treeSeconds = firstSeconds + Cpu.seconds() - began;
        double treeError = error(level1, family, heldOut);
        System.out.printf(
                Locale.ROOT,
                "%-14s %6d %4d %6s | %10.4g %10.4g %10.4g %10.4g %10s | %7.3f %7.3f | %9d %9d | %7.0f %7.0f %7.0f%n",
                name,
                train.rows(),
                d,
                first + "+" + second,
                greedyError,
                jointError,
                treeError,
                error(level1, family, train),
                flat(first + second),
                treeError / greedyError,
                treeError / jointError,
                4L * d * ((1 << first) + (1 << second)) / 1024,
                4L * d * ((1 << first) + (1L << (first + second))) / 1024,
                greedySeconds,
                jointSeconds,
                treeSeconds);
        System.out.flush();
    }

    /** The error of one codebook with as many codewords as the tree has leaves, which takes the same memory. */
    private String flat(int bits) {
        if (bits > FLAT_BITS) {
            return "-";
        }
        float[] distances = new float[heldOut.rows()];
        NearestCodewordProviders.cpu()
                .prepare(codebook(train, 1 << bits))
                .nearest(heldOut.values(), 0, heldOut.rows(), new int[heldOut.rows()], distances);
        double sum = 0;
        for (float distance : distances) {
            sum += distance;
        }
        return String.format(Locale.ROOT, "%.4g", sum / heldOut.rows());
    }

    private static FloatMatrix[] family(FloatMatrix left, int[] cells, int cellCount, int codewords) {
        FloatMatrix[] family = new FloatMatrix[cellCount];
        for (int cell = 0; cell < cellCount; cell++) {
            FloatMatrix rows = of(left, cells, cell);
            // a cell that no row is in leaves its rows as they are
            family[cell] = rows.rows() == 0
                    ? new FloatMatrix(1, left.columns(), new float[left.columns()])
                    : codebook(rows, codewords);
        }
        return family;
    }

    /** The rows of a cell. */
    private static FloatMatrix of(FloatMatrix rows, int[] cells, int cell) {
        int d = rows.columns();
        int count = (int) Arrays.stream(cells).filter(c -> c == cell).count();
        float[] values = new float[count * d];
        int at = 0;
        for (int i = 0; i < cells.length; i++) {
            if (cells[i] == cell) {
                System.arraycopy(rows.values(), i * d, values, at, d);
                at += d;
            }
        }
        return new FloatMatrix(count, d, values);
    }

    private static double error(FloatMatrix level1, FloatMatrix[] family, FloatMatrix rows) {
        int[] cells = nearest(level1, rows);
        FloatMatrix left = residuals(rows, level1, cells);
        double sum = 0;
        for (int cell = 0; cell < family.length; cell++) {
            FloatMatrix part = of(left, cells, cell);
            float[] distances = new float[part.rows()];
            NearestCodewordProviders.cpu()
                    .prepare(family[cell])
                    .nearest(part.values(), 0, part.rows(), new int[part.rows()], distances);
            for (float distance : distances) {
                sum += distance;
            }
        }
        return sum / rows.rows();
    }

    private static FloatMatrix codebook(FloatMatrix rows, int codewords) {
        TrainingSettings settings =
                TrainingSettings.builder(codewords).seed(SEED).build();
        try (LocalStatisticsSource source = new LocalStatisticsSource(rows, null, 1)) {
            FloatMatrix start = Initialization.initialize(source, settings, InitMode.RANDOM, 1);
            return CodebookTrainer.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE)
                    .codebook();
        }
    }

    private static int[] nearest(FloatMatrix codebook, FloatMatrix rows) {
        int[] index = new int[rows.rows()];
        NearestCodewordProviders.cpu()
                .prepare(codebook)
                .nearest(rows.values(), 0, rows.rows(), index, new float[rows.rows()]);
        return index;
    }

    private static FloatMatrix residuals(FloatMatrix rows, FloatMatrix codebook, int[] index) {
        int d = rows.columns();
        float[] left = rows.values().clone();
        for (int i = 0; i < index.length; i++) {
            for (int j = 0; j < d; j++) {
                left[i * d + j] -= codebook.values()[index[i] * d + j];
            }
        }
        return new FloatMatrix(rows.rows(), d, left);
    }
}
