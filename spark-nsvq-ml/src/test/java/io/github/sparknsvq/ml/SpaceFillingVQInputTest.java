package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.lit;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a line makes of columns of every kind, and of bad and odd rows. */
class SpaceFillingVQInputTest {
    private static final float[][] VECTORS = whole(TestVectors.clustered(120, 3, 4, 3));
    private static final String SKIP_HINT = " (handleInvalid = skip leaves such rows out)";

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    /** Whole numbers, some of them 0, which every kind of column holds exactly. */
    private static float[][] whole(float[][] vectors) {
        for (float[] vector : vectors) {
            for (int j = 0; j < vector.length; j++) {
                vector[j] = Math.round(vector[j]);
            }
        }
        return vectors;
    }

    private static SpaceFillingVQ small() {
        return new SpaceFillingVQ().setK(8).setMaxIter(1).setBatchSize(60).setDistanceCol("distance");
    }

    @AfterEach
    void nothingStaysInStorage() {
        assertTrue(spark.sparkContext().getPersistentRDDs().isEmpty());
    }

    private static List<Row> found(SpaceFillingVQModel model, Dataset<Row> data) {
        return model.transform(data)
                .select("id", "prediction", "position", "distance")
                .collectAsList();
    }

    static List<Dataset<Row>> columns() {
        List<Vector> sparse = new ArrayList<>();
        for (float[] vector : VECTORS) {
            sparse.add(new DenseVector(new double[] {vector[0], vector[1], vector[2]}).toSparse());
        }
        Dataset<Row> floats = TestVectors.frame(VECTORS);
        return List.of(
                TestVectors.frame(VECTORS, TestVectors.VECTOR, 2),
                TestVectors.frame(sparse, TestVectors.VECTOR, 2),
                TestVectors.frame(VECTORS, TestVectors.FLOATS_OR_NULL, 3),
                TestVectors.frame(VECTORS, TestVectors.DOUBLES, 1),
                cast(floats, "tinyint"),
                cast(floats, "bigint"),
                cast(floats, "decimal(9, 2)"));
    }

    private static Dataset<Row> cast(Dataset<Row> floats, String type) {
        return floats.selectExpr("id", "cast(features as array<" + type + ">) as features");
    }

    @ParameterizedTest
    @MethodSource("columns")
    void everyKindOfColumnGivesTheSame(Dataset<Row> data) {
        SpaceFillingVQModel expected = small().fit(TestVectors.frame(VECTORS));
        SpaceFillingVQModel model = small().fit(data);
        assertArrayEquals(expected.corners().values(), model.corners().values());
        assertEquals(found(expected, TestVectors.frame(VECTORS)), found(model, data));
    }

    private static List<Object> with(int place, Object bad) {
        List<Object> values = new ArrayList<>(List.of(VECTORS).subList(0, 11));
        values.add(place, bad);
        return values;
    }

    static List<Arguments> badValues() {
        return List.of(
                arguments(null, "is null"),
                arguments(new float[] {1, Float.NaN, 2}, "has NaN at element 1"),
                arguments(new float[] {1, 2, Float.NEGATIVE_INFINITY}, "has an infinite value at element 2"),
                arguments(new Float[] {null, 2f, 3f}, "has a null at element 0"),
                arguments(new float[] {1, 2}, "has 2 values, others have 3"),
                arguments(new float[] {}, "has no elements"),
                arguments(new float[] {(float) 9e17, (float) 9e17, 0}, "is longer than 1.0E18"));
    }

    @ParameterizedTest
    @MethodSource("badValues")
    void trainingAndEncodingNameTheReason(Object bad, String reason) {
        Dataset<Row> data = TestVectors.frame(with(8, bad), TestVectors.FLOATS_OR_NULL, 3);
        Exception e = assertThrows(InvalidVectorException.class, () -> small().fit(data));
        assertEquals(
                "column 'features': 1 of 12 rows is invalid, first row 8 (counted from 0), which "
                        + (reason + SKIP_HINT),
                e.getMessage());
        SpaceFillingVQModel skipping = small().setHandleInvalid("skip").fit(data);
        assertEquals(11, skipping.summary().rows());
        assertEquals(11, skipping.transform(data).count());
        assertEquals(11, skipping.cornerSearch(data).rows());
        SpaceFillingVQModel model = skipping.copy(skipping.extractParamMap()).setHandleInvalid("error");
        String failure = CodeModels.failure(() -> model.transform(data).collectAsList());
        assertEquals(
                "column 'features' holds a vector that " + reason.replace("others have", "the codebook") + SKIP_HINT,
                failure);
    }

    @Test
    void cosineHasNoDirectionForZeros() {
        Dataset<Row> data = TestVectors.frame(with(3, new float[3]), TestVectors.FLOATS, 2);
        SpaceFillingVQ cosine = small().setDistanceMeasure("cosine");
        Exception e = assertThrows(InvalidVectorException.class, () -> cosine.fit(data));
        assertTrue(e.getMessage().contains("which is all zeros, which cosine distance has no"), e.getMessage());
    }

    @Test
    void emptyInputIsAnError() {
        Dataset<Row> data = TestVectors.frame(List.of(), TestVectors.FLOATS, 2);
        Exception e = assertThrows(NsvqException.class, () -> small().fit(data));
        assertEquals("column 'features' of the training data has no rows", e.getMessage());
        SpaceFillingVQModel model = new SpaceFillingVQModel("m", TestVectors.matrix(new float[][] {{1, 2}, {3, 4}}));
        assertEquals(List.of(), model.transform(data).collectAsList());
    }

    static List<Arguments> oddRows() {
        float[][] equalNorms = TestVectors.clustered(60, 2, 4, 5);
        for (float[] vector : equalNorms) {
            double norm = Math.hypot(vector[0], vector[1]);
            vector[0] /= (float) norm;
            vector[1] /= (float) norm;
        }
        float[][] wild = TestVectors.clustered(60, 3, 4, 5);
        for (float[] vector : wild) {
            vector[0] = 42;
            vector[1] *= (float) 1e-12;
            vector[2] *= (float) 1e12;
        }
        return List.of(
                arguments("one row", List.of(new float[] {1, 2}), 0),
                arguments("equal rows", Collections.nCopies(50, new float[] {3, -7}), 0),
                arguments("equal rows, no whole numbers", Collections.nCopies(50, new float[] {0.1f, -0.7f}), 1e-12),
                arguments("zeros", Collections.nCopies(50, new float[2]), 0),
                arguments("fewer rows than corners", List.of(VECTORS).subList(0, 5), 400),
                arguments("one dimension", List.of(TestVectors.clustered(60, 1, 4, 2)), 30),
                arguments("equal norms", List.of(equalNorms), 0.3),
                arguments("wild scales", List.of(wild), 1e25),
                arguments("huge", Collections.nCopies(20, new float[] {(float) 5e17, (float) -5e17}), 1e24));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("oddRows")
    void oddRowsTrainAndEncode(String name, List<float[]> rows, double most) {
        Dataset<Row> data = TestVectors.frame(rows, TestVectors.FLOATS, 3);
        SpaceFillingVQModel model = small().setMaxIter(3).setBatchSize(20).fit(data);
        assertEquals(rows.size(), model.summary().rows());
        assertTrue(model.summary().mse() <= most, name + ": " + model.summary().mse());
        for (float value : model.corners().values()) {
            assertTrue(Float.isFinite(value));
        }
        for (Row row : found(model, data)) {
            assertTrue(Double.isFinite(row.getDouble(2)) && Float.isFinite(row.getFloat(3)), row.toString());
        }
    }

    @Test
    void weightsCountAndZerosDoNot() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < VECTORS.length; i++) {
            rows.add(RowFactory.create(VECTORS[i], i % 3));
        }
        StructType schema = new StructType().add("features", TestVectors.FLOATS).add("w", DataTypes.IntegerType);
        SpaceFillingVQSummary summary =
                small().setWeightCol("w").fit(TestVectors.rows(rows, schema, 2)).summary();
        assertEquals(80, summary.rows());
        assertEquals(120, Arrays.stream(summary.segmentSizes()).sum());
        assertEquals(summary.trainingCost() / 120, summary.mse(), 1e-9 * summary.trainingCost());
        rows.set(2, RowFactory.create(VECTORS[2], -1));
        Exception e = assertThrows(
                InvalidVectorException.class, () -> small().setWeightCol("w").fit(TestVectors.rows(rows, schema, 2)));
        assertTrue(e.getMessage().contains("first row 2 (counted from 0), which has weight -1.0"), e.getMessage());
    }

    static List<Arguments> refused() {
        return List.of(
                arguments("there is no column 'vec': the data has id, features, s", small().setFeaturesCol("vec")),
                arguments(
                        "column 's' should hold vectors (vector, or an array of numbers), but is string",
                        small().setFeaturesCol("s")),
                arguments("output column 'ID' exists already: choose another name", small().setPredictionCol("ID")),
                arguments("output column 's' exists already: choose another name", small().setPositionCol("s")),
                arguments(
                        "output column 'both' exists already: choose another name",
                        small().setPredictionCol("both").setPositionCol("both")),
                arguments("there is no column 'w': the data has id, features, s", small().setWeightCol("w")),
                arguments("column 's' should hold weights, but is string", small().setWeightCol("s")));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void nothingIsReadOfWhatCannotBe(String message, SpaceFillingVQ estimator) throws Throwable {
        Dataset<Row> data = TestVectors.frame(VECTORS).withColumn("s", lit("x"));
        int jobs = JobCounter.jobs(() -> {
            Exception e = assertThrows(NsvqException.class, () -> estimator.fit(data));
            assertEquals(message, e.getMessage());
        });
        assertEquals(0, jobs);
    }

    @Test
    void aStreamIsEncodedAndNotTrainedOn() throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        SpaceFillingVQModel model = small().fit(data);
        String source = directory.resolve("source").toString();
        data.coalesce(1).write().parquet(source);
        Dataset<Row> stream = spark.readStream().schema(data.schema()).parquet(source);
        String sink = directory.resolve("sink").toString();
        StreamingQuery query = model.transform(stream)
                .select("id", "prediction", "position", "distance")
                .writeStream()
                .format("parquet")
                .option("checkpointLocation", directory.resolve("checkpoint").toString())
                .trigger(Trigger.AvailableNow())
                .start(sink);
        query.awaitTermination();
        assertEquals(
                found(model, data), spark.read().parquet(sink).orderBy("id").collectAsList());
        Exception e = assertThrows(NsvqException.class, () -> small().fit(stream));
        assertEquals("a stream cannot be trained on: use foreachBatch", e.getMessage());
        e = assertThrows(NsvqException.class, () -> model.cornerSearch(stream));
        assertEquals("a stream cannot be measured: use foreachBatch", e.getMessage());
    }
}
