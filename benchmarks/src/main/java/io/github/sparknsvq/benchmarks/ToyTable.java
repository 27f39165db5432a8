package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.Reseeding;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * The toy table of the NSVQ paper, on the points and noisy starts that {@code sklearn_toy.py} wrote.
 *
 * <p>Arguments: the folder, scikit-learn's JSON lines, the number of seeds.
 */
public final class ToyTable {
    private static final Pattern ROW = Pattern.compile("\"data\": \"(.*?)\", \"k\": (\\d+).*?\"mse\": ([0-9.e-]+)");

    /** [NSVQ] table 2 at K = 64, 256, 1024: MiniBatchKMeans and NSVQ. */
    private static final Map<String, double[][]> PUBLISHED = Map.of(
            "blobs", new double[][] {{88.35e-3, 85.01e-3}, {23.80e-3, 22.36e-3}, {60.92e-4, 57.17e-4}},
            "circles", new double[][] {{101.88e-3, 94.59e-3}, {12.23e-3, 12.54e-3}, {32.47e-4, 31.47e-4}},
            "moons", new double[][] {{57.52e-3, 61.75e-3}, {83.90e-4, 79.13e-4}, {24.22e-4, 23.27e-4}},
            "swiss-roll", new double[][] {{11.02e-2, 10.38e-2}, {12.22e-3, 11.66e-3}, {33.17e-4, 32.07e-4}});

    private static final int[] SIZES = {64, 256, 1024};

    private ToyTable() {}

    /** Prints the table. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Map<String, Double> sklearn = sklearn(Path.of(args[1]));
        int seeds = Integer.parseInt(args[2]);
        System.out.printf(
                Locale.ROOT,
                "%-10s %5s %12s %12s %12s %24s %24s %24s %12s %12s %14s%n",
                "data",
                "K",
                "pub. MBKM",
                "pub. NSVQ",
                "sklearn",
                "nsvq, paper",
                "nsvq, default",
                "nsvq, noisy",
                "mean <= both",
                "every seed",
                "noisy/default");
        for (String name : List.of("blobs", "circles", "moons", "swiss-roll")) {
            FloatMatrix rows = VectorFiles.readMatrix(folder.resolve(name + ".fvecs"));
            try (LocalStatisticsSource source =
                    new LocalStatisticsSource(rows, null, Runtime.getRuntime().availableProcessors())) {
                for (int i = 0; i < SIZES.length; i++) {
                    int k = SIZES[i];
                    FloatMatrix noisy = VectorFiles.readMatrix(folder.resolve(name + "-start-" + k + ".fvecs"));
                    double[] published = PUBLISHED.get(name)[i];
                    Cell paper = new Cell(source, paperSettings(k, rows), noisy, seeds);
                    Cell nsvq = new Cell(source, TrainingSettings.of(k), null, seeds);
                    Cell fromNoise = new Cell(source, TrainingSettings.of(k), noisy, seeds);
                    double theirs = sklearn.get(name + k);
                    double better = Math.min(theirs, paper.mean);
                    System.out.printf(
                            Locale.ROOT,
                            "%-10s %5d %12.4e %12.4e %12.4e %24s %24s %24s %12s %12s %14.4f%n",
                            name,
                            k,
                            published[0],
                            published[1],
                            theirs,
                            paper,
                            nsvq,
                            fromNoise,
                            nsvq.mean <= better ? "yes" : "NO",
                            nsvq.highest <= better ? "yes" : "NO",
                            fromNoise.mean / nsvq.mean);
                }
            }
        }
    }

    /** Adam at 1e-3 in the data's own units, constant; batches of 1 %; 100 passes; replacement by batch presence. */
    private static TrainingSettings paperSettings(int k, FloatMatrix rows) {
        return TrainingSettings.builder(k)
                .passes(100, 0)
                .batches(Math.max(1000, rows.rows() / 100), 1)
                .learningRate(1e-3 / meanRms(rows), 0)
                .reseeding(Reseeding.PRESENCE)
                .tol(0)
                .build();
    }

    private static double meanRms(FloatMatrix rows) {
        int d = rows.columns();
        double total = 0;
        for (int j = 0; j < d; j++) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < rows.rows(); i++) {
                double x = rows.values()[i * d + j];
                sum += x;
                squares += x * x;
            }
            double mean = sum / rows.rows();
            total += Math.sqrt(squares / rows.rows() - mean * mean);
        }
        return total / d;
    }

    private static Map<String, Double> sklearn(Path file) throws IOException {
        Map<String, Double> mse = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            Matcher matcher = ROW.matcher(line);
            if (matcher.find()) {
                mse.put(matcher.group(1) + matcher.group(2), Double.parseDouble(matcher.group(3)));
            }
        }
        return mse;
    }

    /** One cell of the table: mean and highest over the seeds. */
    private static final class Cell {
        final double mean;
        final double highest;

        Cell(LocalStatisticsSource source, TrainingSettings settings, FloatMatrix start, int seeds) {
            double[] mse = LongStream.rangeClosed(1, seeds)
                    .mapToDouble(
                            seed -> mse(source, settings.toBuilder().seed(seed).build(), start))
                    .toArray();
            double sum = 0;
            double top = 0;
            for (double one : mse) {
                sum += one;
                top = Math.max(top, one);
            }
            mean = sum / seeds;
            highest = top;
        }

        private static double mse(LocalStatisticsSource source, TrainingSettings settings, FloatMatrix start) {
            FloatMatrix from = start;
            if (from == null) {
                from = Initialization.initialize(source, settings, InitMode.RANDOM, 1);
            }
            return CodebookTrainer.train(source, settings, from, TrainingListener.NONE, TrainingCheckpoint.NONE)
                            .statistics()
                            .meanError()
                    / source.dimension();
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.4e (<= %.4e)", mean, highest);
        }
    }
}
