package io.github.sparknsvq.ml.spark;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.metrics.source.Source;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What the driver tells Spark's metrics system of trainings and of recall, under the name {@code nsvq}: the sinks
 * that {@code metrics.properties} names get it, and {@code /metrics/json} of the UI has it. There is one for each
 * Spark context; of several trainings at once, it tells what the last one said.
 *
 * <p>What is not known is NaN.
 */
public final class DriverGauges implements Source {
    private static final String NAME = "nsvq";

    private final MetricRegistry metrics = new MetricRegistry();
    private volatile Pass pass = new Pass(0, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    private volatile Found found = new Found(Double.NaN, 0);

    /** The last pass of a training. */
    private record Pass(int number, double loss, double perplexity, double dead, double rowsPerSecond) {}

    /** The last recall that was measured. */
    private record Found(double recall, int at) {}

    private DriverGauges() {
        gauge("training.pass", () -> pass.number());
        gauge("training.loss", () -> pass.loss());
        gauge("training.perplexity", () -> pass.perplexity());
        gauge("training.deadCodewords", () -> pass.dead());
        gauge("training.rowsPerSecond", () -> pass.rowsPerSecond());
        gauge("search.recall", () -> found.recall());
        gauge("search.recallAt", () -> found.at());
    }

    private <T> void gauge(String name, Supplier<T> value) {
        metrics.register(name, (Gauge<T>) value::get);
    }

    /** Returns the gauges of a context, which its metrics system has from the first call on. */
    public static synchronized DriverGauges of(SparkContext spark) {
        MetricsSystem system = spark.env().metricsSystem();
        for (Source source : CollectionConverters.asJava(system.getSourcesByName(NAME))) {
            if (source instanceof DriverGauges gauges) {
                return gauges;
            }
        }
        DriverGauges gauges = new DriverGauges();
        system.registerSource(gauges);
        return gauges;
    }

    /**
     * Takes what a pass of a training found.
     *
     * @param number of the pass, from 1
     * @param loss mean squared error of its rows
     * @param perplexity of the codewords chosen, or NaN
     * @param dead number of codewords that no row chose, or below 0 if it is not known
     * @param rowsPerSecond how fast it went through them
     */
    public void passed(int number, double loss, double perplexity, int dead, double rowsPerSecond) {
        pass = new Pass(number, loss, perplexity, dead < 0 ? Double.NaN : dead, rowsPerSecond);
    }

    /**
     * Takes what a search found.
     *
     * @param recall share of the queries whose true nearest neighbor was among the first ones
     * @param at how many first ones
     */
    public void found(double recall, int at) {
        found = new Found(recall, at);
    }

    @Override
    public String sourceName() {
        return NAME;
    }

    @Override
    public MetricRegistry metricRegistry() {
        return metrics;
    }
}
