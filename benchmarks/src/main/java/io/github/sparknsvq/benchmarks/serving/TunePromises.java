package io.github.sparknsvq.benchmarks.serving;

import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.advice.HealthCheck;
import io.github.sparknsvq.ml.advice.IndexHealth;
import io.github.sparknsvq.ml.advice.IndexTuner;
import io.github.sparknsvq.ml.advice.Tuning;
import io.github.sparknsvq.ml.advice.TuningSample;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Whether tuning keeps its promises: {@code TunePromises NAME BASE QUERIES METRIC BYTES SAMPLE QUANTIZERS DIRECTORY
 * TARGET...}. Three of five queries tune, on a sample of the base; then the index is built of all of the base, and
 * searched for the others. One JSON line for each target.
 */
public final class TunePromises {
    /** The check of health stops at the index's own probes once it has found any neighbors. */
    private static final double ANY = 1e-9;

    private TunePromises() {}

    /** Runs it. */
    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder()
                .master("local[*]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "ERROR")
                .config("spark.sql.shuffle.partitions", "8")
                .getOrCreate();
        Dataset<Row> base = read(spark, args[1]).cache();
        Dataset<Row> queries = read(spark, args[2]).cache();
        Dataset<Row> others = queries.filter("id % 5 >= 3");
        Map<String, IvfIndexModel> built = new HashMap<>();
        TuningSample.Draw draw = new TuningSample.Draw(
                "features", args[3], Integer.parseInt(args[5]), (int) queries.count() + 60, 1, false);
        try (TuningSample sample = TuningSample.draw(base, queries.filter("id % 5 < 3"), draw)) {
            IndexTuner tuner =
                    new IndexTuner(sample).setBytes(Integer.parseInt(args[4])).setQuantizers(args[6].split(","));
            for (int i = 8; i < args.length; i++) {
                long began = System.nanoTime();
                Tuning tuning = tuner.tune(Double.parseDouble(args[i]));
                double seconds = (System.nanoTime() - began) / 1e9;
                Tuning.Setting setting = tuning.setting();
                String key = setting.quantizer() + "-" + setting.lists();
                IvfIndexModel model = built.computeIfAbsent(key, index -> {
                    IvfIndex estimator = setting.estimator().setIndexDir(args[7] + "/" + args[0] + "-" + index);
                    return estimator.fit(base);
                });
                IndexHealth.Point other = measured(model, setting, base, others);
                print(args[0], args[3], tuning, other, seconds);
            }
        }
        spark.stop();
    }

    private static Dataset<Row> read(SparkSession spark, String file) {
        return spark.read().format(file.substring(file.lastIndexOf('.') + 1)).load(file);
    }

    private static IndexHealth.Point measured(
            IvfIndexModel model, Tuning.Setting setting, Dataset<Row> base, Dataset<Row> others) {
        IvfIndexModel searched = model.copy(ParamMap.empty())
                .setProbes(setting.probes())
                .setRerank(setting.rerank())
                .setVectors(base);
        return new HealthCheck(searched)
                .setVectors(base)
                .setSample(others)
                .setTargetRecall(ANY)
                .run(base.sparkSession())
                .search()
                .points()
                .get(0);
    }

    private static void print(String name, String metric, Tuning tuning, IndexHealth.Point other, double seconds) {
        Tuning.Setting setting = tuning.setting();
        System.out.printf(
                Locale.ROOT,
                "{\"data\": \"%s\", \"metric\": \"%s\", \"rows\": %d, \"sample\": %d,"
                        + " \"target\": %s, \"reached\": %s, \"promise\": %.4f, \"heldOut\": %.4f,"
                        + " \"others\": %.4f, \"othersLow\": %.4f, \"othersHigh\": %.4f, \"queries\": %d,"
                        + " \"quantizer\": \"%s\", \"codeBytes\": %d, \"lists\": %d, \"probes\": %d,"
                        + " \"rerank\": %d, \"costBytes\": %.0f, \"seconds\": %.1f}%n",
                name,
                metric,
                tuning.sample().rows(),
                tuning.sample().sampled(),
                tuning.target(),
                tuning.reached(),
                tuning.promise(),
                tuning.measured().mean(),
                other.intersection().mean(),
                other.intersection().low(),
                other.intersection().high(),
                other.intersection().count(),
                setting.quantizer(),
                setting.codeBytes(),
                setting.lists(),
                setting.probes(),
                setting.rerank(),
                tuning.cost().bytes(),
                seconds);
        System.out.flush();
    }
}
