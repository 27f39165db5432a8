package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodewordResult;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.spark.Shipment;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Function1;
import scala.Tuple2;

/**
 * Rows on Spark's executors, packed once into float32 blocks and kept there until {@link #close}. A task runs as one job,
 * and what the partitions give is taken in their order, whoever ends first.
 */
public final class SparkStatisticsSource implements StatisticsSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SparkStatisticsSource.class);

    /** How partitions' results come together: through the driver while they are small, by a shuffle beyond. */
    record Limits(long taskInClosure, long state, long allStates) {
        static final Limits DEFAULT = new Limits(512L << 10, 8L << 20, 64L << 20);
    }

    private final JavaSparkContext spark;
    private final JavaRDD<PackedBlock> persisted;
    private final JavaRDD<PackedBlock> filled;
    private final int dimension;
    private final long rows;

    /** Position of the first row of each partition that has any. */
    private final long[] starts;

    private final Limits limits;

    private final long[] inPartition;

    private SparkStatisticsSource(
            JavaSparkContext spark, JavaRDD<PackedBlock> persisted, int dimension, long[] inPartition, Limits limits) {
        this.spark = spark;
        this.persisted = persisted;
        this.dimension = dimension;
        this.rows = Arrays.stream(inPartition).sum();
        this.inPartition = inPartition;
        this.limits = limits;
        boolean[] hasRows = new boolean[inPartition.length];
        List<Long> positions = new ArrayList<>();
        long before = 0;
        for (int p = 0; p < inPartition.length; p++) {
            hasRows[p] = inPartition[p] > 0;
            if (hasRows[p]) {
                positions.add(before);
            }
            before += inPartition[p];
        }
        this.starts = positions.stream().mapToLong(Long::longValue).toArray();
        this.filled = starts.length == hasRows.length
                ? persisted
                : PartitionPruningRDD.create(persisted.rdd(), new Chosen(hasRows))
                        .toJavaRDD();
    }

    /**
     * Packs and checks the rows of a data set, in one job.
     *
     * @param data the data set
     * @param vectors its column of vectors
     * @param weightCol its column of weights, or null for none
     * @param skipInvalid whether invalid rows are left out rather than ending the work
     * @return the rows, at least one
     * @throws io.github.sparknsvq.ml.vectors.InvalidVectorException if there are invalid rows and they are not skipped
     * @throws io.github.sparknsvq.core.NsvqException if no rows are left
     */
    public static SparkStatisticsSource pack(
            Dataset<?> data, VectorColumn vectors, String weightCol, boolean skipInvalid) {
        return pack(data, vectors, weightCol, skipInvalid, Limits.DEFAULT);
    }

    static SparkStatisticsSource pack(
            Dataset<?> data, VectorColumn vectors, String weightCol, boolean skipInvalid, Limits limits) {
        Column[] columns = weightCol == null
                ? new Column[] {vectors.column()}
                : new Column[] {vectors.column(), VectorColumn.column(weightCol).cast("double")};
        JavaRDD<PackedBlock> persisted = SparkInternals.internalRows(data.select(columns))
                .mapPartitions(new RowPacker(vectors, weightCol))
                .setName("spark-nsvq training rows of column " + vectors.name())
                .persist(StorageLevel.MEMORY_AND_DISK());
        try {
            PackedRows packed = new PackedRows(
                    vectors, persisted.mapPartitions(new Reports()).collect());
            packed.check(skipInvalid);
            if (packed.invalid() > 0) {
                LOG.warn("left out: {}", packed.description());
            }
            var spark = JavaSparkContext.fromSparkContext(data.sparkSession().sparkContext());
            return new SparkStatisticsSource(spark, persisted, packed.dimension(), packed.rowsByPartition(), limits);
        } catch (RuntimeException | Error e) {
            persisted.unpersist(false);
            throw e;
        }
    }

    /**
     * Packs what the rows leave over from their nearest codeword, in one job; these rows stay as they are until they are
     * closed.
     *
     * @param codebook the codewords, of the rows' dimension
     * @param device where to search: auto, cpu or opencl
     */
    public SparkStatisticsSource residuals(FloatMatrix codebook, Device device) {
        Broadcast<Shipment<SharedQuantizer>> sent =
                spark.broadcast(new Shipment<>(SharedQuantizer.vector(codebook, device)));
        JavaRDD<PackedBlock> residuals = persisted
                .mapPartitions(new Residuals(sent, dimension))
                .setName("spark-nsvq residuals of training rows")
                .persist(StorageLevel.MEMORY_AND_DISK());
        try {
            residuals.foreachPartition(blocks -> blocks.forEachRemaining(block -> {}));
            return new SparkStatisticsSource(spark, residuals, dimension, inPartition, limits);
        } catch (RuntimeException | Error e) {
            residuals.unpersist(false);
            throw e;
        }
    }

    /** Subtracts from rows their nearest codewords. */
    private record Residuals(Broadcast<Shipment<SharedQuantizer>> codebook, int dimension)
            implements FlatMapFunction<Iterator<PackedBlock>, PackedBlock> {
        @Override
        public Iterator<PackedBlock> call(Iterator<PackedBlock> blocks) {
            SharedQuantizer codewords = codebook.value().value();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return blocks.hasNext();
                }

                @Override
                public PackedBlock next() {
                    PackedBlock block = blocks.next();
                    return block.has(dimension) ? block.less(codewords) : block;
                }
            };
        }
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public long rows() {
        return rows;
    }

    /** Returns the number of partitions that have rows. */
    public int partitions() {
        return starts.length;
    }

    /** Gives the executors' memory back. */
    @Override
    public void close() {
        persisted.unpersist(false);
    }

    @Override
    public <R> List<R> perPartition(PartitionTask<R> task) {
        try (Sent<R> sent = send(task)) {
            List<byte[]> collected = filled.mapPartitionsWithIndex(new Run<>(sent, dimension, starts), true)
                    .collect();
            List<R> results = new ArrayList<>(collected.size());
            for (byte[] bytes : collected) {
                results.add(SparkInternals.deserialize(bytes));
            }
            return results;
        }
    }

    @Override
    public <R extends CodewordResult<R>> void merge(
            PartitionTask<R> task, int codewords, long bytes, CodewordResult.Sink<R> sink) {
        if (starts.length == 1 || (bytes <= limits.state() && starts.length * bytes <= limits.allStates())) {
            StatisticsSource.super.merge(task, codewords, bytes, sink);
            return;
        }
        long pieces = Math.max(starts.length, (starts.length * bytes - 1) / limits.allStates() + 1);
        Ranges ranges = new Ranges((int) Math.min(codewords, pieces), codewords);
        try (Sent<R> sent = send(task)) {
            filled.mapPartitionsWithIndex(new RunByRange<>(new Run<>(sent, dimension, starts), ranges), true)
                    .mapToPair(piece -> new Tuple2<>(piece.range(), piece.shipped()))
                    .groupByKey(new HashPartitioner(ranges.number()))
                    .map(new MergeRange<R>())
                    .collect()
                    .forEach(bytesOfRange -> {
                        Piece<R> merged = SparkInternals.deserialize(bytesOfRange);
                        sink.accept(ranges.start(merged.range()), merged.result());
                    });
        }
    }

    /**
     * Equal ranges of codewords.
     *
     * @param number of ranges
     * @param codewords of all ranges together
     */
    private record Ranges(int number, int codewords) implements Serializable {
        /** Returns the first codeword of a range; of the one behind the last, the end. */
        int start(int range) {
            return (int) ((long) range * codewords / number);
        }
    }

    private <R> Sent<R> send(PartitionTask<R> task) {
        // serialized here once: Spark serializes a closure three times on its way
        Shipment<PartitionTask<R>> shipment = new Shipment<>(task);
        return task.bytes() > limits.taskInClosure()
                ? new Sent<>(null, spark.broadcast(shipment))
                : new Sent<>(shipment, null);
    }

    /** A task on its way to the executors: in the closure itself, or as a broadcast. */
    private record Sent<R>(Shipment<PartitionTask<R>> shipment, Broadcast<Shipment<PartitionTask<R>>> broadcast)
            implements Serializable, AutoCloseable {
        PartitionTask<R> arrived() {
            return (shipment == null ? broadcast.value() : shipment).value();
        }

        @Override
        public void close() {
            if (broadcast != null) {
                broadcast.destroy();
            }
        }
    }

    /** Runs a task on a partition's rows. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Run<R>(Sent<R> sent, int dimension, long[] starts)
            implements Function2<Integer, Iterator<PackedBlock>, Iterator<byte[]>> {
        @Override
        public Iterator<byte[]> call(Integer partition, Iterator<PackedBlock> blocks) {
            return List.of(SparkInternals.serialize(result(partition, blocks))).iterator();
        }

        R result(int partition, Iterator<PackedBlock> blocks) {
            return sent.arrived().run(new Placed(blocks, dimension, starts[partition]));
        }
    }

    /** What one partition, or all, found of one range of codewords. */
    private record Piece<R extends CodewordResult<R>>(int partition, int range, R result) implements Serializable {
        byte[] shipped() {
            return SparkInternals.serialize(this);
        }
    }

    /** Runs a task on a partition's rows and cuts the result into ranges of codewords. */
    private record RunByRange<R extends CodewordResult<R>>(Run<R> run, Ranges ranges)
            implements Function2<Integer, Iterator<PackedBlock>, Iterator<Piece<R>>> {
        @Override
        public Iterator<Piece<R>> call(Integer partition, Iterator<PackedBlock> blocks) {
            R all = run.result(partition, blocks);
            return IntStream.range(0, ranges.number())
                    .mapToObj(range ->
                            new Piece<>(partition, range, all.range(ranges.start(range), ranges.start(range + 1))))
                    .iterator();
        }
    }

    /** Merges what all partitions found of one range of codewords, in the order of the partitions. */
    private static final class MergeRange<R extends CodewordResult<R>>
            implements org.apache.spark.api.java.function.Function<Tuple2<Integer, Iterable<byte[]>>, byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public byte[] call(Tuple2<Integer, Iterable<byte[]>> shipped) {
            List<Piece<R>> pieces = new ArrayList<>();
            shipped._2().forEach(bytes -> pieces.add(SparkInternals.deserialize(bytes)));
            pieces.sort(Comparator.comparingInt(Piece::partition));
            List<R> results = pieces.stream().map(Piece::result).toList();
            R merged = results.get(0);
            merged.mergeAll(results.subList(1, results.size()));
            return new Piece<>(0, shipped._1(), merged).shipped();
        }
    }

    /** A partition's blocks of the right dimension, at their position in the data set. */
    private static final class Placed implements Iterator<RowBlock> {
        private final Iterator<PackedBlock> blocks;
        private final int dimension;
        private final long start;
        private PackedBlock next;

        Placed(Iterator<PackedBlock> blocks, int dimension, long start) {
            this.blocks = blocks;
            this.dimension = dimension;
            this.start = start;
        }

        @Override
        public boolean hasNext() {
            while (next == null && blocks.hasNext()) {
                PackedBlock block = blocks.next();
                next = block.has(dimension) ? block : null;
            }
            return next != null;
        }

        @Override
        public RowBlock next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            RowBlock placed = next.placed(start);
            next = null;
            return placed;
        }
    }

    /** The report at the end of a partition. Walking there packs, and keeps, all blocks before it. */
    private static final class Reports implements FlatMapFunction<Iterator<PackedBlock>, PackingReport> {
        private static final long serialVersionUID = 1L;

        @Override
        public Iterator<PackingReport> call(Iterator<PackedBlock> blocks) {
            List<PackingReport> reports = new ArrayList<>(1);
            blocks.forEachRemaining(block -> {
                if (block.report() != null) {
                    reports.add(block.report());
                }
            });
            return reports.iterator();
        }
    }

    /** The partitions that have rows. */
    private record Chosen(boolean[] partitions) implements Function1<Object, Object>, Serializable {
        @Override
        public Object apply(Object partition) {
            return partitions[(int) partition];
        }
    }
}
