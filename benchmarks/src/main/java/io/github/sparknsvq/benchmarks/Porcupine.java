package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.evaluation.UsageMeasures;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.BalancedTraining;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.PricedAssignment;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.curve.CurveTraining;
import io.github.sparknsvq.core.training.curve.EvenResampling;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.SeededHash;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * How evenly codebooks of 4 to 10 bits are used by rows that they were not trained on, and at what error: a plain
 * one, one with prices, and those that are cut from a space-filling curve.
 *
 * <p>Arguments: seeds separated by commas, the most rows of each half, the passes of a curve for each number of
 * corners (0 for the default), then bits separated by commas, then vector files.
 */
public final class Porcupine {
    private static final int BALANCE_PASSES = 20;
    private static final int EVEN_ROUNDS = 20;

    private final int curvePasses;
    private final long seed;
    private final FloatMatrix rows;
    private final LocalStatisticsSource learned;
    private final LocalStatisticsSource heldOut;

    private Porcupine(FloatMatrix all, long seed, int most, int curvePasses) {
        int threads = Runtime.getRuntime().availableProcessors();
        this.seed = seed;
        this.curvePasses = curvePasses;
        this.rows = half(all, seed, true, most);
        this.learned = new LocalStatisticsSource(rows, null, threads);
        this.heldOut = new LocalStatisticsSource(half(all, seed, false, most), null, threads);
    }

    /** Prints the table. */
    public static void main(String[] args) {
        int most = Integer.parseInt(args[1]);
        int[] bits = Arrays.stream(args[3].split(",", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
        for (String file : Arrays.asList(args).subList(4, args.length)) {
            FloatMatrix all = VectorFiles.readMatrix(Path.of(file));
            String name = "" + Path.of(file).toAbsolutePath().getParent().getFileName();
            for (String seed : args[0].split(",", -1)) {
                measure(name, all, Long.parseLong(seed), most, Integer.parseInt(args[2]), bits);
            }
        }
    }

    private static void measure(String name, FloatMatrix all, long seed, int most, int curvePasses, int[] bits) {
        Porcupine table = new Porcupine(all, seed, most, curvePasses);
        System.out.printf(
                Locale.ROOT,
                "%s, seed %d: %d x %d to train on, %d held out%n"
                        + "%4s  %-22s %9s %7s %7s %7s %9s %5s %11s %7s %8s %8s%n",
                name,
                seed,
                table.rows.rows(),
                all.columns(),
                table.heldOut.rows(),
                "bits",
                "codebook",
                "KL",
                "worst",
                "average",
                "l2/l1",
                "deviation",
                "dead",
                "mse",
                "mse/vq",
                "KL vq/",
                "seconds");
        for (int b : bits) {
            table.rate(b);
        }
        System.out.println();
        table.learned.close();
        table.heldOut.close();
    }

    /** The rows of one half of the data, by a hash of their number. */
    private static FloatMatrix half(FloatMatrix all, long seed, boolean first, int most) {
        float[][] chosen = IntStream.range(0, all.rows())
                .filter(i -> SeededHash.uniform(seed, 0, i) < 0.5 == first)
                .limit(most)
                .mapToObj(all::row)
                .toArray(float[][]::new);
        return FloatMatrix.of(chosen);
    }

    private void rate(int bits) {
        int k = 1 << bits;
        TrainingSettings settings = TrainingSettings.builder(k)
                .dimension(learned.dimension())
                .seed(seed)
                .build();
        long began = System.nanoTime();
        FloatMatrix start = Initialization.initialize(learned, settings, InitMode.RANDOM, 1);
        FloatMatrix codebook = CodebookTrainer.train(
                        learned, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE)
                .codebook();
        Row vq = new Row(nearest(codebook), began);
        vq.print("vq", bits, vq);
        balanced(codebook, settings).print("vq, balanced prices", bits, vq);

        began = System.nanoTime();
        TrainingSettings ofCurve = curveSettings(k);
        SpaceFillingCurve curve = new SpaceFillingCurve(
                CurveTraining.train(learned, ofCurve, TrainingListener.NONE, TrainingCheckpoint.NONE)
                        .corners());
        SortedOnCurve sorted = SortedOnCurve.of(curve, rows);
        long ofAll = System.nanoTime() - began;
        for (boolean ofRows : new boolean[] {false, true}) {
            String of = ofRows ? "sfvq, samples" : "sfvq, projected";
            for (int rounds : new int[] {0, EVEN_ROUNDS}) {
                began = System.nanoTime() - ofAll;
                FloatMatrix even =
                        EvenResampling.train(ends -> sorted.resampled(ends, ofRows), learned, k, rounds, Device.CPU);
                new Row(nearest(even), began).print(rounds > 0 ? of + ", even" : of, bits, vq);
            }
        }
    }

    private TrainingSettings curveSettings(int corners) {
        TrainingSettings.Builder settings = CurveTraining.settings(corners).seed(seed);
        return (curvePasses > 0 ? settings.passes(curvePasses, TrainingSettings.AUTO) : settings).build();
    }

    private CodebookStatistics nearest(FloatMatrix codebook) {
        return new AssignTask(codebook.values(), codebook.columns(), RowSelection.ALL, Device.CPU).on(heldOut);
    }

    private Row balanced(FloatMatrix start, TrainingSettings settings) {
        long began = System.nanoTime();
        ResidualAssignment level = new ResidualAssignment(new CodebookLayout(start.columns(), start.rows()));
        BalancedTraining.Result trained = BalancedTraining.train(
                learned,
                level,
                settings.toBuilder().passes(BALANCE_PASSES, 0).build(),
                start,
                TrainingListener.NONE,
                TrainingCheckpoint.NONE);
        AssignTask priced = new AssignTask(
                new PricedAssignment(level, trained.prices()),
                trained.codewords().values(),
                RowSelection.ALL,
                Device.CPU);
        return new Row(priced.on(heldOut), began);
    }

    /** A row of the table: the use by rows held out, their mean error, and the seconds of training. */
    private record Row(UsageMeasures use, double mse, double seconds) {
        Row(CodebookStatistics seen, long began) {
            this(UsageMeasures.of(seen.histogram()), seen.meanError(), (System.nanoTime() - began) / 1e9);
        }

        void print(String name, int bits, Row vq) {
            System.out.printf(
                    Locale.ROOT,
                    "%4d  %-22s %9.1f %7.2f %7.3f %7.4f %9.1f %5d %11.6g %7.3f %8.1f %8.1f%n",
                    bits,
                    name,
                    use.kl(),
                    use.worstDisclosure(),
                    use.averageDisclosure(),
                    use.sparseness(),
                    use.deviation(),
                    use.dead(),
                    mse,
                    mse / vq.mse,
                    vq.use.kl() / use.kl(),
                    seconds);
        }
    }
}
