package io.github.sparknsvq.core.training.curve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CurveResamplingTest {

    /** The means of rows of dimension 1 in their order, each of some weight. */
    private static CurveResampling.Means cut(int parts, double[] weights, float... values) {
        double total = 0;
        for (double weight : weights) {
            total += weight;
        }
        CurveResampling.Means means = new CurveResampling.Means(new CurveResampling(total, parts), 1);
        double before = 0;
        for (int i = 0; i < values.length; i++) {
            means.add(before, values, i, weights[i]);
            before += weights[i];
        }
        return means;
    }

    private static double[] ones(int n) {
        double[] ones = new double[n];
        java.util.Arrays.fill(ones, 1);
        return ones;
    }

    @ParameterizedTest
    @CsvSource({"16, 16", "1600, 16", "1601, 16", "1615, 16", "1000, 7", "64, 64", "100, 1"})
    void partsOfEqualRowsDifferByOneRowAtMost(int n, int parts) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = i;
        }
        double[] weights = cut(parts, ones(n), values).weights();
        double sum = 0;
        for (double weight : weights) {
            assertTrue(Math.abs(weight - (double) n / parts) < 1, weight + " rows in a part");
            sum += weight;
        }
        assertEquals(n, sum);
    }

    @Test
    void codewordsAreMeans() {
        CurveResampling.Means means = cut(2, new double[] {1, 1, 2, 3, 1}, 1, 2, 3, 5, 8);
        assertArrayEquals(new double[] {4, 4}, means.weights());
        assertArrayEquals(
                new float[] {(1 + 2 + 6) / 4f, (15 + 8) / 4f}, means.codewords().values());
        assertEquals(0, equalCodewords(means));
    }

    /** The slow twin: a row belongs to the part that holds the middle of its weight. */
    @Test
    void rowsOnACutGoWholeToOneSide() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            int n = 1 + random.nextInt(40);
            int parts = 1 + random.nextInt(12);
            double[] weights = random.doubles(n, 0.1, 5).toArray();
            double total = java.util.Arrays.stream(weights).sum();
            CurveResampling cut = new CurveResampling(total, parts);
            double before = 0;
            int last = 0;
            for (double weight : weights) {
                int part = cut.part(before, weight);
                double middle = before + weight / 2;
                assertTrue(middle >= part * total / parts - 1e-9 && middle <= (part + 1) * total / parts + 1e-9);
                assertTrue(part >= last && part < parts);
                last = part;
                before += weight;
            }
        }
    }

    /** A part without rows equals a row that lies where the part should be. */
    @Test
    void fewOrHeavyRowsLeaveEqualCodewords() {
        CurveResampling.Means two = cut(4, ones(2), 5, 9);
        assertArrayEquals(new float[] {5, 5, 9, 9}, two.codewords().values());
        assertEquals(2, equalCodewords(two));

        CurveResampling.Means heavy = cut(5, new double[] {1, 8, 1}, 1, 2, 3);
        assertArrayEquals(new float[] {1, 2, 2, 2, 3}, heavy.codewords().values());
        assertEquals(2, equalCodewords(heavy));

        CurveResampling.Means one = cut(8, ones(1), 7);
        assertArrayEquals(new float[] {7, 7, 7, 7, 7, 7, 7, 7}, one.codewords().values());
        assertEquals(7, equalCodewords(one));

        CurveResampling.Means run = cut(4, ones(8), 1, 2, 2, 2, 2, 2, 2, 3);
        assertArrayEquals(new float[] {1.5f, 2, 2, 2.5f}, run.codewords().values());
        assertEquals(1, equalCodewords(run));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 40})
    void partitionsMergeAsIfTheyWereOne(int partitions) {
        int n = 40;
        float[] values = new float[2 * n];
        Random random = new Random(2);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        double[] weights = random.doubles(n, 0.1, 9).toArray();
        CurveResampling cut =
                new CurveResampling(java.util.Arrays.stream(weights).sum(), 16);
        CurveResampling.Means whole = new CurveResampling.Means(cut, 2);
        List<CurveResampling.Means> parts = new ArrayList<>();
        double before = 0;
        for (int i = 0; i < n; i++) {
            if (i * partitions / n >= parts.size()) {
                parts.add(new CurveResampling.Means(cut, 2));
            }
            whole.add(before, values, 2 * i, weights[i]);
            parts.get(parts.size() - 1).add(before, values, 2 * i, weights[i]);
            before += weights[i];
        }
        FloatMatrix expected = whole.codewords();
        // range by range, as large results are merged
        for (int from = 0; from < 16; from += 4) {
            int first = from;
            List<CurveResampling.Means> ranges =
                    parts.stream().map(part -> part.range(first, first + 4)).toList();
            ranges.get(0).mergeAll(ranges.subList(1, ranges.size()));
            FloatMatrix range = ranges.get(0).codewords();
            for (int k = 0; k < 4; k++) {
                assertArrayEquals(expected.row(from + k), range.row(k), 1e-6f);
            }
        }
        parts.get(0).mergeAll(parts.subList(1, parts.size()));
        assertArrayEquals(expected.values(), parts.get(0).codewords().values(), 1e-6f);
        assertArrayEquals(whole.weights(), parts.get(0).weights(), 1e-9);
    }

    @ParameterizedTest
    @CsvSource({"0, 4", "-1, 4", "NaN, 4", "Infinity, 4", "3, 0"})
    void refusesWhatCannotBeCut(double weight, int parts) {
        assertThrows(NsvqException.class, () -> new CurveResampling(weight, parts));
    }

    /** How many codewords equal the one before them: parts follow each other on the line, so equal ones do. */
    private static int equalCodewords(CurveResampling.Means means) {
        FloatMatrix codewords = means.codewords();
        int equal = 0;
        for (int k = 1; k < codewords.rows(); k++) {
            equal += Arrays.equals(codewords.row(k - 1), codewords.row(k)) ? 1 : 0;
        }
        return equal;
    }
}
