package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.assign.Moments;
import io.github.sparknsvq.core.training.curve.CurveResampling;
import io.github.sparknsvq.core.training.curve.EvenResampling;
import io.github.sparknsvq.core.training.rows.CodewordResult;
import io.github.sparknsvq.core.training.rows.GroupTask;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowGrouping;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Function1;

/**
 * Rows on Spark's executors, packed once into float32 blocks and kept there until {@link #close}. A task runs as
 * one job, and the partitions' results are taken in the order of the partitions, whichever ends first.
 */
public final class SparkStatisticsSource implements StatisticsSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SparkStatisticsSource.class);

    /** How partitions' results come together: through the driver while they are small, by a shuffle beyond. */
    record Limits(long taskInClosure, long state, long allStates) {
        static final Limits DEFAULT = new Limits(512L << 10, 8L << 20, 64L << 20);
    }

    /** Bytes of rows for which a task of their own is worth what Spark spends on one, some milliseconds. */
    private static final long TASK_BYTES = 4L << 20;

    /** Tasks for each core where partitions share tasks, so that a core that ends early finds another. */
    private static final int TASKS_PER_CORE = 4;

    /** Bytes of the rows of groups that one task works on, about. */
    private static final long GROUP_TASK_BYTES = 256L << 20;

    private final JavaSparkContext spark;
    private final JavaRDD<PackedBlock> persisted;
    private final JavaRDD<PackedBlock> filled;
    private final int dimension;
    private final long rows;

    /** Position of the first row of each partition that has any. */
    private final long[] starts;

    private final Limits limits;

    /** Rows of each partition, those without any included. */
    private final long[] counts;

    /** Where each partition that has rows starts, or 0 if its blocks know their position in the data set. */
    private final long[] offsets;

    /** Results of tasks that packing has done on the way. */
    private final Map<PartitionTask<?>, List<?>> done = new HashMap<>();

    /** What rows that are lost are made with again; null for what they were read from. */
    private Broadcast<?> madeWith;

    /** The same rows in other partitions, by their number. */
    private final Map<Integer, SparkStatisticsSource> views = new HashMap<>();

    private SparkStatisticsSource(
            JavaSparkContext spark, JavaRDD<PackedBlock> persisted, int dimension, long[] counts, Limits limits) {
        this(spark, persisted, dimension, counts, false, limits);
    }

    private SparkStatisticsSource(
            JavaSparkContext spark,
            JavaRDD<PackedBlock> persisted,
            int dimension,
            long[] counts,
            boolean placed,
            Limits limits) {
        this.spark = spark;
        this.persisted = persisted;
        this.dimension = dimension;
        this.rows = Arrays.stream(counts).sum();
        this.counts = counts;
        this.limits = limits;
        long[] ends = counts.clone();
        Arrays.parallelPrefix(ends, Long::sum);
        this.starts = IntStream.range(0, counts.length)
                .filter(p -> counts[p] > 0)
                .mapToLong(p -> ends[p] - counts[p])
                .toArray();
        this.offsets = placed ? new long[starts.length] : starts;
        this.filled = starts.length == counts.length
                ? persisted
                : PartitionPruningRDD.create(persisted.rdd(), new HasRows(counts))
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
     * @throws io.github.sparknsvq.ml.vectors.InvalidVectorException if there are invalid rows and they are not
     *     skipped
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
            // walking to the report at the end of a partition packs, and keeps, all blocks before it
            List<PackingReport> reports =
                    Jobs.collect(persisted.mapPartitions(blocks -> Iterators.map(blocks, PackedBlock::report)));
            PackedRows packed = PackedRows.of(vectors, reports);
            packed.check(skipInvalid);
            if (packed.invalid() > 0) {
                LOG.warn("left out: {}", packed.description());
            }
            var spark = SparkInternals.context(data.sparkSession());
            int dimension = packed.dimension();
            var source = new SparkStatisticsSource(spark, persisted, dimension, packed.rowsByPartition(), limits);
            source.done.put(Moments.task(dimension), packed.moments());
            return source;
        } catch (RuntimeException | Error e) {
            persisted.unpersist(false);
            throw e;
        }
    }

    /**
     * Packs the residuals of the rows, their differences from the nearest codeword, in one job. These rows stay as
     * they are until they are closed.
     *
     * @param codebook the codewords, of the rows' dimension; very many of them are searched by way of cells
     * @param device where to search: auto, cpu or opencl
     */
    public SparkStatisticsSource residuals(FloatMatrix codebook, Device device) {
        Broadcast<SerializedValue<SharedLists>> sent =
                spark.broadcast(new SerializedValue<>(new SharedLists(codebook, device)));
        int kept = dimension; // of the rows: the closure should not hold this
        JavaRDD<PackedBlock> residuals = persisted
                .mapPartitions(blocks -> {
                    SharedLists codewords = sent.value().value();
                    return Iterators.map(blocks, block -> block.has(kept) ? block.residuals(codewords) : block);
                })
                .setName("spark-nsvq residuals of training rows")
                .persist(StorageLevel.MEMORY_AND_DISK());
        try {
            residuals.foreachPartition(blocks -> blocks.forEachRemaining(block -> {}));
            var source = new SparkStatisticsSource(spark, residuals, dimension, counts, limits);
            source.madeWith = sent;
            return source;
        } catch (RuntimeException | Error e) {
            residuals.unpersist(false);
            sent.destroy();
            throw e;
        }
    }

    /**
     * Makes a codebook that is used evenly: the rows are sorted by their position on a line and cut into parts of
     * equal weight, whose means are the codewords.
     *
     * @param line of the rows' dimension
     * @param wanted what the codebook should be like
     * @return the codewords, {@code K x D}, in their order along the line; some are equal where many rows are
     */
    public FloatMatrix resampled(SharedQuantizer line, CurveCodebook wanted, SparkSession session) {
        Broadcast<SerializedValue<SharedQuantizer>> sent = spark.broadcast(new SerializedValue<>(line));
        try (CurveResampler sorted = new CurveResampler(filled, dimension, sent, wanted.ofRows(), session)) {
            EvenResampling.Cutter cutter = ends -> {
                FloatMatrix means = sorted.codewords(new CurveResampling(sorted.weight(), ends));
                if (wanted.unitLength()) {
                    UnitLength.normalize(means.values(), dimension);
                }
                return means;
            };
            return EvenResampling.train(cutter, this, wanted.codewords(), wanted.evenIter(), wanted.device());
        } finally {
            sent.destroy();
        }
    }

    @Override
    public StatisticsSource inRanges(int count) {
        return views.computeIfAbsent(count, ranges -> {
            JavaRDD<PackedBlock> cut = new RowRanges(offsets, starts, rows, ranges)
                    .of(filled, dimension)
                    .setName("spark-nsvq training rows in ranges");
            // in one JVM they are the same objects but for the blocks that are cut
            if (!spark.isLocal()) {
                cut.persist(StorageLevel.MEMORY_AND_DISK());
            }
            long[] sizes = IntStream.range(0, ranges)
                    .mapToLong(range -> StatisticsSource.startOfRange(rows, ranges, range + 1)
                            - StatisticsSource.startOfRange(rows, ranges, range))
                    .toArray();
            return new SparkStatisticsSource(spark, cut, dimension, sizes, true, limits);
        });
    }

    /** Executors are taken to be alike; one that knows no cores by configuration has an equal part of all. */
    @Override
    public int threads(int tasks) {
        SparkConf conf = spark.getConf();
        int executors = Math.max(1, spark.sc().statusTracker().getExecutorInfos().length - 1);
        int part = Math.max(1, spark.defaultParallelism() / executors);
        int cores = spark.isLocal() ? part : conf.getInt("spark.executor.cores", part);
        return threads(tasks, executors, cores, conf.getInt("spark.task.cpus", 1));
    }

    /**
     * Returns how many threads each of a job's tasks may take, so that those that run side by side take no more than
     * the cores: what its task reserves at least, and its part of the rest.
     *
     * @param cores of an executor
     * @param cpus that a task reserves; as many tasks run in an executor as its cores have room for
     */
    static int threads(int tasks, int executors, int cores, int cpus) {
        int running = Math.min(tasks, executors * Math.max(1, cores / Math.max(1, cpus)));
        return Math.max(1, Math.min(cores, executors * cores / running));
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
        views.values().forEach(SparkStatisticsSource::close);
        persisted.unpersist(false);
        if (madeWith != null) {
            madeWith.destroy();
            madeWith = null;
        }
    }

    @Override
    @SuppressWarnings("unchecked") // a task's results are of its type
    public <R> List<R> perPartition(PartitionTask<R> task) {
        List<?> known = done.get(task);
        if (known != null) {
            return (List<R>) known;
        }
        int tasks = tasks(starts.length, 4L * rows * dimension, spark.defaultParallelism());
        try (SentTask<R> sent = send(task)) {
            if (tasks < starts.length) {
                return together(sent, tasks);
            }
            List<byte[]> found = Jobs.onPartitions(
                    filled, (partition, blocks) -> SparkInternals.serialize(sent.run(partition, blocks)));
            return found.stream().map(SparkInternals::<R>deserialize).toList();
        }
    }

    /** Runs a task on all partitions, several of them in a task of Spark's. */
    private <R> List<R> together(SentTask<R> sent, int tasks) {
        JavaRDD<byte[]> found = filled.mapPartitionsWithIndex(
                (partition, blocks) -> {
                    R result = sent.run(partition, blocks);
                    return List.of(SparkInternals.serialize(new OfPartition<>(partition, result)))
                            .iterator();
                },
                true);
        // tasks take partitions by the machine that holds them
        return Jobs.collect(found.coalesce(tasks)).stream()
                .map(SparkInternals::<OfPartition<R>>deserialize)
                .sorted(Comparator.comparingInt(OfPartition::partition))
                .map(OfPartition::result)
                .toList();
    }

    /** What a task of the trainer returned for a partition. */
    private record OfPartition<R>(int partition, R result) implements Serializable {}

    /**
     * Returns how many tasks to do the partitions in: one for each, or fewer where thousands of them hold little.
     *
     * @param bytes of all rows
     * @param cores of all executors
     */
    static int tasks(int partitions, long bytes, int cores) {
        long enough = Math.max((long) TASKS_PER_CORE * cores, bytes / TASK_BYTES + 1);
        return enough <= partitions / 2 ? (int) enough : partitions;
    }

    @Override
    public <R extends CodewordResult<R>> void merge(
            PartitionTask<R> task, int codewords, long bytes, CodewordResult.Sink<R> sink) {
        if (starts.length == 1 || (bytes <= limits.state() && starts.length * bytes <= limits.allStates())) {
            StatisticsSource.super.merge(task, codewords, bytes, sink);
            return;
        }
        long ranges = Math.max(starts.length, (starts.length * bytes - 1) / limits.allStates() + 1);
        try (SentTask<R> sent = send(task)) {
            new MergeByRange<>(sent, codewords, (int) Math.min(codewords, ranges)).run(filled, sink);
        }
    }

    @Override
    public <R> List<R> perGroup(RowGrouping grouping, GroupTask<R> task) {
        Broadcast<SerializedValue<RowGrouping>> sent = spark.broadcast(new SerializedValue<>(grouping));
        long bytes = 4L * rows * dimension;
        long enough = Math.max((long) TASKS_PER_CORE * spark.defaultParallelism(), bytes / GROUP_TASK_BYTES + 1);
        int tasks = (int) Math.min(grouping.groups(), enough);
        try {
            return new RowsByGroup<>(sent, new SerializedValue<>(task), dimension, starts, tasks).run(filled);
        } finally {
            sent.destroy();
        }
    }

    private <R> SentTask<R> send(PartitionTask<R> task) {
        return SentTask.send(task, spark, limits.taskInClosure(), dimension, offsets);
    }

    /** The partitions that have rows. */
    private record HasRows(long[] counts) implements Function1<Object, Object>, Serializable {
        @Override
        public Object apply(Object partition) {
            return counts[(int) partition] > 0;
        }
    }
}
