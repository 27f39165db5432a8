package io.github.sparknsvq.ml.watch;

import io.github.sparknsvq.ml.spark.Jobs;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The group and the description of the jobs that this thread runs, as Spark's UI shows them, until this is closed:
 * then those that were there before are there again. A group that was there stays all the time, so that whoever set
 * it can still cancel its jobs.
 */
public final class JobLabels implements AutoCloseable {
    private static final String GROUP = "spark.jobGroup.id";
    private static final String DESCRIPTION = "spark.job.description";

    private final SparkContext spark;
    private final String groupBefore;
    private final String descriptionBefore;

    private JobLabels(SparkContext spark) {
        this.spark = spark;
        this.groupBefore = spark.getLocalProperty(GROUP);
        this.descriptionBefore = spark.getLocalProperty(DESCRIPTION);
    }

    /**
     * Labels the jobs of this thread.
     *
     * @param group of the jobs, where there is none yet: {@code cancelJobGroup} of it ends them
     * @param description what they are for
     */
    public static JobLabels open(SparkContext spark, String group, String description) {
        JobLabels labels = new JobLabels(spark);
        if (labels.groupBefore == null) {
            spark.setLocalProperty(GROUP, group);
        }
        labels.describe(description);
        return labels;
    }

    /**
     * Returns what jobs find that are labeled, as {@link Jobs#run(Supplier)} does.
     *
     * @param stage whose jobs they are
     * @param what they are for
     */
    public static <T> T run(SparkSession spark, String stage, String what, Supplier<T> jobs) {
        JobLabels labels = open(spark.sparkContext(), stage, stage + ": " + what);
        try {
            return Jobs.run(jobs);
        } finally {
            labels.close();
        }
    }

    /** The same, of jobs that find nothing. */
    public static void run(SparkSession spark, String stage, String what, Runnable jobs) {
        run(spark, stage, what, () -> {
            jobs.run();
            return null;
        });
    }

    /** Says what the next jobs are for. */
    public void describe(String what) {
        spark.setLocalProperty(DESCRIPTION, what);
    }

    @Override
    public void close() {
        spark.setLocalProperty(GROUP, groupBefore);
        spark.setLocalProperty(DESCRIPTION, descriptionBefore);
    }
}
