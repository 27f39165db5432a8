package io.github.sparknsvq.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.kernel.CodewordSums;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.SeveralNearestContract;
import io.github.sparknsvq.core.kernel.SummingSearch;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a search that adds up must do, beside what every search must. */
abstract class SumsContract extends SeveralNearestContract {

    /** Sums in double, row after row or as they come. */
    static final class Sums implements CodewordSums {
        final int dimension;
        final double[] counts;
        final double[] sums;
        final double[] errors;

        Sums(int codewords, int dimension) {
            this.dimension = dimension;
            this.counts = new double[codewords];
            this.sums = new double[codewords * dimension];
            this.errors = new double[codewords];
        }

        @Override
        public void add(int codeword, float[] rows, int offset, float weight, float squaredDistance) {
            counts[codeword] += weight;
            errors[codeword] += (double) weight * squaredDistance;
            for (int j = 0; j < dimension; j++) {
                sums[codeword * dimension + j] += (double) weight * rows[offset + j];
            }
        }

        @Override
        public void add(int first, FloatMatrix codebook, float[] weights, float[] differences, float[] more) {
            for (int k = 0; k < codebook.rows(); k++) {
                counts[first + k] += weights[k];
                errors[first + k] += more[k];
                for (int j = 0; j < dimension; j++) {
                    sums[(first + k) * dimension + j] +=
                            (double) weights[k] * codebook.get(k, j) + differences[k * dimension + j];
                }
            }
        }
    }

    static float[] gaussian(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static float[] weights(int n) {
        float[] weights = new float[n + 3];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 0.25f * (i % 7);
        }
        return weights;
    }

    /** The sums as the search's own answers make them, a row at a time. */
    static Sums slow(NearestCodeword search, float[] rows, int offset, int n, float[] weights, int first) {
        int d = search.dimension();
        int[] index = new int[n];
        float[] distance = new float[n];
        search.nearest(rows, offset, n, index, distance);
        Sums slow = new Sums(search.codewords() + first, d);
        for (int i = 0; i < n; i++) {
            slow.add(first + index[i], rows, offset + i * d, weights == null ? 1f : weights[3 + i], distance[i]);
        }
        return slow;
    }

    static void assertAlike(Sums expected, Sums found) {
        assertArrayEquals(
                expected.counts,
                found.counts,
                1e-5 * Arrays.stream(expected.counts).sum());
        for (int i = 0; i < expected.sums.length; i++) {
            double count = expected.counts[i / expected.dimension];
            assertEquals(expected.sums[i], found.sums[i], 1e-5 * (1 + count), "sum " + i);
        }
        for (int k = 0; k < expected.errors.length; k++) {
            assertEquals(expected.errors[k], found.errors[k], 1e-5 * (1e-3 + expected.errors[k]), "error " + k);
        }
    }

    @ParameterizedTest(name = "{0} rows of dimension {1}, {2} codewords")
    @CsvSource({
        "0, 4, 3",
        "1, 1, 1",
        "5, 3, 2",
        "97, 7, 33",
        "300, 128, 65",
        "2049, 16, 5",
        "4100, 2, 1",
        "5000, 129, 31",
        "700, 300, 257",
        "3000, 784, 3",
        "2500, 8, 1000"
    })
    void addsUpWhatItFinds(int n, int d, int k) {
        SummingSearch search = (SummingSearch) provider().prepare(new FloatMatrix(k, d, gaussian(k * d, 1)));
        float[] rows = gaussian((n + 2) * d, 2);
        for (float[] weights : new float[][] {null, weights(n)}) {
            Sums found = new Sums(k + 2, d);
            search.accumulate(rows, 2 * d, n, weights, 3, 2, found);
            assertAlike(slow(search, rows, 2 * d, n, weights, 2), found);
            Sums again = new Sums(k + 2, d);
            search.accumulate(rows, 2 * d, n, weights, 3, 2, again);
            assertArrayEquals(found.sums, again.sums);
            assertArrayEquals(found.errors, again.errors);
        }
    }

    @Test
    void addsUpRowsThatAllChooseOneCodeword() {
        float[] codewords = gaussian(200 * 5, 1);
        Arrays.fill(codewords, 37 * 5, 38 * 5, 0f);
        for (int i = 0; i < codewords.length; i++) {
            codewords[i] += i / 5 == 37 ? 0 : 1000;
        }
        SummingSearch search = (SummingSearch) provider().prepare(new FloatMatrix(200, 5, codewords));
        float[] rows = new float[30_000];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i % 200;
        }
        Sums found = new Sums(200, 5);
        search.accumulate(rows, 0, 6000, null, 0, 0, found);
        assertEquals(6000, found.counts[37]);
        // whole numbers less a codeword of zeros: exact in any order
        assertArrayEquals(slow(search, rows, 0, 6000, null, 0).sums, found.sums);
    }

    /** Sums of thousands of rows near 1000 in float32 would be off by whole numbers. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void holdsItsSumsUnderALargeCommonOffset(int k) {
        int n = 30_000;
        float[] codewords = gaussian(k * 4, 1);
        float[] rows = gaussian(n * 4, 2);
        for (float[] values : new float[][] {codewords, rows}) {
            for (int i = 0; i < values.length; i++) {
                values[i] += 1000.3f;
            }
        }
        SummingSearch search = (SummingSearch) provider().prepare(new FloatMatrix(k, 4, codewords));
        Sums found = new Sums(k, 4);
        search.accumulate(rows, 0, n, null, 0, 0, found);
        Sums expected = slow(search, rows, 0, n, null, 0);
        for (int i = 0; i < expected.sums.length; i++) {
            assertEquals(expected.sums[i] / n, found.sums[i] / n, 2e-6, "mean " + i);
        }
    }
}
