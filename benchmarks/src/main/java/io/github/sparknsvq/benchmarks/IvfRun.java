package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Builds an index with Spark, searches it in batch and exports it. One JSON line for each of these.
 *
 * <p>Arguments are {@code name=value}: {@code train} and {@code input} (vector files), {@code index} (directory to
 * make), {@code export} (file to write), {@code queries} and {@code truth} (files), {@code probes} (a list), {@code
 * k}, {@code rerank} (how many neighbors are ranked by the input's vectors), and {@code set.PARAM=VALUE} for params
 * of the estimator. The Spark master is that of {@code spark-submit}, else {@code local[*]}.
 */
public final class IvfRun {
    private IvfRun() {}

    /** Runs all that the arguments ask for. */
    public static void main(String[] args) throws IOException {
        Map<String, String> given = new HashMap<>();
        for (String arg : args) {
            int at = arg.indexOf('=');
            given.put(arg.substring(0, at), arg.substring(at + 1));
        }
        SparkSession.Builder builder = SparkSession.builder();
        if (System.getProperty("spark.master") == null) {
            builder.master("local[*]").config("spark.ui.enabled", "false").config("spark.log.level", "WARN");
        }
        SparkSession spark = builder.getOrCreate();
        StageMeter meter = new StageMeter();
        spark.sparkContext().addSparkListener(meter);
        IvfIndexModel model = build(spark, given, meter);
        if (given.containsKey("export")) {
            export(model, given.get("export"), meter);
        }
        if (given.containsKey("queries")) {
            search(spark, model, given, meter);
        }
        spark.stop();
    }

    private static Dataset<Row> read(SparkSession spark, String path) {
        return spark.read().format(path.substring(path.lastIndexOf('.') + 1)).load(path);
    }

    private static IvfIndexModel build(SparkSession spark, Map<String, String> given, StageMeter meter) {
        IvfIndex estimator = new IvfIndex().setIndexDir(given.get("index"));
        given.forEach((name, value) -> {
            if (name.startsWith("set.")) {
                String param = name.substring("set.".length());
                estimator.set(param, value(param, value));
            }
        });
        Dataset<Row> input = read(spark, given.get("input"));
        Dataset<Row> training = given.containsKey("train") ? read(spark, given.get("train")) : input;
        long began = System.nanoTime();
        IvfIndexModel model = estimator.build(training, input);
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "{\"step\": \"build\", \"seconds\": %.2f, \"trainSeconds\": %.2f, \"buildSeconds\": %.2f,"
                        + " \"coarseMse\":"
                        + " %.1f, \"mse\": %.1f, %s}%n",
                seconds,
                model.summary().trainSeconds(),
                model.summary().buildSeconds(),
                model.summary().coarseMse(),
                model.summary().mse(),
                meter.take());
        return model;
    }

    private static Object value(String param, String text) {
        if (!text.matches("-?\\d+")) {
            return text;
        }
        return param.equals("seed") ? (Object) Long.valueOf(text) : Integer.valueOf(text);
    }

    private static void export(IvfIndexModel model, String file, StageMeter meter) throws IOException {
        long began = System.nanoTime();
        model.write().format("faiss").save(file);
        System.out.printf(
                Locale.ROOT,
                "{\"step\": \"export\", \"seconds\": %.2f, %s}%n",
                (System.nanoTime() - began) / 1e9,
                meter.take());
    }

    private static void search(SparkSession spark, IvfIndexModel model, Map<String, String> given, StageMeter meter) {
        Dataset<Row> queries = read(spark, given.get("queries"));
        long count = queries.count();
        meter.take();
        model.setK(Integer.parseInt(given.getOrDefault("k", "100")));
        if (given.containsKey("rerank")) {
            model.setRerank(Integer.parseInt(given.get("rerank"))).setVectors(read(spark, given.get("input")));
        }
        for (String probes : given.get("probes").split(",", -1)) {
            model.transform(queries).write().format("noop").mode("overwrite").save(); // warms up
            meter.take();
            model.setProbes(Integer.parseInt(probes));
            long began = System.nanoTime();
            model.transform(queries).write().format("noop").mode("overwrite").save();
            double seconds = (System.nanoTime() - began) / 1e9;
            System.out.printf(
                    Locale.ROOT,
                    "{\"step\": \"search\", \"probes\": %s, \"queries\": %d, \"seconds\": %.2f,"
                            + " \"queriesPerSecond\": %.0f,"
                            + "%s %s}%n",
                    probes,
                    count,
                    seconds,
                    count / seconds,
                    given.containsKey("truth") ? recall(model, queries, given.get("truth")) : "",
                    meter.take());
        }
    }

    private static String recall(IvfIndexModel model, Dataset<Row> queries, String truth) {
        FloatMatrix nearest = VectorFiles.readMatrix(Path.of(truth));
        List<Row> answers =
                model.transform(queries).orderBy("id").select("neighbors").collectAsList();
        long[] ranks = new long[answers.size()];
        Arrays.fill(ranks, Recall.NOT_FOUND);
        for (int q = 0; q < ranks.length; q++) {
            List<Row> found = answers.get(q).getList(0);
            for (int i = found.size() - 1; i >= 0; i--) {
                ranks[q] = found.get(i).getLong(0) == (long) nearest.get(q, 0) ? i : ranks[q];
            }
        }
        StringBuilder text = new StringBuilder();
        for (int k : new int[] {1, 10, 100}) {
            text.append(String.format(Locale.ROOT, " \"recall@%d\": %.4f,", k, Recall.at(ranks, k)));
        }
        return text.toString();
    }
}
