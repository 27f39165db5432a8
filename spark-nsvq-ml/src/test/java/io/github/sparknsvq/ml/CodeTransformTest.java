package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.lit;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.quantizer.CodeErrors;
import io.github.sparknsvq.core.quantizer.Quantizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The columns that models with several codebooks add. */
class CodeTransformTest {
    private static final int ROWS = 1200;
    private static final float[][] VECTORS = TestVectors.clustered(ROWS, 6, 20, 17);

    static List<CodeModel<?>> models() {
        return CodeModels.all();
    }

    /** The same data as a local relation, whose rows are encoded one by one. */
    private static Dataset<Row> local(Dataset<Row> data) {
        return SparkTestSession.get().createDataFrame(data.collectAsList(), data.schema());
    }

    private static String plan(Dataset<Row> data) {
        return ((org.apache.spark.sql.classic.Dataset<Row>) data)
                .queryExecution()
                .executedPlan()
                .toString();
    }

    @ParameterizedTest
    @MethodSource("models")
    void columnsAreWhatTheQuantizerSays(CodeModel<?> model) {
        CodeModels.withColumns(model);
        Quantizer quantizer = model.quantizer();
        FloatMatrix rows = FloatMatrix.of(VECTORS);
        byte[] codes = quantizer.encode(rows);
        int size = quantizer.codeSize();
        int m = model.codebooks();
        int[] indices = new int[ROWS * m];
        quantizer.codeBits().unpack(codes, 0, ROWS, indices, 0);
        float[] errors = new float[ROWS * m];
        new CodeErrors(quantizer).measure(rows.values(), 0, ROWS, indices, 0, errors, 0);
        FloatMatrix near = quantizer.decode(codes, ROWS);
        List<Row> found = model.transform(TestVectors.frame(VECTORS)).collectAsList();
        assertEquals(ROWS, found.size());
        for (int i = 0; i < ROWS; i++) {
            Row row = found.get(i);
            assertEquals(i, row.getLong(0));
            assertArrayEquals(Arrays.copyOfRange(codes, i * size, (i + 1) * size), row.getAs("code"));
            assertArrayEquals(Arrays.copyOfRange(indices, i * m, (i + 1) * m), CodeModels.ints(row, "codes"));
            assertArrayEquals(near.row(i), CodeModels.floats(row, "near"));
            float[] ofRow = Arrays.copyOfRange(errors, i * m, (i + 1) * m);
            assertArrayEquals(ofRow, CodeModels.floats(row, "errors"), 1e-4f);
            float distance = row.getAs("distance");
            double expected = Math.sqrt(CodeModels.squaredDistance(VECTORS[i], near.row(i)));
            assertEquals(expected, distance, 1e-5 * expected);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void batchesGiveWhatEachRowGetsAlone(CodeModel<?> model) {
        Dataset<Row> data = TestVectors.frame(VECTORS, TestVectors.FLOATS, 1);
        for (boolean all : new boolean[] {false, true}) {
            if (all) {
                CodeModels.withColumns(model);
            }
            Dataset<Row> batched = model.transform(data);
            Dataset<Row> oneByOne = model.transform(local(data));
            assertTrue(plan(batched).contains("BatchedSearch"), plan(batched));
            assertTrue(!plan(oneByOne).contains("BatchedSearch"), plan(oneByOne));
            assertSame(oneByOne.collectAsList(), batched.collectAsList());
        }
        Dataset<Row> distances = model.transform(data).select("distance");
        assertEquals(ROWS, distances.filter("distance >= 0").count());
    }

    private static void assertSame(List<Row> expected, List<Row> found) {
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).length(), found.get(i).length());
            for (int c = 0; c < expected.get(i).length(); c++) {
                if (expected.get(i).get(c) instanceof byte[] code) {
                    assertArrayEquals(code, (byte[]) found.get(i).get(c), "row " + i);
                } else {
                    assertEquals(expected.get(i).get(c), found.get(i).get(c), "row " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyKindOfColumnGivesTheSame(CodeModel<?> model) {
        CodeModels.withColumns(model);
        List<Row> expected =
                model.transform(TestVectors.frame(VECTORS)).drop("features").collectAsList();
        for (DataType type : List.of(TestVectors.FLOATS_OR_NULL, TestVectors.DOUBLES, TestVectors.VECTOR)) {
            Dataset<Row> data = TestVectors.frame(VECTORS, type, 3);
            assertSame(expected, model.transform(data).drop("features").collectAsList());
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void typesAreThoseThatTheSchemaPromises(CodeModel<?> model) {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        assertEquals(model.transformSchema(data.schema()), model.transform(data).schema());
        CodeModels.withColumns(model);
        StructType schema = model.transformSchema(data.schema());
        assertEquals(schema, model.transform(data).schema());
        assertEquals(
                "struct<id:bigint,features:array<float>,code:binary,codes:array<int>,errors:array<float>,"
                        + "distance:float,near:array<float>>",
                schema.catalogString());
        model.setCodeCol("").setErrorsCol("");
        assertEquals(model.transformSchema(data.schema()), model.transform(data).schema());
        assertEquals(
                List.of("id", "features", "codes", "distance", "near"),
                List.of(model.transform(data).columns()));
        model.setCodesCol("").setDistanceCol("").setReconstructionCol("");
        assertEquals(data.schema(), model.transform(data).schema());
        assertEquals(ROWS, model.transform(data).count());
    }

    @Test
    void estimatorsPromiseWhatTheirModelsAdd() {
        StructType schema = TestVectors.frame(VECTORS).schema();
        for (CodeEstimator<?, ?> estimator : List.of(new ProductVQ(), new ResidualVQ(), new AdditiveVQ())) {
            estimator.setCodesCol("codes").setReconstructionCol("near");
            assertEquals(
                    CodeModels.product(6, 3, 4)
                            .setCodesCol("codes")
                            .setReconstructionCol("near")
                            .transformSchema(schema),
                    estimator.transformSchema(schema));
        }
    }

    @Test
    void neverReplacesAColumn() {
        Dataset<Row> data = TestVectors.frame(VECTORS).withColumn("CODE", lit(1));
        for (CodeModel<?> model : CodeModels.all()) {
            Exception e = assertThrows(NsvqException.class, () -> model.transform(data));
            assertEquals("output column 'code' exists already: choose another name", e.getMessage());
            model.setCodeCol("x").setCodesCol("x");
            e = assertThrows(NsvqException.class, () -> model.transform(data));
            assertEquals("output column 'x' exists already: choose another name", e.getMessage());
        }
        Exception e = assertThrows(NsvqException.class, () -> new ResidualVQ().fit(data));
        assertEquals("output column 'code' exists already: choose another name", e.getMessage());
    }

    @Test
    void namesMayHoldDotsAndBackticks() {
        Dataset<Row> data = TestVectors.frame(VECTORS).withColumnRenamed("features", "a.b`c");
        CodeModel<?> model = CodeModels.residual(6, 4, 4)
                .setFeaturesCol("a.b`c")
                .setCodeCol("p.q")
                .setReconstructionCol("near.by");
        Dataset<Row> codes = model.transform(data);
        assertEquals(ROWS, codes.select("`p.q`", "`near.by`").count());
        Dataset<Row> decoded = model.decode(codes.drop("near.by"));
        assertEquals(
                codes.select("`near.by`").collectAsList(),
                decoded.select("`near.by`").collectAsList());
    }

    @ParameterizedTest
    @MethodSource("models")
    void vectorsOfAnotherDimensionAreAnError(CodeModel<?> model) {
        Dataset<Row> data = TestVectors.frame(TestVectors.clustered(5, 7, 2, 1));
        assertEquals(
                "column 'features' holds a vector that has 7 values, the codebook 6 (handleInvalid = skip leaves "
                        + "such rows out)",
                CodeModels.failure(() -> model.transform(data).collectAsList()));
    }

    @ParameterizedTest
    @MethodSource("models")
    void skipsInvalidVectorsIfAskedTo(CodeModel<?> model) {
        List<Object> values = new ArrayList<>(Arrays.asList((Object[]) Arrays.copyOf(VECTORS, 200)));
        values.set(0, null);
        values.set(77, new float[] {1, 2});
        values.set(199, new float[] {1, 2, 3, 4, Float.NaN, 6});
        Dataset<Row> data = TestVectors.frame(values, TestVectors.FLOATS_OR_NULL, 2);
        CodeModels.withColumns(model);
        List<Row> whole = model.transform(TestVectors.frame(VECTORS)).limit(199).collectAsList();
        List<Row> expected = new ArrayList<>(whole);
        expected.remove(77);
        expected.remove(0);
        assertSame(expected, model.setHandleInvalid("skip").transform(data).collectAsList());
        model.setHandleInvalid("error");
        assertTrue(
                CodeModels.failure(() -> model.transform(data).collectAsList()).contains("holds a vector that"));
    }

    @ParameterizedTest
    @MethodSource("models")
    void cosineModelsEncodeVectorsOfLengthOne(CodeModel<?> model) {
        CodeModels.withColumns(model);
        float[][] unit = new float[ROWS][];
        for (int i = 0; i < ROWS; i++) {
            unit[i] = VECTORS[i].clone();
            UnitLength.normalize(unit[i], 6);
        }
        List<Row> expected =
                model.transform(TestVectors.frame(unit)).drop("features").collectAsList();
        model.set(model.distanceMeasure(), "cosine");
        assertSame(
                expected,
                model.transform(TestVectors.frame(VECTORS)).drop("features").collectAsList());
        Dataset<Row> zero = TestVectors.frame(new float[][] {new float[6]});
        assertTrue(
                CodeModels.failure(() -> model.transform(zero).collectAsList()).contains("is all zeros"));
    }

    @Test
    void theSearchFollowsTheParams() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        ResidualVQModel model = CodeModels.residual(6, 4, 4, 4).setBeam(1).setDistanceCol("distance");
        double greedy = mean(model.transform(data));
        double wide = mean(model.setBeam(16).transform(data));
        assertTrue(wide < greedy, wide + " with a beam, " + greedy + " without");
        AdditiveVQModel additive =
                CodeModels.additive(6, 3, 4).setBeam(1).setPolishIter(0).setDistanceCol("distance");
        double plain = mean(additive.transform(data));
        assertTrue(mean(additive.setPolishIter(5).transform(data)) < plain);
        assertTrue(mean(additive.setBeam(16).transform(data)) < plain);
    }

    private static double mean(Dataset<Row> codes) {
        return codes.selectExpr("avg(distance * distance)").head().getDouble(0);
    }

    @Test
    void rowsOfNoFrameGiveNoCodes() {
        StructType schema =
                new StructType().add("id", DataTypes.LongType, false).add("features", TestVectors.FLOATS);
        for (CodeModel<?> model : CodeModels.all()) {
            assertEquals(
                    List.of(),
                    model.transform(TestVectors.rows(List.of(), schema, 3)).collectAsList());
        }
        Row one = RowFactory.create(1L, VECTORS[0]);
        assertEquals(
                1,
                CodeModels.all()
                        .get(0)
                        .transform(TestVectors.rows(List.of(one), schema, 5))
                        .count());
    }

    @Test
    void tellsItsShape() {
        CodeModel<?> model = CodeModels.residual(6, 4, 6, 3);
        assertEquals(3, model.codebooks());
        assertEquals(6, model.dimension());
        assertEquals(2, model.codeSize());
        assertEquals(64, model.codebook(1).rows());
        assertEquals("ResidualVQModel: uid=rq, codebooks=[16, 64, 8] x 6", model.toString());
        assertEquals(4L * 6 * (16 + 64 + 8), model.estimatedSize());
        Exception e = assertThrows(NsvqException.class, model::summary);
        assertEquals("model rq has no summary: it was loaded, and summaries are not saved", e.getMessage());
        float[] codebook = model.codebook(0).values();
        codebook[0] += 5;
        assertTrue(codebook[0] != model.codebook(0).get(0, 0), "a copy");
    }
}
