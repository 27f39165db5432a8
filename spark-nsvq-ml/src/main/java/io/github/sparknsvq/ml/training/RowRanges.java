package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;
import org.apache.spark.Partition;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionCoalescer;
import org.apache.spark.rdd.PartitionGroup;
import org.apache.spark.rdd.RDD;
import scala.Option;
import scala.math.Ordering;

/**
 * Partitions of packed rows cut anew, into equal ranges of consecutive rows. A range reads the partitions that have
 * some of its rows, so a partition may be read by several ranges and nothing is shuffled; only blocks that lie on a
 * border are copied.
 *
 * @param offsets what to add to the position of each partition's blocks
 * @param starts position in the data set of the first row of each partition, all of which have rows
 * @param rows of all partitions
 * @param count number of ranges
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record RowRanges(long[] offsets, long[] starts, long rows, int count) implements PartitionCoalescer, Serializable {

    /** Returns the ranges, with blocks that know their position in the data set. */
    JavaRDD<PackedBlock> of(JavaRDD<PackedBlock> partitions, int dimension) {
        RDD<PackedBlock> grouped = partitions
                .mapPartitionsWithIndex(
                        (partition, blocks) -> {
                            long offset = offsets[partition];
                            return Iterators.map(
                                    blocks,
                                    block -> block.has(dimension) ? PackedBlock.of(block.placed(offset)) : null);
                        },
                        true)
                .rdd();
        return grouped.coalesce(count, false, Option.apply(this), noOrdering())
                .toJavaRDD()
                .mapPartitionsWithIndex(
                        (range, blocks) -> {
                            long from = start(range);
                            long to = start(range + 1);
                            return Iterators.map(blocks, block -> {
                                RowBlock within = block.rows().within(from, to);
                                return within == null ? null : PackedBlock.of(within);
                            });
                        },
                        true);
    }

    private static Ordering<PackedBlock> noOrdering() {
        return null;
    }

    private long start(int range) {
        return StatisticsSource.startOfRange(rows, count, range);
    }

    /** Returns the partition that has a row. */
    private int partitionOf(long row) {
        int found = Arrays.binarySearch(starts, row);
        return found < 0 ? -2 - found : found;
    }

    /** One group of partitions for each range, where the partition in its middle is. */
    @Override
    public PartitionGroup[] coalesce(int groups, RDD<?> parent) {
        PartitionGroup[] all = new PartitionGroup[count];
        Partition[] partitions = parent.partitions();
        for (int range = 0; range < count; range++) {
            long from = start(range);
            long last = start(range + 1) - 1;
            int middle = partitionOf(from + (last - from) / 2);
            String at = SparkInternals.locations(parent, middle).stream()
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
            PartitionGroup group = new PartitionGroup(Option.apply(at));
            for (int partition = partitionOf(from); partition <= partitionOf(last); partition++) {
                group.partitions().append(partitions[partition]);
            }
            all[range] = group;
        }
        return all;
    }
}
