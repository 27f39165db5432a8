package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every implementation of the loops must do, beside slow and obvious code. */
abstract class SumKernelContract {
    abstract SumKernel kernel();

    private static float[] random(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "3, 2, 5", "7, 64, 128", "65, 3, 4", "513, 9, 6", "200, 130, 3", "130, 17, 33"})
    void multipliesRowsWithCodewords(int codewords, int d, int count) {
        float[] values = random(codewords * d, 1);
        float[] rows = random(2 + count * d, 2);
        float[][] products = new float[count][codewords + 1];
        kernel().prepare(new FloatMatrix(codewords, d, values)).fill(rows, 2, count, products);
        for (int i = 0; i < count; i++) {
            for (int c = 0; c < codewords; c++) {
                double expected = 0;
                for (int j = 0; j < d; j++) {
                    expected += (double) rows[2 + i * d + j] * values[c * d + j];
                }
                assertEquals(expected, products[i][c], 1e-5 * d, i + " x " + c);
            }
            assertEquals(0, products[i][codewords], "what is behind stays");
        }
    }

    @Test
    void aRowGetsTheSameBitsWhateverComesWithIt() {
        SumKernel.Products products = kernel().prepare(new FloatMatrix(77, 19, random(77 * 19, 3)));
        float[] rows = random(11 * 19, 4);
        float[][] all = new float[11][77];
        products.fill(rows, 0, 11, all);
        for (int i = 0; i < 11; i++) {
            float[][] alone = new float[1][77];
            products.fill(rows, i * 19, 1, alone);
            assertArrayEquals(alone[0], all[i]);
        }
    }

    @Test
    void refusesWhatIsEmpty() {
        assertThrows(IllegalArgumentException.class, () -> kernel().prepare(new FloatMatrix(0, 3, new float[0])));
        assertThrows(IllegalArgumentException.class, () -> kernel().prepare(new FloatMatrix(3, 0, new float[0])));
    }

    @Test
    void noRowsAreNoWork() {
        SumKernel.Products products = kernel().prepare(new FloatMatrix(2, 1, new float[] {3, 4}));
        float[][] untouched = {{-7, -7}};
        products.fill(new float[] {5}, 0, 0, untouched);
        assertArrayEquals(new float[] {-7, -7}, untouched[0]);
        products.fill(new float[0], 0, 0, new float[0][]);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 64, 100, 256, 333})
    void subtractsUpToTheBlockThatExceedsTheThreshold(int n) {
        float[] a = random(n + 5, 5);
        float[] b = random(n + 5, 6);
        float[] expected = new float[n + 5];
        for (int i = 3; i < n + 3; i++) {
            expected[i] = a[i] - b[i];
        }
        for (float threshold : new float[] {-10, -1, 0, 1, 2, 3, 10, Float.NaN, Float.NEGATIVE_INFINITY}) {
            float[] difference = new float[n + 5];
            boolean[] found = new boolean[n + 5];
            int c = kernel().subtract(a, b, difference, 3, n + 3, threshold);
            while (c < n + 3) {
                int end = Math.min(n + 3, c + kernel().block());
                for (; c < end; c++) {
                    found[c] = difference[c] > threshold;
                }
                assertFalse(Float.isNaN(threshold), "nothing exceeds what is not a number");
                c = kernel().subtract(a, b, difference, c, n + 3, threshold);
            }
            assertArrayEquals(expected, difference);
            for (int i = 3; i < n + 3; i++) {
                assertEquals(expected[i] > threshold, found[i]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 64, 100, 256, 333})
    void reachesWhatIsLeftAndCollectsLargeOnes(int n) {
        float[] a = random(n + 2, 5);
        float[] b = random(n + 3, 6);
        float[] difference = new float[n + 4];
        float[] reached = new float[2 * n + 5];
        float[] tops = new float[kernel().tops()];
        Arrays.fill(tops, Float.NEGATIVE_INFINITY);
        kernel().subtract(a, 2, b, 3, difference, 1, n);
        kernel().reach(a, 2, b, 3, 7.5f, reached, 1, n, tops);
        kernel().reach(a, 0, b, 1, -1, reached, n + 1, n, tops);
        for (int c = 0; c < n; c++) {
            assertEquals(a[2 + c] - b[3 + c], difference[1 + c]);
            assertEquals(7.5f + (a[2 + c] - b[3 + c]), reached[1 + c]);
            assertEquals(-1 + (a[c] - b[1 + c]), reached[n + 1 + c]);
        }
        assertEquals(0, difference[0] + difference[n + 1] + reached[0] + reached[2 * n + 1]);
        Arrays.sort(tops);
        float[] sorted = Arrays.copyOfRange(reached, 1, 2 * n + 1);
        Arrays.sort(sorted);
        // no value served twice: the t-th largest of the tops is no larger than the t-th largest of all
        for (int t = 1; t <= Math.min(tops.length, sorted.length); t++) {
            assertTrue(tops[tops.length - t] <= sorted[sorted.length - t], t + " of " + tops.length);
        }
        boolean[] above = new boolean[2 * n + 5];
        for (int c = kernel().above(reached, 1, 2 * n + 1, 2f); c < 2 * n + 1; ) {
            above[c] = true;
            c = kernel().above(reached, c + 1, 2 * n + 1, 2f);
        }
        for (int c = 0; c < above.length; c++) {
            assertEquals(reached[c] > 2f && c >= 1 && c < 2 * n + 1, above[c], "place " + c);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "9, 1", "64, 3", "256, 7", "300, 2", "47, 15"})
    void findsTheBestBesideOthers(int n, int others) {
        for (int seed = 0; seed < 20; seed++) {
            float[] gains = random(n + 9, seed);
            float[][] taken = new float[others][];
            for (int o = 0; o < others; o++) {
                taken[o] = random(n + 9, 100L * seed + o);
            }
            int expected = 4;
            for (int c = 4; c < n + 4; c++) {
                expected = value(gains, taken, c) > value(gains, taken, expected) ? c : expected;
            }
            assertEquals(expected, kernel().best(gains, taken, new float[gains.length], 4, n + 4));
        }
    }

    private static float value(float[] gains, float[][] taken, int c) {
        float value = gains[c];
        for (float[] other : taken) {
            value -= other[c];
        }
        return value;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 64, 130, 256})
    void equalsGoToTheLowest(int n) {
        float[] gains = new float[n];
        assertEquals(0, kernel().best(gains, new float[0][], new float[gains.length], 0, n));
        for (int c = 0; c < n; c += 7) {
            Arrays.fill(gains, -1);
            gains[c] = 2;
            gains[n - 1] = 2;
            assertEquals(c, kernel().best(gains, new float[0][], new float[gains.length], 0, n));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 64, 130, 256})
    void whatIsNotANumberIsNotBest(int n) {
        float[] gains = new float[n + 2];
        Arrays.fill(gains, Float.NaN);
        assertEquals(2, kernel().best(gains, new float[0][], new float[gains.length], 2, n + 2));
        gains[n + 1] = -5;
        assertEquals(n + 1, kernel().best(gains, new float[0][], new float[gains.length], 2, n + 2));
        Arrays.fill(gains, Float.NEGATIVE_INFINITY);
        assertEquals(2, kernel().best(gains, new float[0][], new float[gains.length], 2, n + 2));
    }
}
