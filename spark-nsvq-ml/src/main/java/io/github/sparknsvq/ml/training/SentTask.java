package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SerializedValue;
import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A task on its way to partitions of packed rows: in the closure itself while it is small, as a broadcast beyond.
 *
 * @param <R> what it finds in a partition
 * @param value the task, or null if it is broadcast
 * @param broadcast the task, or null if it is in the closure
 * @param dimension of the rows that it gets
 * @param starts position in the data set of the first row of each partition
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record SentTask<R>(
        SerializedValue<PartitionTask<R>> value,
        Broadcast<SerializedValue<PartitionTask<R>>> broadcast,
        int dimension,
        long[] starts)
        implements Serializable, AutoCloseable {

    /**
     * Sends a task.
     *
     * @param mostBytes the most bytes of a task in a closure
     */
    static <R> SentTask<R> send(
            PartitionTask<R> task, JavaSparkContext spark, long mostBytes, int dimension, long[] starts) {
        // serialized here once: Spark serializes a closure several times on its way
        SerializedValue<PartitionTask<R>> value = new SerializedValue<>(task);
        return task.bytes() > mostBytes
                ? new SentTask<>(null, spark.broadcast(value), dimension, starts)
                : new SentTask<>(value, null, dimension, starts);
    }

    /** Runs the task on the rows of a partition. */
    R run(int partition, Iterator<PackedBlock> blocks) {
        long start = starts[partition];
        return (value == null ? broadcast.value() : value)
                .value()
                .run(Iterators.map(blocks, block -> block.has(dimension) ? block.placed(start) : null));
    }

    @Override
    public void close() {
        if (broadcast != null) {
            broadcast.destroy();
        }
    }
}
