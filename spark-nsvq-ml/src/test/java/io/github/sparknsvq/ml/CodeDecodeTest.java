package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** From codes back to vectors, and what codes get that no vector has. */
class CodeDecodeTest {
    private static final float[][] VECTORS = TestVectors.clustered(300, 6, 20, 18);

    private static final String FOREIGN = ": it was not made by this model, or is damaged";

    static List<CodeModel<?>> models() {
        return CodeModels.all();
    }

    private static Dataset<Row> codes(CodeModel<?> model) {
        return CodeModels.withColumns(model).transform(TestVectors.frame(VECTORS));
    }

    @ParameterizedTest
    @MethodSource("models")
    void decodesToTheReconstruction(CodeModel<?> model) {
        Dataset<Row> codes = codes(model);
        List<Row> expected = codes.select("id", "near").collectAsList();
        Dataset<Row> decoded = model.decode(codes.drop("near"));
        assertEquals(expected, decoded.select("id", "near").collectAsList());
        assertEquals(codes.drop("near").schema().add("near", TestVectors.FLOATS, false), decoded.schema());
        model.setCodeCol("");
        assertEquals(
                expected,
                model.decode(codes.drop("near", "code")).select("id", "near").collectAsList());
        model.setReconstructionCol("");
        assertEquals(
                expected,
                model.decode(codes.select("id", "codes"))
                        .select("id", "features")
                        .collectAsList());
    }

    /** What codes stand for is encoded to the same vector again or, for sums, to one no farther away. */
    @ParameterizedTest
    @MethodSource("models")
    void encodingADecodedVectorGivesItBack(CodeModel<?> model) {
        model.setReconstructionCol("near");
        Dataset<Row> near = model.transform(TestVectors.frame(VECTORS)).selectExpr("id", "near as features");
        List<Row> again = model.setDistanceCol("distance").transform(near).collectAsList();
        for (Row row : again) {
            float distance = row.getAs("distance");
            if (model instanceof ProductVQModel) {
                assertEquals(0, distance, 1e-4);
            }
            assertEquals(
                    distance * distance,
                    CodeModels.squaredDistance(CodeModels.floats(row, "features"), CodeModels.floats(row, "near")),
                    1e-4);
        }
        if (!(model instanceof ProductVQModel)) {
            double first = model.transform(TestVectors.frame(VECTORS))
                    .selectExpr("avg(distance)")
                    .head()
                    .getDouble(0);
            double second =
                    model.transform(near).selectExpr("avg(distance)").head().getDouble(0);
            assertEquals(0, second, 0.5 * first, "far nearer than the vectors were");
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void codesThatAreNullOrOfAnotherLengthAreAnError(CodeModel<?> model) {
        Dataset<Row> codes = codes(model).select("id", "code", "codes");
        int size = model.codeSize();
        assertEquals(
                "column 'code' holds a code that is null" + FOREIGN,
                CodeModels.failure(() -> model.decode(codes.withColumn("code", expr("if(id = 7, null, code)")))
                        .collectAsList()));
        assertEquals(
                "column 'code' holds a code that has " + (size + 1) + " bytes, where the model's codes have " + size
                        + FOREIGN,
                CodeModels.failure(
                        () -> model.decode(codes.withColumn("code", expr("if(id = 7, concat(code, X'00'), code)")))
                                .collectAsList()));
        assertEquals(
                "column 'code' holds a code that has 0 bytes, where the model's codes have " + size + FOREIGN,
                CodeModels.failure(() -> model.decode(codes.withColumn("code", expr("if(id = 7, X'', code)")))
                        .collectAsList()));
    }

    @ParameterizedTest
    @MethodSource("models")
    void indicesThatNoCodewordHasAreAnError(CodeModel<?> model) {
        Dataset<Row> codes = codes(model).select("id", "codes");
        model.setCodeCol("");
        int m = model.codebooks();
        assertEquals(
                "column 'codes' holds a code that is null" + FOREIGN,
                CodeModels.failure(() -> model.decode(codes.withColumn("codes", expr("if(id = 7, null, codes)")))
                        .collectAsList()));
        assertEquals(
                "column 'codes' holds a code that has a null at index 0" + FOREIGN,
                CodeModels.failure(() -> model.decode(codes.withColumn(
                                "codes", expr("transform(codes, (c, i) -> if(id = 7 and i = 0, null, c))")))
                        .collectAsList()));
        for (int wrong : new int[] {0, m - 1, m + 1}) {
            String array = "if(id = 7, array_repeat(1, " + wrong + "), codes)";
            assertEquals(
                    "column 'codes' holds a code that has " + wrong + " indices, where the model's codes have " + m
                            + FOREIGN,
                    CodeModels.failure(() ->
                            model.decode(codes.withColumn("codes", expr(array))).collectAsList()));
        }
        for (int wrong : new int[] {-1, 256, 1 << 20}) {
            String array = "transform(codes, (c, i) -> if(id = 7 and i = 1, " + wrong + ", c))";
            String said = CodeModels.failure(
                    () -> model.decode(codes.withColumn("codes", expr(array))).collectAsList());
            assertEquals(
                    "a code holds index " + wrong + " of codebook 1, which has "
                            + model.codebook(1).rows() + " codewords",
                    said);
        }
    }

    @Test
    void columnsThatAreNoCodesAreAnErrorAtOnce() {
        CodeModel<?> model = CodeModels.product(6, 3, 4);
        Dataset<Row> codes = codes(model).select("id", "code", "codes");
        Dataset<Row> numbers = codes.withColumn("code", lit(1));
        assertRefused("column 'code' should hold codes (binary), but is int", model, numbers);
        Exception e = assertThrows(NsvqException.class, () -> model.decode(codes.drop("code")));
        assertEquals(true, e.getMessage().contains("'code'"), e.getMessage());
        assertRefused(
                "output column 'near' exists already: choose another name", model, codes.withColumn("near", lit(1)));
        model.setReconstructionCol("");
        assertRefused(
                "output column 'features' exists already: choose another name",
                model,
                codes.withColumn("features", lit(1)));
        model.setCodeCol("");
        assertRefused(
                "column 'codes' should hold codes (array<int>), but is array<bigint>",
                model,
                codes.withColumn("codes", expr("cast(codes as array<bigint>)")));
        model.setCodesCol("");
        assertRefused("codeCol and codesCol are both empty: one must name the column to decode", model, codes);
    }

    private static void assertRefused(String said, CodeModel<?> model, Dataset<Row> codes) {
        Exception e = assertThrows(NsvqException.class, () -> model.decode(codes));
        assertEquals(said, e.getMessage());
    }
}
