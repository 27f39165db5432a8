package io.github.sparknsvq.benchmarks.classical;

import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.lattice.Lattice;
import io.github.sparknsvq.core.lattice.LatticeQuantizer;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Lattices beside theory and beside trained codebooks: {@code Lattices SIFT_FILE ROWS}. */
public final class Lattices {
    private static final int UNIFORM = 1_000_000;
    private static final int D = 8;
    private static final int REAL_D = 32;
    private static final double CORRELATION = 0.9;

    private final int rows;

    private Lattices(int rows) {
        this.rows = rows;
    }

    /** Prints the tables. */
    public static void main(String[] args) {
        Lattices lattices = new Lattices(Integer.parseInt(args[1]));
        moments();
        lattices.rates("Gaussian", lattices.gaussian(0));
        lattices.rates("correlated", lattices.gaussian(CORRELATION));
        lattices.rates("sift-photos", lattices.descriptors(Path.of(args[0])));
    }

    private static void moments() {
        System.out.printf("%-4s %3s | %9s %9s %8s%n", "", "n", "theory G", "measured", "ratio");
        for (Lattice lattice : List.of(
                Lattice.z(1),
                Lattice.a2(),
                Lattice.d(3),
                Lattice.d(4),
                Lattice.d(5),
                Lattice.d(6),
                Lattice.d(7),
                Lattice.d(8),
                Lattice.e8())) {
            double measured = moment(lattice);
            System.out.printf(
                    Locale.ROOT,
                    "%-4s %3d | %9.5f %9.5f %8.4f%n",
                    lattice.name(),
                    lattice.dimension(),
                    lattice.secondMoment(),
                    measured,
                    measured / lattice.secondMoment());
        }
        System.out.println();
        System.out.printf(
                "%-12s %4s %5s | %9s %7s | %7s %9s %6s | %9s %6s | %9s %6s%n",
                "", "bits", "n, K", "VQ", "entropy", "lattice", "fixed", "dB", "entropy", "dB", "VQ's ent.", "dB");
    }

    private static double moment(Lattice lattice) {
        Random random = new Random(1);
        int n = lattice.dimension();
        int[] coordinates = new int[n];
        double[] vector = new double[n];
        double[] point = new double[n];
        double sum = 0;
        for (int i = 0; i < UNIFORM; i++) {
            for (int j = 0; j < n; j++) {
                vector[j] = 1000 * random.nextDouble();
            }
            lattice.nearest(vector, coordinates, 0);
            lattice.point(coordinates, 0, point);
            for (int j = 0; j < n; j++) {
                sum += (vector[j] - point[j]) * (vector[j] - point[j]);
            }
        }
        return sum / UNIFORM / n / Math.pow(lattice.cellVolume(), 2.0 / n);
    }

    private void rates(String name, FloatMatrix data) {
        for (int bits = 1; bits <= 2; bits++) {
            for (Lattice lattice : List.of(Lattice.z(1), Lattice.a2(), Lattice.d(4), Lattice.e8())) {
                if (bits * lattice.dimension() <= 8) {
                    compare(name, bits, lattice, data);
                }
            }
        }
    }

    /** A trained codebook for each block, beside the lattice of its dimension. */
    private static void compare(String name, int bits, Lattice lattice, FloatMatrix data) {
        int n = lattice.dimension();
        int k = 1 << bits * n;
        double entropy = 0;
        double mse = 0;
        for (int from = 0; from < data.columns(); from += n) {
            FloatMatrix block = block(data, from, n);
            float[] squared = new float[block.rows()];
            int[] index = new int[block.rows()];
            new VectorQuantizer(codebook(block, k)).search().nearest(block.values(), 0, block.rows(), index, squared);
            double[] counts = new double[k];
            for (int i = 0; i < index.length; i++) {
                counts[index[i]]++;
                mse += squared[i];
            }
            entropy += new CodeHistogram(counts).entropyBits();
        }
        entropy /= data.columns();
        mse /= data.values().length;
        double fixed = atFixedRate(lattice, data, bits);
        double coded = LatticeQuantizer.atRate(lattice, data, bits).usage(data).mse();
        double alike =
                LatticeQuantizer.atRate(lattice, data, entropy).usage(data).mse();
        System.out.printf(
                Locale.ROOT,
                "%-12s %4d %5s | %9.4g %7.3f | %7s %9.4g %6.2f | %9.4g %6.2f | %9.4g %6.2f%n",
                name,
                bits,
                n + "," + k,
                mse,
                entropy,
                lattice.name(),
                fixed,
                decibels(fixed, mse),
                coded,
                decibels(coded, mse),
                alike,
                decibels(alike, mse));
    }

    private static double decibels(double of, double reference) {
        return 10 * Math.log10(of / reference);
    }

    /** The error with the finest scale of which the data uses no more points than codes of one length have. */
    private static double atFixedRate(Lattice lattice, FloatMatrix data, double bits) {
        double low = 1e-3;
        double high = 1e4;
        for (int i = 0; i < 40; i++) {
            double middle = Math.sqrt(low * high);
            boolean more = new LatticeQuantizer(lattice, middle, data.columns())
                            .usage(data)
                            .fixedBits()
                    > bits;
            low = more ? middle : low;
            high = more ? high : middle;
        }
        return new LatticeQuantizer(lattice, high, data.columns()).usage(data).mse();
    }

    private static FloatMatrix codebook(FloatMatrix block, int k) {
        TrainingSettings settings =
                TrainingSettings.builder(k).dimension(block.columns()).seed(1).build();
        try (LocalStatisticsSource source = new LocalStatisticsSource(block, null, 1)) {
            FloatMatrix start = Initialization.initialize(source, settings, InitMode.PLUS_PLUS, 2);
            return CodebookTrainer.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE)
                    .codebook();
        }
    }

    private static FloatMatrix block(FloatMatrix of, int from, int n) {
        float[] values = new float[of.rows() * n];
        for (int i = 0; i < of.rows(); i++) {
            System.arraycopy(of.values(), i * of.columns() + from, values, i * n, n);
        }
        return new FloatMatrix(of.rows(), n, values);
    }

    /** Rows of variance 1 in which a value follows the one before it. */
    private FloatMatrix gaussian(double correlation) {
        Random random = new Random(2);
        float[] values = new float[rows * D];
        double spread = Math.sqrt(1 - correlation * correlation);
        for (int i = 0; i < values.length; i++) {
            double fresh = random.nextGaussian();
            values[i] = (float) (i % D == 0 ? fresh : correlation * values[i - 1] + spread * fresh);
        }
        return new FloatMatrix(rows, D, values);
    }

    /** The first dimensions of SIFT descriptors, without their means, in units of their standard deviation. */
    private FloatMatrix descriptors(Path file) {
        FloatMatrix all = block(VectorFiles.readMatrix(file, rows), 0, REAL_D);
        double[] means = new double[REAL_D];
        for (int i = 0; i < all.values().length; i++) {
            means[i % REAL_D] += all.values()[i] / all.rows();
        }
        double variance = 0;
        for (int i = 0; i < all.values().length; i++) {
            variance += Math.pow(all.values()[i] - means[i % REAL_D], 2) / all.values().length;
        }
        float[] values = all.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((values[i] - means[i % REAL_D]) / Math.sqrt(variance));
        }
        return new FloatMatrix(all.rows(), REAL_D, values);
    }
}
