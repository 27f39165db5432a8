package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.training.rows.GroupTask;
import io.github.sparknsvq.core.training.rows.GroupedRows;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowGrouping;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Brings the rows of each group together by one shuffle, in packed blocks sorted by group: a task works on one group
 * after the other, and holds the rows of one.
 *
 * @param <R> what the task finds in a group
 * @param grouping the groups of rows
 * @param task the work on each group
 * @param dimension of the rows
 * @param starts position in the data set of the first row of each partition
 * @param tasks number of tasks
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record RowsByGroup<R>(
        Broadcast<SerializedValue<RowGrouping>> grouping,
        SerializedValue<GroupTask<R>> task,
        int dimension,
        long[] starts,
        int tasks)
        implements Serializable {
    /** Values of rows that a partition holds before it sends them on. */
    private static final long MOST_VALUES = 1L << 24;

    private record OfGroup<R>(int group, R result) implements Serializable {}

    /** Returns the result of each group, null for those without rows. */
    List<R> run(JavaRDD<PackedBlock> partitions) {
        List<byte[]> found = Jobs.collect(partitions
                .mapPartitionsWithIndex(this::parts, true)
                .mapToPair(part -> part)
                .repartitionAndSortWithinPartitions(new HashPartitioner(tasks))
                .mapPartitions(this::results));
        List<R> results =
                new ArrayList<>(Collections.nCopies(grouping.value().value().groups(), null));
        for (byte[] bytes : found) {
            OfGroup<R> of = SparkInternals.deserialize(bytes);
            results.set(of.group(), of.result());
        }
        return results;
    }

    private Iterator<Tuple2<Integer, byte[]>> parts(int partition, Iterator<PackedBlock> packed) {
        RowGrouping all = grouping.value().value();
        RowGrouping.ToGroup toGroup = all.prepare();
        long start = starts[partition];
        Iterator<RowBlock> blocks = Iterators.map(packed, block -> block.has(dimension) ? block.placed(start) : null);
        return Iterators.flatten(Iterators.untilNull(() -> {
            if (!blocks.hasNext()) {
                return null;
            }
            List<Tuple2<Integer, byte[]>> parts = new ArrayList<>();
            GroupedRows.next(
                    blocks,
                    toGroup,
                    all.groups(),
                    MOST_VALUES,
                    (group, rows) -> parts.add(new Tuple2<>(group, SparkInternals.serialize(rows))));
            return parts.iterator();
        }));
    }

    private Iterator<byte[]> results(Iterator<Tuple2<Integer, byte[]>> parts) {
        return Iterators.untilNull(new Results(parts));
    }

    private final class Results implements Supplier<byte[]> {
        private final Iterator<Tuple2<Integer, byte[]>> parts;
        private Tuple2<Integer, byte[]> first;

        Results(Iterator<Tuple2<Integer, byte[]>> parts) {
            this.parts = parts;
            advance();
        }

        private void advance() {
            first = parts.hasNext() ? parts.next() : null;
        }

        /** Returns the result of the next group; null at the end. */
        @Override
        public byte[] get() {
            if (first == null) {
                return null;
            }
            int group = first._1();
            List<GroupedRows> of = new ArrayList<>();
            while (first != null && first._1() == group) {
                of.add(SparkInternals.deserialize(first._2()));
                advance();
            }
            R result = task.value().run(group, GroupedRows.together(of));
            return SparkInternals.serialize(new OfGroup<>(group, result));
        }
    }
}
