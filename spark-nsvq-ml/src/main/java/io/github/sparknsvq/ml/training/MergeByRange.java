package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.training.rows.CodewordResult;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Merges by a shuffle what a task finds in each partition: results are cut into equal ranges of codewords, and each
 * range is merged by one task, in the order of the partitions.
 *
 * @param <R> what the task finds in a partition
 * @param sent the task
 * @param codewords of all ranges together
 * @param count number of ranges
 */
record MergeByRange<R extends CodewordResult<R>>(SentTask<R> sent, int codewords, int count) implements Serializable {

    /** What one partition, or all, found of one range of codewords. */
    private record Piece<R extends CodewordResult<R>>(int partition, int range, R result) implements Serializable {}

    /** Runs the task on partitions that all have rows, and gives the merged ranges, in any order. */
    void run(JavaRDD<PackedBlock> partitions, CodewordResult.Sink<R> sink) {
        List<byte[]> merged = Jobs.collect(partitions
                .mapPartitionsWithIndex(this::pieces, true)
                .mapToPair(piece -> piece)
                .groupByKey(new HashPartitioner(count))
                .map(pieces -> merged(pieces._1(), pieces._2())));
        for (byte[] bytes : merged) {
            Piece<R> piece = SparkInternals.deserialize(bytes);
            sink.accept(start(piece.range()), piece.result());
        }
    }

    /** Returns the first codeword of a range; of the one behind the last, the end. */
    private int start(int range) {
        return (int) ((long) range * codewords / count);
    }

    private Iterator<Tuple2<Integer, byte[]>> pieces(Integer partition, Iterator<PackedBlock> blocks) {
        R all = sent.run(partition, blocks);
        return IntStream.range(0, count)
                .mapToObj(range -> new Piece<>(partition, range, all.range(start(range), start(range + 1))))
                .map(piece -> new Tuple2<>(piece.range(), SparkInternals.serialize(piece)))
                .iterator();
    }

    private byte[] merged(int range, Iterable<byte[]> serialized) {
        List<Piece<R>> pieces = new ArrayList<>();
        serialized.forEach(bytes -> pieces.add(SparkInternals.deserialize(bytes)));
        pieces.sort(Comparator.comparingInt(Piece::partition));
        List<R> results = pieces.stream().map(Piece::result).toList();
        R merged = results.get(0);
        merged.mergeAll(results.subList(1, results.size()));
        return SparkInternals.serialize(new Piece<>(0, range, merged));
    }
}
