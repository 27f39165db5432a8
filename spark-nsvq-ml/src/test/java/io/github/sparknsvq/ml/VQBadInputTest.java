package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.TestVectors.DOUBLES;
import static io.github.sparknsvq.ml.TestVectors.VECTOR;
import static org.apache.spark.sql.functions.lit;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.spark.SparkException;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What bad or odd input gets: the rows of the design's table that concern training and encoding. */
class VQBadInputTest {
    private static final String SKIP_HINT = " (handleInvalid = skip leaves such rows out)";

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    private static VQ vq() {
        return new VQ().setK(2).setMaxIter(3).setLloydIter(1);
    }

    @AfterEach
    void nothingStaysInStorage() {
        assertTrue(spark.sparkContext().getPersistentRDDs().isEmpty());
    }

    private static List<Object> good(int rows) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            values.add(new float[] {i, -i, 2 * i % 7});
        }
        return values;
    }

    /** Good rows with a bad one at a place. */
    private static List<Object> with(int place, Object bad) {
        List<Object> values = good(11);
        values.add(place, bad);
        return values;
    }

    private static final float[] HUGE = {0, (float) 1e30, 0};

    static List<Object[]> badValues() {
        return List.of(
                new Object[] {null, "is null"},
                new Object[] {new float[] {1, Float.NaN, 2}, "has NaN at element 1"},
                new Object[] {new float[] {1, 2, Float.NEGATIVE_INFINITY}, "has an infinite value at element 2"},
                new Object[] {new Float[] {null, 2f, 3f}, "has a null at element 0"},
                new Object[] {new float[] {1, 2}, "has 2 values, others have 3"},
                new Object[] {new float[] {}, "has no elements"},
                new Object[] {HUGE, "has " + (double) (float) 1e30 + " at element 1, beyond 1.0E18 in magnitude"},
                new Object[] {new float[] {(float) 9e17, (float) 9e17, 0}, "is longer than 1.0E18"});
    }

    @Test
    void trainingNamesTheColumnTheRowAndTheReason() {
        VQModel without = vq().fit(TestVectors.frame(good(11), TestVectors.FLOATS_OR_NULL, 3));
        for (Object[] bad : badValues()) {
            Dataset<Row> data = TestVectors.frame(with(8, bad[0]), TestVectors.FLOATS_OR_NULL, 3);
            Exception e = assertThrows(InvalidVectorException.class, () -> vq().fit(data));
            assertEquals(
                    "column 'features': 1 of 12 rows is invalid, first row 8 (counted from 0), which " + bad[1]
                            + SKIP_HINT,
                    e.getMessage());
            VQModel skipping = vq().setHandleInvalid("skip").fit(data);
            assertEquals(11, skipping.summary().rows());
            // positions, and with them the draws, are those of the rows that are left
            assertArrayEquals(without.codebook().values(), skipping.codebook().values());
        }
    }

    @Test
    void trainingCountsAllInvalidRows() {
        List<Object> values = with(9, null);
        values.add(4, new float[] {1, 2});
        values.add(7, new float[] {1, Float.NaN, 2});
        Dataset<Row> data = TestVectors.frame(values, TestVectors.FLOATS_OR_NULL, 4);
        Exception e = assertThrows(InvalidVectorException.class, () -> vq().fit(data));
        assertEquals(
                "column 'features': 3 of 14 rows are invalid, first row 4 (counted from 0), which has 2 values, "
                        + "others have 3" + SKIP_HINT,
                e.getMessage());
    }

    @Test
    void manyLengthsAreAnErrorTooNotAMemoryLeak() {
        List<Object> values = new ArrayList<>();
        for (int i = 1; i < 60; i++) {
            values.add(new float[i]);
        }
        Dataset<Row> data = TestVectors.frame(values, TestVectors.FLOATS, 2);
        Exception e = assertThrows(InvalidVectorException.class, () -> vq().fit(data));
        assertTrue(e.getMessage().startsWith("column 'features': 58 of 59 rows are invalid"), e.getMessage());
    }

    static List<Arguments> otherColumns() {
        int[] last = {2};
        double[] huge = {1, 1e300, 0};
        return List.of(
                arguments(VECTOR, Vectors.sparse(3, last, new double[] {Double.NaN}), "has NaN at element 2"),
                arguments(VECTOR, Vectors.sparse(4, last, new double[] {1}), "has 4 values, others have 3"),
                arguments(VECTOR, null, "is null"),
                arguments(DOUBLES, huge, "has 1.0E300 at element 1, beyond 1.0E18 in magnitude"),
                arguments(DOUBLES, new Double[] {1.0, null, 2.0}, "has a null at element 1"));
    }

    @ParameterizedTest
    @MethodSource("otherColumns")
    void sparseAndDoubleColumnsNameTheReasonToo(DataType type, Object bad, String reason) {
        List<Object> values = new ArrayList<>(
                Collections.nCopies(3, type.equals(VECTOR) ? Vectors.dense(1, 2, 3) : new double[] {1, 2, 3}));
        values.add(bad);
        Dataset<Row> data = TestVectors.frame(values, type, 2);
        Exception e = assertThrows(NsvqException.class, () -> vq().fit(data));
        assertTrue(e.getMessage().contains("which " + reason), e.getMessage());
    }

    @Test
    void cosineHasNoDirectionForZeros() {
        Dataset<Row> data =
                TestVectors.frame(with(3, new float[3]), TestVectors.FLOATS, 2).filter("id > 0");
        Exception e = assertThrows(
                InvalidVectorException.class,
                () -> vq().setDistanceMeasure("cosine").fit(data));
        assertTrue(
                e.getMessage()
                        .contains("first row 2 (counted from 0), which is all zeros, which cosine distance has no"),
                e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "-1, has weight -1.0 in column 'w'",
        "NaN, has weight NaN in column 'w'",
        "Infinity, has weight Infinity in column 'w'",
        ", has weight null in column 'w'"
    })
    void weightsMustNotBeNegative(Double weight, String reason) {
        Dataset<Row> data = weighted(1.0, 0.5, weight, 2.0);
        Exception e = assertThrows(
                InvalidVectorException.class, () -> vq().setWeightCol("w").fit(data));
        assertTrue(e.getMessage().contains("first row 2 (counted from 0), which " + reason), e.getMessage());
        assertEquals(
                3,
                vq().setWeightCol("w")
                        .setHandleInvalid("skip")
                        .fit(data)
                        .summary()
                        .rows());
    }

    private static Dataset<Row> weighted(Double... weights) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            rows.add(RowFactory.create(new float[] {i, i + 1}, weights[i]));
        }
        return TestVectors.rows(
                rows, new StructType().add("features", TestVectors.FLOATS).add("w", DataTypes.DoubleType), 2);
    }

    @Test
    void rowsWithoutWeightAreLeftOut() {
        assertEquals(
                2, vq().setWeightCol("w").fit(weighted(1.0, 0.0, 3.0)).summary().rows());
        Exception e =
                assertThrows(NsvqException.class, () -> vq().setWeightCol("w").fit(weighted(0.0, 0.0)));
        assertEquals("column 'features' of the training data has no rows of positive weight", e.getMessage());
    }

    @Test
    void emptyInputIsAnError() {
        Dataset<Row> data = TestVectors.frame(List.of(), TestVectors.FLOATS, 2);
        Exception e = assertThrows(NsvqException.class, () -> vq().fit(data));
        assertEquals("column 'features' of the training data has no rows", e.getMessage());
        Dataset<Row> onlyBad = TestVectors.frame(Arrays.asList(null, null), TestVectors.FLOATS, 2);
        e = assertThrows(
                NsvqException.class, () -> vq().setHandleInvalid("skip").fit(onlyBad));
        assertEquals(
                "column 'features' of the training data has no valid rows: column 'features': 2 of 2 rows are "
                        + "invalid, first row 0 (counted from 0), which is null",
                e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nsvq", "sgd", "ema", "minibatch", "lloyd", "ste"})
    void oddDataTrainsWithEveryUpdater(String updater) {
        VQ vq = vq().setK(4).setUpdater(updater);
        // a single row, in one of five partitions
        VQSummary single = vq.fit(TestVectors.frame(good(2).subList(1, 2), TestVectors.FLOATS, 5))
                .summary();
        assertEquals(0, single.mse(), 1e-9);
        assertEquals(3, single.dead());
        // all rows equal
        List<float[]> same = Collections.nCopies(50, new float[] {3, -7});
        VQSummary equal = vq.fit(TestVectors.frame(same, TestVectors.FLOATS, 3)).summary();
        assertEquals(0, equal.mse(), 1e-9);
        assertEquals(3, equal.dead());
        // more codewords than rows
        VQSummary few = vq.setK(9)
                .fit(TestVectors.frame(good(5), TestVectors.FLOATS, 2))
                .summary();
        assertEquals(0, few.mse(), 1e-9);
        assertEquals(4, few.dead());
        // dimension 1
        VQSummary line = vq.setK(4)
                .fit(TestVectors.frame(TestVectors.clustered(200, 1, 4, 2)))
                .summary();
        assertEquals(0, line.dead());
        assertTrue(line.mse() < 60, "mse " + line.mse());
    }

    @Test
    void aConstantDimensionAndWildScalesTrain() {
        float[][] vectors = TestVectors.clustered(400, 4, 8, 4);
        for (float[] vector : vectors) {
            vector[0] = 42;
            vector[1] *= (float) 1e-12;
            vector[2] *= (float) 1e12;
        }
        for (String updater : List.of("nsvq", "lloyd", "ema")) {
            VQSummary summary = vq().setK(8)
                    .setUpdater(updater)
                    .setMaxIter(8)
                    .fit(TestVectors.frame(vectors))
                    .summary();
            assertEquals(0, summary.dead(), updater);
            // the great dimension decides: its spread within a clump is 1e12
            assertTrue(summary.mse() < 4e25 && summary.mse() > 1e22, updater + " " + summary.mse());
        }
    }

    @Test
    void emptyPartitionsChangeNothing() {
        Dataset<Row> data = TestVectors.frame(TestVectors.clustered(100, 3, 4, 5), TestVectors.FLOATS, 10);
        VQModel model = vq().setK(4).fit(data.filter("id between 35 and 64"));
        VQModel packed = vq().setK(4).fit(data.filter("id between 35 and 64").coalesce(1));
        assertArrayEquals(packed.codebook().values(), model.codebook().values(), 1e-5f);
    }

    @Test
    void encodingNamesTheColumnAndTheReason() {
        VQModel model = new VQModel("m", TestVectors.matrix(new float[][] {{1, 2, 3}, {4, 5, 6}}));
        for (Object[] bad : badValues()) {
            Dataset<Row> data = TestVectors.frame(with(8, bad[0]), TestVectors.FLOATS_OR_NULL, 3);
            String reason = bad[1].toString().replace("others have", "the codebook");
            assertEncodingFails(model, data, "column 'features' holds a vector that " + reason + SKIP_HINT);
            Dataset<Row> codes =
                    model.copy(model.extractParamMap()).setHandleInvalid("skip").transform(data);
            assertEquals(11, codes.count());
            assertEquals(11, codes.select("prediction").collectAsList().size());
            assertFalse(codes.select("id").collectAsList().contains(RowFactory.create(8L)));
        }
    }

    private static void assertEncodingFails(VQModel model, Dataset<Row> data, String message) {
        // what the tasks throw comes back here; in the log it would look like a failing test
        SparkTestSession.get().sparkContext().setLogLevel("OFF");
        SparkException e;
        try {
            e = assertThrows(SparkException.class, () -> model.transform(data).collectAsList());
        } finally {
            SparkTestSession.get().sparkContext().setLogLevel("WARN");
        }
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        assertInstanceOf(InvalidVectorException.class, cause);
        assertEquals(message, cause.getMessage());
    }

    @Test
    void encodingWithCosineNamesZeros() {
        VQModel model = new VQModel("m", TestVectors.matrix(new float[][] {{1, 0, 0}, {0, 1, 0}}));
        model.set(model.distanceMeasure(), "cosine");
        assertEncodingFails(
                model,
                TestVectors.frame(List.of(new float[3]), TestVectors.FLOATS, 1),
                "column 'features' holds a vector that is all zeros, which cosine distance has no direction for"
                        + SKIP_HINT);
        Exception e = assertThrows(InvalidVectorException.class, () -> model.predict(Vectors.zeros(3)));
        assertEquals("the vector is all zeros, which cosine distance has no direction for", e.getMessage());
        e = assertThrows(InvalidVectorException.class, () -> model.predict(Vectors.zeros(2)));
        assertEquals("the vector has 2 values, the codebook 3", e.getMessage());
    }

    /**
     * A vector alone is valid exactly when it is in a column, and what is wrong with it is said in the same words.
     */
    @ParameterizedTest
    @ValueSource(strings = {"euclidean", "cosine"})
    void predictHasTheRulesOfColumns(String measure) {
        VQModel model = new VQModel("m", TestVectors.matrix(new float[][] {{1, 0, 0}, {0, 1, 0}}));
        model.set(model.distanceMeasure(), measure);
        List<Vector> vectors = List.of(
                Vectors.dense(1, 2, 3),
                Vectors.sparse(3, new int[] {1}, new double[] {4}),
                Vectors.dense(0, 0, 0),
                Vectors.dense(1e-60, 0, 0),
                Vectors.dense(1, Double.NaN, 0),
                Vectors.dense(1, 0, Double.NEGATIVE_INFINITY),
                Vectors.dense(2e18, 0, 0),
                Vectors.dense(8e17, 8e17, 0),
                Vectors.dense(5e17, 5e17, 5e17));
        int invalid = 0;
        for (Vector vector : vectors) {
            Dataset<Row> column = TestVectors.frame(List.of(vector), TestVectors.VECTOR, 1);
            try {
                int predicted = model.predict(vector);
                assertEquals(
                        predicted,
                        model.transform(column).select("prediction").first().getInt(0));
            } catch (InvalidVectorException e) {
                String problem = e.getMessage().substring("the vector ".length());
                assertEncodingFails(model, column, "column 'features' holds a vector that " + problem + SKIP_HINT);
                invalid++;
            }
        }
        assertEquals(measure.equals("cosine") ? 6 : 4, invalid);
        Exception e = assertThrows(InvalidVectorException.class, () -> model.predict(null));
        assertEquals("the vector is null", e.getMessage());
    }

    private static VQModel startOfTwo() {
        return new VQModel("start", TestVectors.matrix(new float[][] {{1, 2}, {3, 4}}));
    }

    static List<Arguments> refused() {
        return List.of(
                arguments("there is no column 'vec': the data has id, features, s", vq().setFeaturesCol("vec")),
                arguments(
                        "column 's' should hold vectors (vector, or an array of numbers), but is string",
                        vq().setFeaturesCol("s")),
                arguments("output column 'ID' exists already: choose another name", vq().setPredictionCol("ID")),
                arguments(
                        "output column 'both' exists already: choose another name",
                        vq().setPredictionCol("both").setDistanceCol("both")),
                arguments("there is no column 'w': the data has id, features, s", vq().setWeightCol("w")),
                arguments("column 's' should hold weights, but is string", vq().setWeightCol("s")),
                arguments(
                        "k = 3, but the model to start from has 2 codewords: they must be equal",
                        vq().setK(3).setInitialModel(startOfTwo())),
                arguments(
                        "column 'features' has vectors of dimension 3, but the model to start from has 2:"
                                + " they must be equal",
                        vq().setInitialModel(startOfTwo())),
                arguments(
                        "k = 1000000000 is too large: an index of a codeword has at most 24 bits, so k is at most"
                                + " 16777216",
                        vq().setK(1_000_000_000)));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void trainingsThatCannotBeAreRefused(String message, VQ vq) {
        assertRefused(message, () -> vq.fit(columns()));
    }

    private static Dataset<Row> columns() {
        return TestVectors.frame(good(9), TestVectors.FLOATS, 2).withColumn("s", lit("x"));
    }

    @Test
    void schemasAreRefusedBeforeAnyJob() {
        StructType schema = columns().schema();
        VQModel model = new VQModel("m", TestVectors.matrix(new float[][] {{1, 2, 3}}));
        assertRefused(
                "there is no column 'vec': the data has id, features, s",
                () -> vq().setFeaturesCol("vec").transformSchema(schema));
        assertRefused(
                "column 's' should hold vectors (vector, or an array of numbers), but is string",
                () -> model.setFeaturesCol("s").transformSchema(schema));
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(NsvqException.class, call).getMessage());
    }

    @Test
    void aCodebookOfTooManyNumbersIsRefused() {
        assertRefused(
                "k = 16777216 codewords of dimension 200 do not fit: k times the dimension must stay below 2^31, so k"
                        + " at most 10737418",
                () -> vq().setK(1 << 24).fit(TestVectors.frame(new float[2][200])));
    }

    @Test
    void aFailedTrainingWritesNothing() throws Exception {
        Path checkpoints = directory.resolve("checkpoints");
        Dataset<Row> data = TestVectors.frame(with(8, null), TestVectors.FLOATS, 3);
        assertThrows(
                NsvqException.class,
                () -> vq().setCheckpointDir(checkpoints.toString()).fit(data));
        try (var left = Files.list(directory)) {
            assertEquals(List.of(), left.toList());
        }
    }
}
