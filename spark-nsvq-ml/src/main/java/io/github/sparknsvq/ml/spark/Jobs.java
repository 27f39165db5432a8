package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.NsvqException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import scala.Function2;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/** Jobs that a call waits for. */
public final class Jobs {
    /** What Spark calls the line of the user's code that jobs are named by. */
    private static final String CALL_SITE = "callSite.short";

    private Jobs() {}

    /**
     * Returns what jobs find. Where one of their tasks fails with an error of spark-nsvq, that sentence is thrown, in
     * place of Spark's error with the stack of the task in its message.
     *
     * @param jobs runs them
     * @throws NsvqException if spark-nsvq itself says what is wrong
     */
    public static <T> T run(Supplier<T> jobs) {
        try {
            return jobs.get();
        } catch (NsvqException e) {
            throw e;
        } catch (Exception e) { // SparkException is checked, but not declared
            String said = Reason.ours(e).orElse(null);
            if (said == null) {
                throw e;
            }
            throw new NsvqException(said, e);
        }
    }

    /** The same, of jobs that find nothing. */
    public static void run(Runnable jobs) {
        run(() -> {
            jobs.run();
            return null;
        });
    }

    /**
     * What a job does with each partition.
     *
     * @param <T> elements of the partition
     * @param <R> what is found in it
     */
    @FunctionalInterface
    public interface OnPartition<T, R> extends Serializable {
        /**
         * Looks at the elements of a partition.
         *
         * @param partition its number, from 0 on
         */
        R apply(int partition, Iterator<T> elements);
    }

    /**
     * Runs one job, and returns what it finds in each partition, in their order. Spark's UI names it by the line that
     * calls this.
     *
     * <p>In place of {@code mapPartitionsWithIndex} and {@code collect}: for these Spark reads and parses class files
     * of its own, to see what their closures hold, which takes longer than all else of a job on few rows.
     */
    public static <T, R> List<R> onPartitions(JavaRDD<T> elements, OnPartition<T, R> function) {
        List<R> results = new ArrayList<>();
        for (Object each : (Object[]) found(elements.rdd(), new Job<>(function))) {
            @SuppressWarnings("unchecked") // the job returns what its function does
            R result = (R) each;
            results.add(result);
        }
        return results;
    }

    private static <T> Object found(RDD<T> elements, Job<T, ?> job) {
        SparkContext context = elements.context();
        String given = context.getLocalProperty(CALL_SITE);
        if (given == null) {
            context.setLocalProperty(CALL_SITE, caller());
        }
        try {
            return context.runJob(elements, job, ClassTag.apply(Object.class));
        } finally {
            context.setLocalProperty(CALL_SITE, given);
        }
    }

    /** Returns the line that asked for a job. */
    private static String caller() {
        return StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> !frame.getClassName().equals(Jobs.class.getName()))
                        .findFirst()
                        .map(frame -> "job at " + frame.getFileName() + ":" + frame.getLineNumber())
                        .orElseThrow());
    }

    /** Runs one job, and returns all elements, in their order. */
    public static <T> List<T> collect(JavaRDD<T> elements) {
        List<T> all = new ArrayList<>();
        for (Object[] part : Jobs.<T, Object[]>onPartitions(elements, (partition, each) -> array(each))) {
            for (Object element : part) {
                @SuppressWarnings("unchecked") // an array of elements
                T one = (T) element;
                all.add(one);
            }
        }
        return all;
    }

    private static Object[] array(Iterator<?> elements) {
        List<Object> list = new ArrayList<>();
        elements.forEachRemaining(list::add);
        return list.toArray();
    }

    /** A function as Spark calls it. */
    private record Job<T, R>(OnPartition<T, R> function)
            implements Function2<TaskContext, scala.collection.Iterator<T>, Object>, Serializable {
        @Override
        public Object apply(TaskContext task, scala.collection.Iterator<T> elements) {
            return function.apply(task.partitionId(), CollectionConverters.asJava(elements));
        }
    }
}
