package io.github.sparknsvq.ml.watch;

import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.spark.DriverGauges;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows what a stage does on the driver and tells of it: to the listener that the user gave, in the descriptions of
 * its jobs, in Spark's metrics, and with a line in the log for each pass. For one thread, that of the work.
 */
public final class Watch implements TrainingListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    private final String stage;
    private final TrainingListener listener;
    private final JobLabels labels;
    private final DriverGauges gauges;
    private final long began;
    private String within = "";
    private String part = "";

    /** Rows that were gone through since the last pass ended, and when that was. */
    private long rows;

    private long since;

    private Watch(SparkSession spark, String stage, TrainingListener listener, long began) {
        this.began = began;
        this.since = began;
        this.stage = stage;
        this.listener = listener;
        this.gauges = DriverGauges.of(spark.sparkContext());
        this.labels = JobLabels.open(spark.sparkContext(), stage, stage);
    }

    /**
     * Begins to follow.
     *
     * @param stage the id of the stage that works, which is the group of its jobs, too
     * @param listener is told of all parts and passes
     * @param began when the work began, as {@link System#nanoTime} gives it
     */
    public static Watch open(SparkSession spark, String stage, TrainingListener listener, long began) {
        return new Watch(spark, stage, listener, began);
    }

    /** Returns the seconds since the work began. */
    public double seconds() {
        return (System.nanoTime() - began) / 1e9;
    }

    /** Names what the following parts belong to, as in {@code lists}; empty for the whole. */
    public void within(String name) {
        within = name.isEmpty() ? "" : name + ": ";
    }

    @Override
    public void begins(String name) {
        part = within + name;
        rows = 0;
        since = System.nanoTime();
        labels.describe(stage + ": " + part);
        listener.begins(part);
    }

    @Override
    public void progressed(Progress at) {
        rows += at.rows();
        if (at.endsPass()) {
            passed(at);
        }
        // what the next job will do
        int pass = at.endsPass() ? Math.min(at.iteration() + 1, at.maxIter()) : at.iteration();
        String step = String.format(Locale.ROOT, "pass %d/%d, loss %.6g", pass, at.maxIter(), at.mse());
        labels.describe(stage + ": " + part + ", " + step);
        listener.progressed(at);
    }

    private void passed(Progress at) {
        long now = System.nanoTime();
        double rate = rows / Math.max(1e-9, (now - since) / 1e9);
        gauges.passed(at.iteration(), at.mse(), at.perplexity(), at.dead(), rate);
        if (LOG.isInfoEnabled()) {
            LOG.info("{}", line(at, rate));
        }
        rows = 0;
        since = now;
    }

    private String line(Progress at, double rate) {
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT, "%s: %s, pass %d/%d: loss %.6g", stage, part, at.iteration(), at.maxIter(), at.mse()));
        if (at.dead() >= 0) {
            line.append(String.format(Locale.ROOT, ", perplexity %.6g, %d dead", at.perplexity(), at.dead()));
        }
        if (at.learningRate() > 0) {
            line.append(String.format(Locale.ROOT, ", rate %.3g", at.learningRate()));
        }
        return line.append(String.format(Locale.ROOT, ", %.0f rows/s", rate)).toString();
    }

    @Override
    public void close() {
        labels.close();
    }
}
