package io.github.sparknsvq.ml.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.evaluation.CodeUsage;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.Reseeding;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.Moments;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.ml.NsvqKryoRegistrator;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.reflect.ClassTag;

class SparkStatisticsSourceTest {
    private static final int ROWS = 700;
    private static final int DIMENSION = 6;
    private static final StructType SCHEMA =
            new StructType().add("features", DataTypes.createArrayType(DataTypes.FloatType, false));

    private final SparkSession spark = SparkTestSession.get();
    private final float[][] vectors = vectors();

    private static float[][] vectors() {
        Random random = new Random(8);
        float[][] vectors = new float[ROWS][DIMENSION];
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < DIMENSION; j++) {
                vectors[i][j] = (float) (5 * (i % 9) * ((j + i) % 3) + random.nextGaussian());
            }
        }
        return vectors;
    }

    private SparkStatisticsSource source(int partitions, SparkStatisticsSource.Limits limits) {
        List<Row> rows = new ArrayList<>();
        for (float[] vector : vectors) {
            rows.add(RowFactory.create((Object) vector));
        }
        Dataset<Row> data = spark.createDataFrame(
                JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, partitions), SCHEMA);
        return SparkStatisticsSource.pack(data, VectorColumn.of(SCHEMA, "features", false), null, false, limits);
    }

    private SparkStatisticsSource source(int partitions) {
        return source(partitions, SparkStatisticsSource.Limits.DEFAULT);
    }

    private static float[] train(StatisticsSource rows, Updater updater) {
        return train(
                rows,
                TrainingSettings.builder(12)
                        .passes(6, 2)
                        .updater(updater)
                        .seed(3)
                        .build());
    }

    private static float[] train(StatisticsSource rows, TrainingSettings settings) {
        FloatMatrix start = Initialization.initialize(rows, settings, InitMode.PLUS_PLUS, 2);
        TrainingResult result =
                CodebookTrainer.train(rows, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
        assertEquals(0, result.statistics().dead());
        return result.codebook().values();
    }

    @ParameterizedTest
    @EnumSource(names = {"NSVQ", "MINIBATCH", "LLOYD"})
    void theSameSeedGivesTheSameCodebookWhateverThePartitions(Updater updater) {
        float[] expected;
        try (LocalStatisticsSource local = new LocalStatisticsSource(FloatMatrix.of(vectors), null, 3)) {
            expected = train(local, updater);
        }
        for (int partitions : new int[] {1, 2, 7}) {
            try (SparkStatisticsSource rows = source(partitions)) {
                assertEquals(partitions, rows.partitions());
                assertEquals(ROWS, rows.rows());
                assertEquals(DIMENSION, rows.dimension());
                assertArrayEquals(expected, train(rows, updater), 1e-4f, updater + " with " + partitions);
            }
        }
        assertTrue(spark.sparkContext().getPersistentRDDs().isEmpty());
    }

    @Test
    void defaultsAndLocalStepsDoNotSeeThePartitions() {
        TrainingSettings defaults = TrainingSettings.builder(12).seed(3).build();
        for (TrainingSettings settings :
                List.of(defaults, defaults.toBuilder().batches(50, 4).build())) {
            float[] expected;
            try (LocalStatisticsSource local = new LocalStatisticsSource(FloatMatrix.of(vectors), null, 3)) {
                expected = train(local, settings);
            }
            for (int partitions : new int[] {1, 2, 7}) {
                try (SparkStatisticsSource rows = source(partitions)) {
                    assertArrayEquals(expected, train(rows, settings), 1e-4f, partitions + " partitions");
                }
            }
        }
        assertTrue(spark.sparkContext().getPersistentRDDs().isEmpty());
    }

    /** What packing measures on the way is what a job would find, to the bit; partitions without rows are none. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, ROWS + 50})
    void packingMeasuresTheRows(int partitions) {
        PartitionTask<Moments> task = Moments.task(DIMENSION);
        try (SparkStatisticsSource rows = source(partitions)) {
            List<Moments> known = rows.perPartition(task);
            List<Moments> found = rows.perPartition(blocks -> task.run(blocks));
            assertEquals(Math.min(partitions, ROWS), known.size());
            assertEquals(found.size(), known.size());
            for (int p = 0; p < known.size(); p++) {
                assertEquals(found.get(p).weight(), known.get(p).weight());
                assertArrayEquals(found.get(p).means(), known.get(p).means());
                assertArrayEquals(found.get(p).squares(), known.get(p).squares());
            }
        }
    }

    @Test
    void rangesFollowFromTheNumberOfRowsAlone() {
        for (int partitions : new int[] {1, 2, 7, 150}) {
            try (SparkStatisticsSource rows = source(partitions)) {
                for (int count : new int[] {1, 3, 64, ROWS}) {
                    StatisticsSource ranges = rows.inRanges(count);
                    List<ArrayList<Long>> met = ranges.perPartition(new Positions());
                    assertEquals(count, met.size());
                    long next = 0;
                    for (int range = 0; range < count; range++) {
                        assertEquals(next, StatisticsSource.startOfRange(ROWS, count, range));
                        for (long position : met.get(range)) {
                            assertEquals(next++, position);
                        }
                    }
                    assertEquals(ROWS, next);
                    assertEquals(ROWS, ranges.rows());
                }
            }
        }
    }

    /** The positions of the rows, whose values are checked. */
    private record Positions() implements PartitionTask<ArrayList<Long>> {
        @Override
        public ArrayList<Long> run(Iterator<RowBlock> blocks) {
            float[][] expected = vectors();
            ArrayList<Long> met = new ArrayList<>();
            while (blocks.hasNext()) {
                RowBlock block = blocks.next();
                for (int i = 0; i < block.rows(); i++) {
                    met.add(block.start() + i);
                    for (int j = 0; j < DIMENSION; j++) {
                        assertEquals(expected[(int) block.start() + i][j], block.values()[i * DIMENSION + j]);
                    }
                }
            }
            return met;
        }
    }

    @Test
    void manySmallPartitionsShareTasksAndKeepTheirOrder() {
        assertEquals(8, SparkStatisticsSource.tasks(2000, 1 << 20, 2));
        assertEquals(251, SparkStatisticsSource.tasks(2000, 1000L << 20, 2));
        assertEquals(400, SparkStatisticsSource.tasks(2000, 1000L << 20, 100));
        assertEquals(2000, SparkStatisticsSource.tasks(2000, 100L << 30, 100));
        assertEquals(15, SparkStatisticsSource.tasks(15, 1, 2));
        try (SparkStatisticsSource rows = source(150)) {
            List<Long> firsts = rows.perPartition(blocks -> {
                long first = -1;
                while (blocks.hasNext()) {
                    RowBlock block = blocks.next();
                    first = first < 0 ? block.start() : first;
                }
                return first;
            });
            assertEquals(150, firsts.size());
            assertEquals(firsts.stream().sorted().distinct().toList(), firsts);
        }
    }

    @Test
    void theShuffleGivesTheSameBits() {
        AssignTask task = new AssignTask(
                FloatMatrix.of(vectors[0], vectors[5], vectors[7], vectors[100], vectors[301])
                        .values(),
                DIMENSION,
                RowSelection.ALL,
                Device.CPU);
        CodebookStatistics collected;
        try (SparkStatisticsSource rows = source(7)) {
            collected = task.on(rows);
        }
        // 5 codewords in 5 ranges, and then in 2
        for (long limit : new long[] {0, 8 * 5 * (DIMENSION + 2) * 7 / 2}) {
            var limits = new SparkStatisticsSource.Limits(0, 0, Math.max(1, limit));
            try (SparkStatisticsSource rows = source(7, limits)) {
                CodebookStatistics shuffled = task.on(rows);
                assertArrayEquals(collected.counts(), shuffled.counts());
                assertArrayEquals(collected.sums(), shuffled.sums());
                assertArrayEquals(collected.errors(), shuffled.errors());
            }
        }
    }

    @Test
    void trainsThroughShuffleAndBroadcastAlike() {
        float[] expected;
        try (SparkStatisticsSource rows = source(3)) {
            expected = train(rows, Updater.NSVQ);
        }
        try (SparkStatisticsSource rows = source(3, new SparkStatisticsSource.Limits(0, 0, 1))) {
            assertArrayEquals(expected, train(rows, Updater.NSVQ));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NSVQ", "SGD", "EMA", "MINIBATCH", "STE"})
    void localStepsGiveTheSameBitsThroughTheShuffle(Updater updater) {
        TrainingSettings settings = TrainingSettings.builder(12)
                .passes(3, 1)
                .updater(updater)
                .reseeding(Reseeding.ERROR) // ste by itself leaves dead codewords
                .seed(3)
                .batches(100, 4)
                .build();
        for (int partitions : new int[] {1, 2, 7}) {
            float[] expected;
            try (SparkStatisticsSource rows = source(partitions)) {
                expected = train(rows, settings);
            }
            try (SparkStatisticsSource rows = source(partitions, new SparkStatisticsSource.Limits(0, 0, 1))) {
                assertArrayEquals(expected, train(rows, settings), updater + " with " + partitions);
            }
        }
    }

    @Test
    void largeResultsComeInRangesThatCoverTheCodewords() {
        AssignTask task = new AssignTask(new float[5 * DIMENSION], DIMENSION, RowSelection.ALL, Device.CPU);
        Map<Long, List<Integer>> startsOf = Map.of(1L << 20, List.of(0), 1L, List.of(0, 1, 2, 3, 4));
        for (var limit : startsOf.entrySet()) {
            long bytes = limit.getKey();
            try (SparkStatisticsSource rows = source(7, new SparkStatisticsSource.Limits(0, bytes, bytes))) {
                Map<Integer, Integer> sizes = new TreeMap<>();
                rows.merge(task, 5, 1000, (from, merged) -> sizes.put(from, merged.codewords()));
                assertEquals(limit.getValue(), List.copyOf(sizes.keySet()));
                assertEquals(
                        5, sizes.values().stream().mapToInt(Integer::intValue).sum());
            }
        }
    }

    /** Which partitions {@link Swapped} has gone through. */
    private static volatile List<CountDownLatch> ended;

    /** Every other partition ends after the one behind it; tells which rows each has met. */
    private record Swapped(long pad) implements PartitionTask<ArrayList<Long>> {
        @Override
        public ArrayList<Long> run(Iterator<RowBlock> blocks) {
            ArrayList<Long> met = new ArrayList<>();
            while (blocks.hasNext()) {
                RowBlock block = blocks.next();
                for (int i = 0; i < block.rows(); i++) {
                    met.add(block.start() + i);
                }
            }
            int partition = TaskContext.getPartitionId();
            try {
                if (partition % 2 == 0 && partition + 1 < ended.size()) {
                    assertTrue(ended.get(partition + 1).await(60, TimeUnit.SECONDS), "partition " + partition);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            ended.get(partition).countDown();
            return met;
        }

        @Override
        public long bytes() {
            return pad;
        }
    }

    private static Swapped swapped(int partitions, long pad) {
        ended = Stream.generate(() -> new CountDownLatch(1)).limit(partitions).toList();
        return new Swapped(pad);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1 << 20})
    void resultsComeInTheOrderOfThePartitions(long bytes) {
        try (SparkStatisticsSource rows = source(7)) {
            List<ArrayList<Long>> met = rows.perPartition(swapped(7, bytes));
            assertEquals(7, met.size());
            long next = 0;
            for (List<Long> positions : met) {
                for (long position : positions) {
                    assertEquals(next++, position);
                }
            }
            assertEquals(ROWS, next);
        }
    }

    @Test
    void rowsAreKeptOnceUnderAName() {
        try (SparkStatisticsSource rows = source(2)) {
            rows.perPartition(swapped(2, 0));
            var kept = spark.sparkContext().getRDDStorageInfo();
            assertEquals(1, kept.length);
            assertEquals("spark-nsvq training rows of column features", kept[0].name());
            assertEquals(2, kept[0].numCachedPartitions());
            long bytes = 4L * ROWS * DIMENSION;
            assertTrue(kept[0].memSize() >= bytes && kept[0].memSize() < bytes + 8000, "" + kept[0].memSize());
        }
    }

    @Test
    void blocksSplitAndKeepTheirOrder() {
        int dimension = 30_000; // four rows to a block
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            float[] vector = new float[dimension];
            vector[i] = i;
            rows.add(RowFactory.create((Object) vector));
        }
        Dataset<Row> data = spark.createDataFrame(
                JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, 2), SCHEMA);
        try (SparkStatisticsSource source =
                SparkStatisticsSource.pack(data, VectorColumn.of(SCHEMA, "features", false), null, false)) {
            List<ArrayList<String>> blocks = source.perPartition(new Describe());
            assertEquals(List.of(List.of("0+4", "4+1"), List.of("5+4", "9+2")), blocks);
        }
    }

    private record Describe() implements PartitionTask<ArrayList<String>> {
        @Override
        public ArrayList<String> run(Iterator<RowBlock> blocks) {
            ArrayList<String> described = new ArrayList<>();
            while (blocks.hasNext()) {
                RowBlock block = blocks.next();
                for (int i = 0; i < block.rows(); i++) {
                    int row = (int) block.start() + i;
                    assertEquals(row, block.values()[i * block.dimension() + row]);
                }
                described.add(block.start() + "+" + block.rows());
            }
            return described;
        }
    }

    @Test
    void whatSparkSerializesByItselfSurvivesKryo() {
        survivesKryo(new KryoSerializer(spark.sparkContext().conf()).newInstance());
    }

    @Test
    void theRegistratorKnowsWhatKryoIsToRegister() {
        SparkConf conf = spark.sparkContext()
                .conf()
                .clone()
                .set("spark.kryo.registrationRequired", "true")
                .set("spark.kryo.registrator", NsvqKryoRegistrator.class.getName());
        survivesKryo(new KryoSerializer(conf).newInstance());
    }

    private static void survivesKryo(SerializerInstance kryo) {
        ClassTag<Object> any = ClassTag.apply(Object.class);
        float[] values = {1, 2, 3, 4};
        PackedBlock block = PackedBlock.of(new RowBlock(7, new FloatMatrix(2, 2, values), new float[] {1, 2}));
        PackedBlock again = (PackedBlock) kryo.deserialize(kryo.serialize((Object) block, any), any);
        assertArrayEquals(values, again.placed(10).values());
        assertEquals(17, again.placed(10).start());
        assertFalse(again.has(3));
        SerializedValue<Swapped> sent = new SerializedValue<>(new Swapped(42));
        Object read = kryo.deserialize(kryo.serialize((Object) sent, any), any);
        SerializedValue<?> shipped = (SerializedValue<?>) read;
        assertEquals(new Swapped(42), shipped.value());
        SharedQuantizer codebook = SharedQuantizer.vector(new FloatMatrix(2, 2, values), Device.CPU);
        SharedQuantizer broadcast = (SharedQuantizer) kryo.deserialize(kryo.serialize((Object) codebook, any), any);
        assertArrayEquals(values, broadcast.codewords().values());
        assertEquals(codebook.layout().toString(), broadcast.layout().toString());
        CodeUsage usage = CodeUsage.of(new double[] {3, 1}, 2);
        CodeUsage counted = (CodeUsage) kryo.deserialize(kryo.serialize((Object) usage, any), any);
        assertEquals(4, counted.rows());
    }
}
