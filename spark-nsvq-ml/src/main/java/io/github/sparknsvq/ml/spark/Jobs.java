package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.NsvqException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import scala.Function2;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;

/** Jobs that a call waits for. */
public final class Jobs {
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
     * Runs one job, and returns what it finds in each partition, in their order.
     *
     * <p>Does what {@code mapPartitionsWithIndex} and {@code collect} do, which read the class files of Spark's own
     * RDDs to see what their closures hold: that takes longer than all else of a job on few rows.
     */
    public static <T, R> List<R> onPartitions(JavaRDD<T> elements, OnPartition<T, R> function) {
        Object found = elements.context().runJob(elements.rdd(), new Job<>(function), ClassTag.apply(Object.class));
        List<R> results = new ArrayList<>();
        for (Object each : (Object[]) found) {
            @SuppressWarnings("unchecked") // the job returns what its function does
            R result = (R) each;
            results.add(result);
        }
        return results;
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
