package io.github.sparknsvq.benchmarks.toy;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.Repair;
import io.github.sparknsvq.core.training.Reseeding;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Cells of the toy table of the NSVQ paper, on the points and noisy starts that {@code toy_sklearn.py} wrote. What is
 * done is appended to {@code runs.jsonl} in their folder, and not done again.
 *
 * <p>Arguments: the folder, the data set, K, passes over the data of the paper's settings, the revision, seeds
 * (1,2,3), methods.
 */
public final class ToyCells {
    private final Path folder;
    private final String data;
    private final int k;
    private final int passes;
    private final String revision;
    private final FloatMatrix rows;

    private ToyCells(String[] args) throws IOException {
        folder = Path.of(args[0]);
        data = args[1];
        k = Integer.parseInt(args[2]);
        passes = Integer.parseInt(args[3]);
        revision = args[4];
        rows = VectorFiles.readMatrix(folder.resolve(data + ".fvecs"));
    }

    /** Runs what is not done yet. */
    public static void main(String[] args) throws IOException {
        ToyCells cells = new ToyCells(args);
        try (var source = new LocalStatisticsSource(cells.rows, null, 1)) {
            for (String seed : args[5].split(",")) {
                for (String method : Arrays.asList(args).subList(6, args.length)) {
                    cells.run(source, Long.parseLong(seed), method);
                }
            }
        }
    }

    private void run(LocalStatisticsSource source, long seed, String method) throws IOException {
        Path runs = folder.resolve("runs.jsonl");
        String cell = String.format(
                Locale.ROOT,
                "{\"data\": \"%s\", \"k\": %d, \"method\": \"%s\", \"seed\": %d, \"points\": %d, \"epochs\": %d, ",
                data,
                k,
                method,
                seed,
                rows.rows(),
                settings(method).maxIter());
        if (Files.exists(runs) && Files.readAllLines(runs).stream().anyMatch(line -> line.startsWith(cell))) {
            return;
        }
        TrainingSettings settings = settings(method).toBuilder().seed(seed).build();
        long began = cpuNanoseconds();
        FloatMatrix start = start(source, settings, method);
        TrainingResult result =
                CodebookTrainer.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
        String line = String.format(
                Locale.ROOT,
                "%s\"mse\": %.6e, \"dead\": %d, \"cpuSeconds\": %.2f, \"passes\": %d, \"revision\": \"%s\"}",
                cell,
                result.statistics().meanError() / source.dimension(),
                result.statistics().dead(),
                (cpuNanoseconds() - began) * 1e-9,
                result.history().size(),
                revision);
        VectorFiles.write(folder.resolve(data + "-" + k + "-" + method + "-" + seed + ".fvecs"), result.codebook());
        Files.write(runs, List.of(line), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        System.err.println(line);
    }

    private FloatMatrix start(LocalStatisticsSource source, TrainingSettings settings, String method) {
        String cell = data + "-start-" + k + "-";
        return switch (method) {
            case "default" -> Initialization.initialize(source, settings, InitMode.RANDOM, 1);
            case "plus-plus-start", "plus-plus-trained" ->
                Initialization.initialize(source, settings, InitMode.PLUS_PLUS, 1);
            case "evolution-start", "evolution-trained" ->
                Initialization.initialize(source, settings, InitMode.EVOLUTION, 1);
            default -> VectorFiles.readMatrix(folder.resolve(cell + settings.seed() + ".fvecs"));
        };
    }

    private static long cpuNanoseconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private TrainingSettings settings(String method) {
        return switch (method) {
            case "default", "plus-plus-trained", "evolution-trained" ->
                TrainingSettings.builder(k).dimension(rows.columns()).build();
            case "plus-plus-start", "evolution-start" ->
                TrainingSettings.builder(k).passes(0, 0).build();
            case "nsvq" -> paper().reseeding(Reseeding.PRESENCE).build();
            case "nsvq-without" -> paper().reseeding(Reseeding.NONE).build();
            case "nsvq-repaired" ->
                paper().reseeding(Reseeding.PRESENCE).repair(Repair.ON).build();
            case "ste" -> paper().updater(Updater.STE).build();
            case "ste-with" ->
                paper().updater(Updater.STE).reseeding(Reseeding.PRESENCE).build();
            default -> throw new IllegalArgumentException("no method " + method);
        };
    }

    /** Adam at 1e-3 in the data's own units, constant; batches of 1 %; no exact pass; nothing dead repaired. */
    private TrainingSettings.Builder paper() {
        return TrainingSettings.builder(k)
                .passes(passes, 0)
                .batches(Math.max(1000, rows.rows() / 100), 1)
                .learningRate(1e-3 / meanRms(), 0)
                .repair(Repair.OFF)
                .tol(0);
    }

    private double meanRms() {
        int d = rows.columns();
        double total = 0;
        for (int j = 0; j < d; j++) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < rows.rows(); i++) {
                double x = rows.get(i, j);
                sum += x;
                squares += x * x;
            }
            double mean = sum / rows.rows();
            total += Math.sqrt(squares / rows.rows() - mean * mean);
        }
        return total / d;
    }
}
