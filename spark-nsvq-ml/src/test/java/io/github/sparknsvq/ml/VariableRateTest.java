package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Residual codes that end early, and codes with a last digit that tells them apart. */
class VariableRateTest {
    private static final float[][] VECTORS = TestVectors.clustered(600, 6, 20, 17);
    private static final double THRESHOLD = 60;

    private static ResidualVQModel model(int... bits) {
        return CodeModels.withColumns(CodeModels.residual(6, bits));
    }

    private static void endsWhereLittleIsLeft(ResidualVQModel model, boolean packed) {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        if (!packed) {
            model.setCodeCol("");
        }
        int levels = model.codebooks();
        ResidualQuantizer quantizer = (ResidualQuantizer) model.quantizer();
        List<Row> whole = model.setBeam(1).transform(data).collectAsList();
        // level by level, whatever the beam
        List<Row> found =
                model.setBeam(3).setErrorThreshold(THRESHOLD).transform(data).collectAsList();
        Set<Integer> lengths = new HashSet<>();
        for (int i = 0; i < VECTORS.length; i++) {
            int[] indices = CodeModels.ints(whole.get(i), "codes");
            float[] errors = CodeModels.floats(whole.get(i), "errors");
            int length = 1;
            while (length < levels && errors[length - 1] > THRESHOLD) {
                length++;
            }
            lengths.add(length);
            Row row = found.get(i);
            assertArrayEquals(Arrays.copyOf(indices, length), CodeModels.ints(row, "codes"));
            assertArrayEquals(Arrays.copyOf(errors, length), CodeModels.floats(row, "errors"));
            float[] near = new float[6];
            quantizer.decode(indices, 0, 1, length, near, 0);
            assertArrayEquals(near, CodeModels.floats(row, "near"));
            float distance = row.getAs("distance");
            assertEquals(Math.sqrt(CodeModels.squaredDistance(VECTORS[i], near)), distance, 1e-4 * (1 + distance));
            assertEquals(errors[length - 1], distance * distance, 1e-3 * (1 + errors[length - 1]));
            if (packed) {
                byte[] code = new byte[quantizer.codeBits().prefix(length).codeSize()];
                quantizer.codeBits().prefix(length).pack(indices, 0, 1, code, 0);
                assertArrayEquals(code, row.getAs("code"));
            }
        }
        assertTrue(lengths.size() > 1, "codes of several lengths");
    }

    @Test
    void codesEndWithTheFirstLevelUnderTheThreshold() {
        endsWhereLittleIsLeft(model(8, 8, 8), true);
        endsWhereLittleIsLeft(model(9, 12, 8), true);
        endsWhereLittleIsLeft(model(4, 6, 3), false);
    }

    @Test
    void shortCodesAreDecoded() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        for (int[] bits : new int[][] {{8, 8, 8}, {9, 12, 8}, {4, 6, 3}}) {
            ResidualVQModel model = model(bits).setErrorThreshold(THRESHOLD);
            if (bits[0] < 8) {
                model.setCodeCol("");
            }
            Dataset<Row> codes = model.transform(data);
            List<Row> expected = codes.select("id", "near").collectAsList();
            assertEquals(
                    expected,
                    model.decode(codes.drop("near")).select("id", "near").collectAsList());
            model.setCodeCol("");
            assertEquals(
                    expected,
                    model.decode(codes.drop("near")).select("id", "near").collectAsList());
        }
    }

    @Test
    void codesOfNoLevelAreAnError() {
        ResidualVQModel model = model(8, 8, 8).setErrorThreshold(THRESHOLD);
        Dataset<Row> codes = model.transform(TestVectors.frame(VECTORS)).select("id", "code", "codes");
        for (int bytes : new int[] {0, 4}) {
            assertEquals(
                    "column 'code' holds a code that has " + bytes
                            + " bytes, where the model's codes have up to 3: it was"
                            + " not made by this model, or is damaged",
                    CodeModels.failure(() -> model.decode(
                                    codes.withColumn("code", expr("substring(X'00000000', 1, " + bytes + ")")))
                            .collectAsList()));
        }
        ResidualVQModel uneven = model(9, 12, 8).setErrorThreshold(THRESHOLD);
        // 9 bits take 2 bytes, 21 take 3, 29 take 4
        assertEquals(
                "column 'code' holds a code that has 1 bytes, where the model's codes have up to 4: it was not "
                        + "made by this model, or is damaged",
                CodeModels.failure(() ->
                        uneven.decode(codes.withColumn("code", expr("X'00'"))).collectAsList()));
        model.setCodeCol("");
        for (String array : List.of("array()", "array(1, 2, 3, 4)")) {
            assertTrue(CodeModels.failure(
                            () -> model.decode(codes.withColumn("codes", expr("cast(" + array + " as array<int>)")))
                                    .collectAsList())
                    .contains("where the model's codes have up to 3"));
        }
    }

    @Test
    void aThresholdOfZeroKeepsWhatIsNotExact() {
        ResidualVQModel model = model(8, 8, 8).setBeam(1).setErrorThreshold(0);
        float[] exact = model.codebook(0).row(7);
        List<Row> rows = model.transform(TestVectors.frame(new float[][] {VECTORS[0], exact}))
                .collectAsList();
        assertEquals(3, CodeModels.ints(rows.get(0), "codes").length);
        assertArrayEquals(new int[] {7}, CodeModels.ints(rows.get(1), "codes"));
        assertArrayEquals(new byte[] {7}, (byte[]) rows.get(1).getAs("code"));
    }

    @Test
    void smallLevelsNeedIndices() {
        String said =
                "errorThreshold needs levels of 8 bits or more, since the bytes of a code tell how many levels it "
                        + "has; with smaller levels set codeCol to \"\" and use codesCol";
        Dataset<Row> data = TestVectors.frame(VECTORS);
        ResidualVQModel model = CodeModels.residual(6, 8, 4, 8).setErrorThreshold(1);
        assertEquals(
                said,
                assertThrows(NsvqException.class, () -> model.transform(data)).getMessage());
        ResidualVQ estimator = new ResidualVQ().setCodebookBits(7).setErrorThreshold(1);
        assertEquals(
                said,
                assertThrows(NsvqException.class, () -> estimator.fit(data)).getMessage());
        model.setCodeCol("").setCodesCol("codes");
        assertEquals(VECTORS.length, model.transform(data).count());
    }

    @Test
    void aLastDigitTellsEqualCodesApart() {
        ResidualVQModel model =
                CodeModels.residual(6, 2, 1).setCodesCol("codes").setCodeCol("");
        Dataset<Row> codes = model.transform(TestVectors.frame(VECTORS, TestVectors.FLOATS, 3));
        List<Row> distinct = model.withDistinctCodes(codes, "id").orderBy("id").collectAsList();
        assertEquals(codes.columns().length, distinct.get(0).length());
        Map<List<Integer>, Integer> next = new HashMap<>();
        Set<List<Integer>> all = new HashSet<>();
        List<Row> before = codes.orderBy("id").collectAsList();
        for (int i = 0; i < VECTORS.length; i++) {
            List<Integer> code = before.get(i).getList(before.get(i).fieldIndex("codes"));
            List<Integer> longer = distinct.get(i).getList(distinct.get(i).fieldIndex("codes"));
            assertEquals(3, longer.size());
            assertEquals(code, longer.subList(0, 2));
            assertEquals(next.merge(code, 1, Integer::sum) - 1, longer.get(2), "0, 1, 2 in the order of the ids");
            assertTrue(all.add(longer));
        }
        assertTrue(next.size() <= 8 && next.values().stream().anyMatch(n -> n > 20));
        Dataset<Row> shuffled = model.transform(TestVectors.frame(VECTORS, TestVectors.FLOATS, 7))
                .orderBy("features");
        assertEquals(
                distinct, model.withDistinctCodes(shuffled, "id").orderBy("id").collectAsList());
    }

    @Test
    void distinctCodesNeedTheirColumns() {
        ResidualVQModel model = CodeModels.residual(6, 4, 4);
        Dataset<Row> data = TestVectors.frame(VECTORS);
        Exception e = assertThrows(NsvqException.class, () -> model.withDistinctCodes(model.transform(data), "id"));
        assertEquals("codesCol is empty: it must name the column of codes to tell apart", e.getMessage());
        model.setCodesCol("codes");
        Dataset<Row> codes = model.transform(data);
        assertThrows(NsvqException.class, () -> model.withDistinctCodes(data, "id"));
        e = assertThrows(NsvqException.class, () -> model.withDistinctCodes(codes, "key"));
        assertTrue(e.getMessage().contains("'key'"), e.getMessage());
    }
}
