package io.github.sparknsvq.benchmarks.big;

import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Builds an index through Spark, in this JVM on all its cores, several times, after one that does not count; before
 * each it runs a command that builds the same with a peer: {@code IndexBuilds FILE DIRECTORY REPEATS PARAM=VALUE,...
 * [EXPORT [COMMAND...]]}. One JSON line for each build, and the median; the last index is exported for faiss.
 */
public final class IndexBuilds {
    private IndexBuilds() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException, InterruptedException {
        SparkSession spark = SparkSession.builder()
                .master("local[*]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "WARN")
                .getOrCreate();
        String file = args[0];
        Dataset<Row> data =
                spark.read().format(file.substring(file.lastIndexOf('.') + 1)).load(file);
        int repeats = Integer.parseInt(args[2]);
        double[] seconds = new double[repeats];
        IvfIndexModel model = null;
        for (int run = -1; run < repeats; run++) {
            if (args.length > 5 && run >= 0) {
                int code = new ProcessBuilder(Arrays.copyOfRange(args, 5, args.length))
                        .inheritIO()
                        .start()
                        .waitFor();
                if (code != 0) {
                    throw new IllegalStateException("the peer ended with " + code);
                }
            }
            delete(Path.of(args[1]));
            IvfIndex estimator = estimator(args[3]).setIndexDir(args[1]);
            long began = System.nanoTime();
            model = estimator.fit(data);
            double took = (System.nanoTime() - began) / 1e9;
            if (run >= 0) {
                seconds[run] = took;
                System.out.printf(
                        Locale.ROOT,
                        "{\"who\": \"spark-nsvq\", \"step\": \"build\", \"seconds\": %.2f, \"trainSeconds\": %.2f,"
                                + " \"coarseMse\": %.1f, \"mse\": %.1f}%n",
                        took,
                        model.summary().trainSeconds(),
                        model.summary().coarseMse(),
                        model.summary().mse());
            }
        }
        Arrays.sort(seconds);
        System.out.printf(Locale.ROOT, "{\"who\": \"spark-nsvq\", \"medianSeconds\": %.2f}%n", seconds[repeats / 2]);
        if (args.length > 4) {
            new File(args[4]).delete();
            model.write().format("faiss").save(args[4]);
        }
        spark.stop();
    }

    private static IvfIndex estimator(String params) {
        IvfIndex estimator = new IvfIndex();
        for (String each : params.split(",")) {
            String name = each.substring(0, each.indexOf('='));
            String value = each.substring(each.indexOf('=') + 1);
            estimator.set(name, value.matches("-?\\d+") ? (Object) Integer.valueOf(value) : value);
        }
        return estimator;
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        }
    }
}
