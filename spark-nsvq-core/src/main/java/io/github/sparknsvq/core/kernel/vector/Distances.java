package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import io.github.sparknsvq.core.kernel.PackedCodebook;
import jdk.incubator.vector.FloatVector;

/**
 * Exact squared distances of rows to the codewords that they chose. The order of summation depends on the dimension
 * alone, so that a distance has the same bits whatever was computed beside it.
 */
final class Distances {
    private Distances() {}

    /**
     * Fills in squared distances.
     *
     * @param codebook the codebook
     * @param rows row-major rows, the first at {@code at}
     * @param n number of rows
     * @param p number of codewords of each row
     * @param index codewords of the rows, {@code p} for each, from {@code to}
     * @param distances receives their distances, from {@code to}
     */
    static void fill(
            PackedCodebook codebook, float[] rows, int at, int n, int p, int[] index, float[] distances, int to) {
        int d = codebook.dimension();
        int whole = d - d % LENGTH;
        float[] codewords = codebook.original();
        float[] lanes = new float[LENGTH];
        for (int i = 0; i < n * p; i++) {
            int row = at + i / p * d;
            int codeword = index[to + i] * d;
            distances[to + i] = whole == 0 ? 0 : squared(rows, row, codewords, codeword, whole, lanes);
        }
        if (whole < d) {
            for (int i = 0; i < n * p; i++) {
                int row = at + i / p * d + whole;
                int codeword = index[to + i] * d + whole;
                distances[to + i] += squaredFew(rows, row, codewords, codeword, d - whole);
            }
        }
    }

    /** Squared distance over whole vectors. */
    private static float squared(float[] a, int ao, float[] b, int bo, int d, float[] lanes) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        int j = 0;
        for (; j <= d - 4 * LENGTH; j += 4 * LENGTH) {
            FloatVector d0 = difference(a, ao + j, b, bo + j);
            s0 = d0.fma(d0, s0);
            FloatVector d1 = difference(a, ao + j + LENGTH, b, bo + j + LENGTH);
            s1 = d1.fma(d1, s1);
            FloatVector d2 = difference(a, ao + j + 2 * LENGTH, b, bo + j + 2 * LENGTH);
            s0 = d2.fma(d2, s0);
            FloatVector d3 = difference(a, ao + j + 3 * LENGTH, b, bo + j + 3 * LENGTH);
            s1 = d3.fma(d3, s1);
        }
        for (; j < d; j += LENGTH) {
            FloatVector d0 = difference(a, ao + j, b, bo + j);
            s0 = d0.fma(d0, s0);
        }
        // by hand: reduceLanes promises no order, and interpreted and compiled calls may differ
        s0.add(s1).intoArray(lanes, 0);
        float t0 = 0;
        float t1 = 0;
        float t2 = 0;
        float t3 = 0;
        for (int i = 0; i < LENGTH; i += 4) {
            t0 += lanes[i];
            t1 += lanes[i + 1];
            t2 += lanes[i + 2];
            t3 += lanes[i + 3];
        }
        return (t0 + t1) + (t2 + t3);
    }

    private static FloatVector difference(float[] a, int ao, float[] b, int bo) {
        return FloatVector.fromArray(SPECIES, a, ao).sub(FloatVector.fromArray(SPECIES, b, bo));
    }

    /**
     * Squared distance over fewer dimensions than a vector has, mostly without a loop: they would cost more than the
     * work.
     */
    private static float squaredFew(float[] a, int ao, float[] b, int bo, int d) {
        float sum = 0;
        int j = 0;
        for (; j + 16 <= d; j += 16) {
            sum += squared8(a, ao + j, b, bo + j) + squared8(a, ao + j + 8, b, bo + j + 8);
        }
        if ((d & 8) != 0) {
            sum += squared8(a, ao + j, b, bo + j);
            j += 8;
        }
        if ((d & 4) != 0) {
            sum += squared4(a, ao + j, b, bo + j);
            j += 4;
        }
        if ((d & 2) != 0) {
            sum += squared1(a, ao + j, b, bo + j) + squared1(a, ao + j + 1, b, bo + j + 1);
            j += 2;
        }
        if ((d & 1) != 0) {
            sum += squared1(a, ao + j, b, bo + j);
        }
        return sum;
    }

    private static float squared8(float[] a, int ao, float[] b, int bo) {
        return squared4(a, ao, b, bo) + squared4(a, ao + 4, b, bo + 4);
    }

    private static float squared4(float[] a, int ao, float[] b, int bo) {
        float d0 = squared1(a, ao, b, bo);
        float d1 = squared1(a, ao + 1, b, bo + 1);
        float d2 = squared1(a, ao + 2, b, bo + 2);
        float d3 = squared1(a, ao + 3, b, bo + 3);
        return (d0 + d1) + (d2 + d3);
    }

    private static float squared1(float[] a, int ao, float[] b, int bo) {
        float difference = a[ao] - b[bo];
        return difference * difference;
    }
}
