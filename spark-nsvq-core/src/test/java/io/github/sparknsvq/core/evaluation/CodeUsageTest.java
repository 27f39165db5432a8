package io.github.sparknsvq.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CodeUsageTest {
    private static int[] code(int... indices) {
        return indices;
    }

    private static double[] errors(double... values) {
        return values;
    }

    @Test
    void countsCodesOfOneLength() {
        CodeUsage usage = new CodeUsage(4, 2);
        usage.add(code(0, 1), errors(4, 1), 1);
        usage.add(code(0, 0), errors(8, 3), 1);
        usage.add(code(2, 1), errors(0, 0), 1);
        usage.add(code(3, 0), errors(0, 0), 1);
        assertEquals(4, usage.rows());
        assertArrayEquals(new double[] {2, 0, 1, 1}, usage.histogram(0).counts());
        assertArrayEquals(new double[] {3, 1}, usage.meanErrors());
        assertEquals(2, usage.meanLength());
        assertEquals(1, usage.dead());
        assertEquals(1.5 + 1, usage.bits(), 1e-12);
    }

    @Test
    void countsOfOneCodebookAreAsItsRows() {
        CodeUsage rows = new CodeUsage(3);
        rows.add(code(0), errors(3), 2);
        rows.add(code(2), errors(1), 2);
        CodeUsage counts = CodeUsage.of(new double[] {2, 0, 2}, 4);
        assertEquals(rows.rows(), counts.rows());
        assertArrayEquals(rows.histogram(0).counts(), counts.histogram(0).counts());
        assertArrayEquals(new double[] {1}, counts.meanErrors());
        assertEquals(rows.bits(), counts.bits());
        assertTrue(Double.isNaN(CodeUsage.of(new double[3], 0).meanErrors()[0]));
    }

    @Test
    void codesThatEndEarlyTakeFewerBits() {
        CodeUsage usage = new CodeUsage(4, 4, 4);
        usage.add(code(0), errors(0.5), 1);
        usage.add(code(1), errors(1.5), 1);
        usage.add(code(2, 3), errors(9, 2), 1);
        usage.add(code(3, 0, 1), errors(9, 8, 4), 1);
        assertEquals(4, usage.rows());
        assertArrayEquals(
                new double[] {20 / 4.0, (0.5 + 1.5 + 2 + 8) / 4, (0.5 + 1.5 + 2 + 4) / 4},
                usage.meanErrors(),
                1e-12,
                "what is left over stays so");
        assertEquals(7 / 4.0, usage.meanLength());
        // where codes end: 1/2, 1/4, 1/4; first index: 2 bits; second: 1 bit for half of the codes; third: none
        assertEquals(1.5 + 2 + 0.5, usage.bits(), 1e-12);
        assertEquals(2 + 3, usage.dead());
    }

    @Test
    void usagesOfPartsAddUp() {
        Random random = new Random(1);
        CodeUsage whole = new CodeUsage(5, 3, 9);
        CodeUsage first = new CodeUsage(5, 3, 9);
        CodeUsage second = new CodeUsage(5, 3, 9);
        for (int i = 0; i < 200; i++) {
            int[] code = {random.nextInt(5), random.nextInt(3), random.nextInt(9)};
            double[] errors = {3, random.nextFloat(), 0.25};
            whole.add(code, errors, 1);
            (i < 70 ? first : second).add(code, errors, 1);
        }
        first.add(second);
        first.add(new CodeUsage(5, 3, 9));
        assertEquals(200, first.rows());
        assertEquals(whole.bits(), first.bits(), 1e-12);
        assertArrayEquals(whole.meanErrors(), first.meanErrors(), 1e-9);
        for (int m = 0; m < 3; m++) {
            assertArrayEquals(whole.histogram(m).counts(), first.histogram(m).counts());
        }
    }

    /**
     * The bits are never fewer than those of whole codes together, which know what codebooks have to do with each
     * other.
     */
    @Test
    void bitsBoundTheEntropyOfWholeCodes() {
        Random random = new Random(2);
        CodeUsage usage = new CodeUsage(4, 4);
        Map<String, Integer> whole = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            int index = random.nextInt(4);
            int[] code = random.nextInt(3) == 0
                    ? code(index)
                    : code(index, random.nextBoolean() ? index : random.nextInt(4));
            usage.add(code, new double[code.length], 1);
            whole.merge(Arrays.toString(code), 1, Integer::sum);
        }
        double[] counts =
                whole.values().stream().mapToDouble(Integer::doubleValue).toArray();
        assertTrue(new CodeHistogram(counts).entropyBits() <= usage.bits());
    }

    @Test
    void rowsOfOneCodeCountAsOften() {
        CodeUsage each = new CodeUsage(4, 2);
        for (int i = 0; i < 3; i++) {
            each.add(code(2, 1), errors(5, 0.5), 1);
        }
        each.add(code(0), errors(7), 1);
        CodeUsage together = new CodeUsage(4, 2);
        together.add(code(2, 1), errors(15, 1.5), 3);
        together.add(code(0), errors(7), 1);
        assertEquals(each.rows(), together.rows());
        assertArrayEquals(each.meanErrors(), together.meanErrors());
        assertArrayEquals(each.histogram(0).counts(), together.histogram(0).counts());
        assertEquals(each.bits(), together.bits());
        assertEquals(each.meanLength(), together.meanLength());
    }

    @Test
    void saysNothingWithoutRows() {
        CodeUsage usage = new CodeUsage(4, 2);
        assertEquals(0, usage.rows());
        assertEquals(6, usage.dead());
        assertTrue(Double.isNaN(usage.meanLength()));
        assertTrue(Double.isNaN(usage.meanErrors()[1]));
        assertTrue(Double.isNaN(usage.bits()));
    }
}
