package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.when;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.streaming.runtime.StreamExecution;
import org.apache.spark.sql.execution.streaming.runtime.StreamingQueryWrapper;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Encoding in batches: the same rows, in the same order, as one by one. A full batch has at most 960 rows. Rows of a
 * local relation are encoded one by one, by Spark's optimizer, and serve as the expected ones.
 */
class VQBatchTest {
    private static final int ROWS = 2500;
    private static final float[][] VECTORS = TestVectors.clustered(ROWS, 7, 20, 17);

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    /** A model of the first vectors, with all its columns. */
    private static VQModel model(float[][] vectors, int k) {
        return new VQModel("m", TestVectors.matrix(Arrays.copyOf(vectors, k)))
                .setDistanceCol("distance")
                .setReconstructionCol("near");
    }

    private static String plan(Dataset<Row> data) {
        return ((org.apache.spark.sql.classic.Dataset<Row>) data)
                .queryExecution()
                .executedPlan()
                .toString();
    }

    private static int count(String part, String in) {
        return in.split(part, -1).length - 1;
    }

    /** The same data as a local relation. */
    private Dataset<Row> local(Dataset<Row> data) {
        return spark.createDataFrame(data.collectAsList(), data.schema());
    }

    private void assertAsOneByOne(VQModel model, Dataset<Row> data) {
        Dataset<Row> batched = model.transform(data);
        Dataset<Row> oneByOne = model.transform(local(data));
        assertEquals(1, count("BatchedSearch", plan(batched)), plan(batched));
        assertEquals(0, count("BatchedSearch", plan(oneByOne)), plan(oneByOne));
        assertEquals(oneByOne.collectAsList(), batched.collectAsList());
    }

    @Test
    void rowsBeyondABatchGetWhatEachGetsAlone() {
        for (DataType type : List.of(TestVectors.FLOATS, TestVectors.DOUBLES, TestVectors.VECTOR)) {
            Dataset<Row> data = TestVectors.frame(VECTORS, type, 1);
            assertAsOneByOne(model(VECTORS, 37), data);
            assertAsOneByOne(model(VECTORS, 37).setDistanceCol("").setReconstructionCol(""), data);
        }
        VQModel cosine = model(VECTORS, 5);
        cosine.set(cosine.distanceMeasure(), "cosine");
        assertAsOneByOne(cosine, TestVectors.frame(VECTORS, TestVectors.FLOATS, 3));
    }

    @Test
    void longVectorsMakeSmallBatches() {
        float[][] vectors = TestVectors.clustered(120, 6000, 4, 3);
        assertAsOneByOne(model(vectors, 9), TestVectors.frame(vectors, TestVectors.FLOATS, 1));
    }

    @Test
    void emptyPartitionsGiveNoRows() {
        Dataset<Row> data = TestVectors.frame(VECTORS, TestVectors.FLOATS, 10);
        assertAsOneByOne(model(VECTORS, 37), data.filter("id between 400 and 600 or id > 2400"));
        assertAsOneByOne(model(VECTORS, 37), data.filter("id < 0"));
    }

    @Test
    void rowsNeedNoGeneratedCode() {
        spark.conf().set("spark.sql.codegen.wholeStage", "false");
        try {
            assertAsOneByOne(model(VECTORS, 37), TestVectors.frame(VECTORS, TestVectors.FLOATS, 2));
        } finally {
            spark.conf().unset("spark.sql.codegen.wholeStage");
        }
    }

    @Test
    void carriesColumnsOfEveryKind() {
        Dataset<Row> data = TestVectors.frame(VECTORS, TestVectors.FLOATS, 2)
                .selectExpr(
                        "if(id % 3 = 0, null, 'text ' || id) as text",
                        "named_struct('a', id, 'b', named_struct('c', array(id, null), 'd', cast(null as string))) "
                                + "as nested",
                        "map('k', id) as map",
                        "features",
                        "array('x', null, 'y' || id) as strings",
                        "cast(id as decimal(30, 4)) as decimal",
                        "if(id % 5 = 0, null, cast('bytes' || id as binary)) as bytes",
                        "timestamp_seconds(id) as time",
                        "date_add(date '2020-01-01', cast(id as int)) as day",
                        "id % 2 = 0 as flag",
                        "cast(null as double) as nothing",
                        "id");
        assertAsOneByOne(model(VECTORS, 37), data);
    }

    @Test
    void largeColumnsEndABatchEarly() {
        // 200 rows of 100 KB, of which the first batches would hold 48 and 192
        Dataset<Row> data = TestVectors.frame(Arrays.copyOf(VECTORS, 200), TestVectors.FLOATS, 1)
                .withColumn("text", expr("repeat(cast(id % 10 as string), 100000)"));
        List<Row> rows = model(VECTORS, 37).transform(data).collectAsList();
        assertEquals(200, rows.size());
        for (int i = 0; i < rows.size(); i++) {
            assertEquals(i, rows.get(i).getLong(0));
            assertEquals(String.valueOf(i % 10).repeat(100_000), rows.get(i).getString(2));
        }
    }

    private static List<Object> withInvalid(int... places) {
        List<Object> values = new ArrayList<>(Arrays.asList((Object[]) VECTORS));
        for (int place : places) {
            values.set(place, place % 2 == 0 ? null : new float[] {1, 2});
        }
        return values;
    }

    @Test
    void anInvalidVectorFailsWhenItsRowIsReached() {
        Dataset<Row> data = TestVectors.frame(withInvalid(700), TestVectors.FLOATS_OR_NULL, 1);
        Dataset<Row> codes = model(VECTORS, 37).transform(data);
        assertEquals(5, codes.limit(5).collectAsList().size());
        assertEquals(codes.limit(700).collectAsList(), codes.filter("id < 700").collectAsList());
        spark.sparkContext().setLogLevel("OFF");
        try {
            Throwable cause =
                    assertThrows(Exception.class, () -> codes.limit(701).collectAsList());
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            assertEquals(
                    "column 'features' holds a vector that is null (handleInvalid = skip leaves such rows out)",
                    cause.getMessage());
        } finally {
            spark.sparkContext().setLogLevel("WARN");
        }
    }

    @Test
    void skipsInvalidVectorsWithinABatch() {
        int[] places = {0, 47, 48, 700, 701, 702, 1199, 1200, 2499};
        Dataset<Row> data = TestVectors.frame(withInvalid(places), TestVectors.FLOATS_OR_NULL, 1);
        VQModel model = model(VECTORS, 37).setHandleInvalid("skip");
        List<Row> all = model.transform(TestVectors.frame(VECTORS, TestVectors.FLOATS_OR_NULL, 1))
                .collectAsList();
        List<Row> expected = IntStream.range(0, ROWS)
                .filter(i -> Arrays.binarySearch(places, i) < 0)
                .mapToObj(all::get)
                .toList();
        assertEquals(expected, model.transform(data).collectAsList());
        // a filter by the result joins that of valid vectors, and must not search before it
        assertEquals(expected, model.transform(data).filter("distance >= 0").collectAsList());
    }

    @Test
    void aConditionSparesRowsTheSearch() {
        Dataset<Row> data = TestVectors.frame(withInvalid(700), TestVectors.FLOATS_OR_NULL, 1);
        VQModel model = new VQModel("m", TestVectors.matrix(Arrays.copyOf(VECTORS, 37)));
        List<Row> rows = model.transform(data)
                .select(when(col("id").notEqual(700), col("prediction")))
                .collectAsList();
        assertEquals(ROWS, rows.size());
        assertTrue(rows.get(700).isNullAt(0));
        assertFalse(rows.get(701).isNullAt(0));
    }

    @Test
    void filtersAndLimitsSeeTheResults() {
        Dataset<Row> data = TestVectors.frame(VECTORS, TestVectors.FLOATS, 3);
        for (VQModel model :
                List.of(model(VECTORS, 37), new VQModel("m", model(VECTORS, 37).codebook()))) {
            Dataset<Row> codes = model.transform(data);
            List<Row> all = codes.collectAsList();
            int prediction = codes.schema().fieldIndex("prediction");
            Dataset<Row> some = codes.filter("prediction in (3, 4) and id > 100");
            assertEquals(1, count("BatchedSearch", plan(some)), plan(some));
            assertEquals(1, count("invoke\\(", plan(some)), plan(some));
            List<Row> expected = all.stream()
                    .filter(row -> row.getLong(0) > 100)
                    .filter(row -> row.getInt(prediction) == 3 || row.getInt(prediction) == 4)
                    .toList();
            assertFalse(expected.isEmpty());
            assertEquals(expected, some.collectAsList());
            assertEquals(expected.size(), some.count());
            assertEquals(all.subList(0, 1100), codes.limit(1100).collectAsList());
            assertEquals(all.subList(0, 1), codes.limit(1).collectAsList());
        }
    }

    @Test
    void readsAndSearchesOnlyWhatIsAskedFor() {
        String path = directory.resolve("data").toString();
        TestVectors.frame(VECTORS).withColumn("text", expr("'t' || id")).write().parquet(path);
        Dataset<Row> codes = model(VECTORS, 37).transform(spark.read().parquet(path));
        String indexed = plan(codes.select("id", "prediction"));
        assertTrue(indexed.contains("ReadSchema: struct<id:bigint,features:array<float>>"), indexed);
        assertEquals(1, count("BatchedSearch", indexed), indexed);
        String texts = plan(codes.select("text"));
        assertTrue(texts.contains("ReadSchema: struct<text:string>"), texts);
        assertEquals(0, count("BatchedSearch", texts), texts);
        assertEquals(ROWS, codes.select("text").distinct().count());
    }

    @Test
    void aggregatesAndJoinsSeeTheResults() {
        Dataset<Row> data = TestVectors.frame(VECTORS, TestVectors.FLOATS, 3);
        Dataset<Row> codes = model(VECTORS, 37).transform(data);
        TreeMap<Integer, Long> expected = new TreeMap<>();
        for (Row row : codes.select("prediction").collectAsList()) {
            expected.merge(row.getInt(0), 1L, Long::sum);
        }
        TreeMap<Integer, Long> counts = new TreeMap<>();
        for (Row row : codes.groupBy("prediction").count().collectAsList()) {
            counts.put(row.getInt(0), row.getLong(1));
        }
        assertEquals(expected, counts);
        Dataset<Row> renamed = codes.select(col("id"), col("prediction").as("again"));
        assertEquals(
                ROWS, codes.join(renamed, "id").filter("prediction = again").count());
        long pairs = expected.values().stream().mapToLong(n -> n * n).sum();
        assertEquals(
                pairs,
                codes.join(renamed.drop("id"), col("prediction").equalTo(col("again")))
                        .count());
    }

    @Test
    void oneModelEncodesWhatAnotherReconstructs() {
        VQModel first = model(VECTORS, 37);
        VQModel second = new VQModel("n", TestVectors.matrix(Arrays.copyOfRange(VECTORS, 50, 55)))
                .setFeaturesCol("near")
                .setPredictionCol("coarse");
        Dataset<Row> data = TestVectors.frame(VECTORS, TestVectors.FLOATS, 2);
        Dataset<Row> both = second.transform(first.transform(data));
        assertEquals(2, count("BatchedSearch", plan(both)), plan(both));
        assertEquals(second.transform(first.transform(local(data))).collectAsList(), both.collectAsList());
    }

    @Test
    void encodesAnExpressionOfColumns() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            rows.add(RowFactory.create((double) VECTORS[i][0], (double) VECTORS[i][1]));
        }
        StructType schema = new StructType().add("a", DataTypes.DoubleType).add("b", DataTypes.DoubleType);
        Dataset<Row> data = TestVectors.rows(rows, schema, 1);
        VQModel model = new VQModel("m", TestVectors.matrix(new float[][] {{-5, -5}, {5, 5}, {0, 20}}));
        Dataset<Row> codes = model.transform(data.withColumn("features", expr("array(a, b)")))
                .select("prediction");
        assertEquals(1, count("BatchedSearch", plan(codes)), plan(codes));
        assertEquals(
                model.transform(local(data.withColumn("features", expr("array(a, b)"))))
                        .select("prediction")
                        .collectAsList(),
                codes.collectAsList());
    }

    @Test
    void rowsOfAContinuousStreamDoNotWaitForABatch() throws Exception {
        assertEquals(1, count("BatchedSearch", planOfStream("batches", Trigger.ProcessingTime(0))));
        assertEquals(0, count("BatchedSearch", planOfStream("continuous", Trigger.Continuous("1 second"))));
    }

    private String planOfStream(String name, Trigger trigger) throws Exception {
        Dataset<Row> stream = spark.readStream()
                .format("rate")
                .option("numPartitions", 1)
                .load()
                .selectExpr("array(cast(value as float)) as features");
        StreamingQuery query = new VQModel("m", TestVectors.matrix(new float[][] {{0}, {5}}))
                .transform(stream)
                .writeStream()
                .format("noop")
                .option("checkpointLocation", directory.resolve(name).toString())
                .trigger(trigger)
                .start();
        try {
            StreamExecution execution = ((StreamingQueryWrapper) query).streamingQuery();
            for (int i = 0;
                    i < 600
                            && execution.lastExecution() == null
                            && query.exception().isEmpty();
                    i++) {
                Thread.sleep(50);
            }
            return execution.lastExecution().executedPlan().toString();
        } finally {
            // what the end interrupts would look like a failing test in the log
            spark.sparkContext().setLogLevel("OFF");
            query.stop();
            spark.sparkContext().setLogLevel("WARN");
        }
    }
}
