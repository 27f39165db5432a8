package io.github.sparknsvq.benchmarks.envelopes;

import com.sun.management.OperatingSystemMXBean;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.lattice.Lattice;
import io.github.sparknsvq.core.lattice.LatticeQuantizer;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.ml.AdditiveVQ;
import io.github.sparknsvq.ml.ProductVQ;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.ResidualVQ;
import io.github.sparknsvq.ml.VQ;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Log-spectral distortion of envelopes against bits: {@code Envelopes FOLDER SEEDS
 * [greedy]}, with the folder's {@code train.fvecs} and {@code held.fvecs}; the last word leaves out all but the greedy ones. All figures are of the held-out frames.
 */
public final class Envelopes {
    private static final int STAGES = 4;
    private static final List<Integer> BITS = List.of(4, 5, 6, 8, 10);

    private static final List<Integer> RATES = List.of(12, 16, 20, 24, 32, 40);

    /** One in so many of the training frames is measured, too. */
    private static final int MEASURED = 4;

    private final FloatMatrix train;
    private final FloatMatrix held;
    private final FloatMatrix measured;
    private final Dataset<Row> rows;
    private final int seeds;

    private Envelopes(SparkSession spark, Path folder, int seeds) {
        this.train = VectorFiles.readMatrix(folder.resolve("train.fvecs"));
        this.held = VectorFiles.readMatrix(folder.resolve("held.fvecs"));
        this.measured = everyFourth(train);
        this.rows = spark.read()
                .format("fvecs")
                .load(folder.resolve("train.fvecs").toString())
                .coalesce(1)
                .cache();
        this.seeds = seeds;
    }

    /** Prints the table. */
    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "ERROR")
                .getOrCreate();
        Envelopes envelopes = new Envelopes(spark, Path.of(args[0]), Integer.parseInt(args[1]));
        head();
        if (args.length == 2) {
            envelopes.run();
        }
        envelopes.greedy();
        spark.stop();
    }

    /** Trains codebooks with a seed. */
    private interface Training {
        QuantizerModel<?, ?> train(long seed);
    }

    private static void head() {
        System.out.printf(
                "%-22s %5s %8s | %-15s | %6s %6s | %8s %7s%n",
                "", "bits", "entropy", "LSD dB (dev.)", ">2 dB", ">4 dB", "training", "CPU s");
    }

    private void run() {
        for (int bits : RATES) {
            scalar("scalar", bits, train, held);
        }
        for (int bits : RATES) {
            scalar("scalar after DCT", bits, cosines(train), cosines(held));
        }
        for (int b : BITS) {
            product(STAGES, b);
        }
        for (int b : BITS) {
            residual(STAGES, b);
        }
        for (int b : BITS) {
            additive(STAGES, b);
        }
        product(2, 6);
        residual(2, 6);
        additive(2, 6);
        residual(3, 4);
        additive(3, 4);
        trained("vq 1 x 12", 12, seed -> new VQ().setK(1 << 12).setSeed(seed).fit(rows));
    }

    /** Residual codebooks as the papers have them: trained level by level, and searched so. */
    private void greedy() {
        for (int b : BITS) {
            trained("rq 4 x " + b + ", greedy", STAGES * b, seed -> new ResidualVQ()
                    .setNumCodebooks(STAGES)
                    .setCodebookBits(b)
                    .setJointIter(0)
                    .setBeam(1)
                    .setSeed(seed)
                    .fit(rows));
        }
    }

    private void product(int parts, int bits) {
        trained(
                "pq " + parts + " x " + bits,
                parts * bits,
                seed -> new ProductVQ()
                        .setNumCodebooks(parts)
                        .setCodebookBits(bits)
                        .setSeed(seed)
                        .fit(rows));
    }

    private void residual(int stages, int bits) {
        trained(
                "rq " + stages + " x " + bits,
                stages * bits,
                seed -> new ResidualVQ()
                        .setNumCodebooks(stages)
                        .setCodebookBits(bits)
                        .setSeed(seed)
                        .fit(rows));
    }

    private void additive(int stages, int bits) {
        trained(
                "aq " + stages + " x " + bits,
                stages * bits,
                seed -> new AdditiveVQ()
                        .setNumCodebooks(stages)
                        .setCodebookBits(bits)
                        .setSeed(seed)
                        .fit(rows));
    }

    /** Rounds every value, with the step by which the training frames take the bits, entropy-coded. */
    private static void scalar(String name, int bits, FloatMatrix train, FloatMatrix held) {
        float[] means = means(train);
        FloatMatrix known = moved(train, means);
        FloatMatrix unknown = moved(held, means);
        LatticeQuantizer quantizer = LatticeQuantizer.atRate(Lattice.z(1), known, (double) bits / train.columns());
        double entropy = quantizer.usage(unknown).bits() * held.columns();
        Distortion[] found = {rounded(quantizer, unknown)};
        print(name, bits, entropy, found, rounded(quantizer, known).mean(), 0);
    }

    private static Distortion rounded(LatticeQuantizer quantizer, FloatMatrix of) {
        int[] levels = new int[of.values().length];
        float[] decoded = new float[levels.length];
        quantizer.encode(of.values(), 0, of.rows(), levels, 0);
        quantizer.decode(levels, 0, of.rows(), decoded, 0);
        return Distortion.of(of, decoded);
    }

    private void trained(String name, int bits, Training training) {
        Distortion[] found = new Distortion[seeds];
        double entropy = 0;
        double seconds = 0;
        double onTraining = 0;
        for (int seed = 0; seed < seeds; seed++) {
            double began = cpuSeconds();
            Quantizer quantizer = training.train(seed + 1).quantizer();
            seconds += (cpuSeconds() - began) / seeds;
            int codebooks = quantizer.codeBits().indices();
            int[] indices = indices(quantizer, held);
            found[seed] = distortion(quantizer, held, indices);
            onTraining += distortion(quantizer, measured, indices(quantizer, measured))
                            .mean()
                    / seeds;
            for (int m = 0; m < codebooks; m++) {
                double[] counts = new double[1 << quantizer.codeBits().width(m)];
                for (int at = m; at < indices.length; at += codebooks) {
                    counts[indices[at]]++;
                }
                entropy += new CodeHistogram(counts).entropyBits() / seeds;
            }
        }
        print(name, bits, entropy, found, onTraining, seconds);
    }

    private static int[] indices(Quantizer quantizer, FloatMatrix of) {
        int[] indices = new int[of.rows() * quantizer.codeBits().indices()];
        quantizer.encode(of.values(), 0, of.rows(), indices, 0);
        return indices;
    }

    private static Distortion distortion(Quantizer quantizer, FloatMatrix of, int[] indices) {
        float[] decoded = new float[of.values().length];
        quantizer.decode(indices, 0, of.rows(), decoded, 0);
        return Distortion.of(of, decoded);
    }

    private static void print(
            String name, int bits, double entropy, Distortion[] found, double onTraining, double seconds) {
        double mean = 0;
        double over2 = 0;
        double over4 = 0;
        for (Distortion one : found) {
            mean += one.mean() / found.length;
            over2 += 100 * one.over2() / found.length;
            over4 += 100 * one.over4() / found.length;
        }
        double squared = 0;
        for (Distortion one : found) {
            squared += (one.mean() - mean) * (one.mean() - mean) / Math.max(1, found.length - 1);
        }
        System.out.printf(
                Locale.ROOT,
                "%-22s %5d %8.2f | %6.3f (%.3f)  | %5.1f%% %5.1f%% | %8.3f %7.1f%n",
                name,
                bits,
                entropy,
                mean,
                Math.sqrt(squared),
                over2,
                over4,
                onTraining,
                seconds);
    }

    private static FloatMatrix everyFourth(FloatMatrix of) {
        int d = of.columns();
        int n = of.rows() / MEASURED;
        float[] rows = new float[n * d];
        for (int i = 0; i < n; i++) {
            System.arraycopy(of.values(), MEASURED * i * d, rows, i * d, d);
        }
        return new FloatMatrix(n, d, rows);
    }

    private static double cpuSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    private static float[] means(FloatMatrix of) {
        double[] sums = new double[of.columns()];
        for (int at = 0; at < of.values().length; at++) {
            sums[at % sums.length] += of.values()[at];
        }
        float[] means = new float[sums.length];
        for (int j = 0; j < means.length; j++) {
            means[j] = (float) (sums[j] / of.rows());
        }
        return means;
    }

    private static FloatMatrix moved(FloatMatrix of, float[] means) {
        float[] moved = of.values().clone();
        for (int at = 0; at < moved.length; at++) {
            moved[at] -= means[at % means.length];
        }
        return new FloatMatrix(of.rows(), of.columns(), moved);
    }

    /** The orthonormal cosine transform (DCT-II), which leaves distances as they are. */
    private static FloatMatrix cosines(FloatMatrix of) {
        int d = of.columns();
        float[] result = new float[of.values().length];
        IntStream.range(0, of.rows()).forEach(i -> {
            for (int k = 0; k < d; k++) {
                double sum = 0;
                for (int j = 0; j < d; j++) {
                    sum += of.get(i, j) * Math.cos(Math.PI * k * (j + 0.5) / d);
                }
                result[i * d + k] = (float) (sum * Math.sqrt((k == 0 ? 1.0 : 2.0) / d));
            }
        });
        return new FloatMatrix(of.rows(), d, result);
    }
}
