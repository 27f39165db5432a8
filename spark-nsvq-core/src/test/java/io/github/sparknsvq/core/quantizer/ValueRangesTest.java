package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueRangesTest {
    private static float[] back(ScalarQuantizer quantizer, float[] rows) {
        int n = rows.length / quantizer.dimension();
        byte[] codes = new byte[rows.length];
        quantizer.encode(rows, 0, n, codes, 0);
        float[] decoded = new float[rows.length];
        quantizer.decode(codes, 0, n, decoded, 0);
        return decoded;
    }

    private static ScalarQuantizer of(int d, float[] rows) {
        ValueRanges ranges = new ValueRanges(d);
        ranges.add(rows, rows.length / d);
        return ranges.quantizer();
    }

    /** Bytes, as of pixels and SIFT, come back as they were, whatever part of the range they fill. */
    @ParameterizedTest
    @CsvSource({"0, 256", "0, 4", "-128, 256", "17, 101", "5, 1"})
    void keepsWholeNumbers(int first, int numbers) {
        float[] rows = new float[3 * numbers];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = first + i / 3;
        }
        assertArrayEquals(rows, back(of(3, rows), rows));
    }

    /** The nearest of 256 values, the least and the greatest among them. */
    @Test
    void roundsToTheNearest() {
        float[] rows = new float[2000];
        Random random = new Random(3);
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (i % 2 == 0 ? 10 : 0.01f) * random.nextFloat() - 3;
        }
        float[] back = back(of(2, rows), rows);
        for (int i = 0; i < rows.length; i++) {
            float step = (i % 2 == 0 ? 10 : 0.01f) / 255;
            assertEquals(rows[i], back[i], 0.501 * step + 1e-6);
        }
    }

    @Test
    void joinsInAnyOrder() {
        float[] some = {1, 2.5f, 3, 8};
        float[] others = {-1, 2, 3.5f, 9};
        ValueRanges a = new ValueRanges(2);
        a.add(some, 2);
        ValueRanges b = new ValueRanges(2);
        b.add(others, 2);
        ValueRanges ab = new ValueRanges(2);
        ab.add(a);
        ab.add(b);
        b.add(a);
        assertArrayEquals(ab.quantizer().ranges(), b.quantizer().ranges());
        float[] all = {1, 2.5f, 3, 8, -1, 2, 3.5f, 9};
        assertArrayEquals(of(2, all).ranges(), b.quantizer().ranges());
    }

    @Test
    void noRowsAndEqualRows() {
        assertArrayEquals(new float[4], new ValueRanges(2).quantizer().ranges());
        float[] rows = {0.3f, 7, 0.3f, 7};
        assertArrayEquals(rows, back(of(2, rows), rows));
    }
}
