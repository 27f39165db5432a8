package io.github.sparknsvq.core.kernel.vector;

/** Exact squared distances of rows to the codewords that they chose, in an order of summation that is always the same. */
final class Distances {
    private Distances() {}

    /**
     * Fills in squared distances.
     *
     * @param rows row-major rows, the first at {@code at}
     * @param d dimension
     * @param codewords row-major codewords
     * @param index codewords of the rows, {@code p} for each, from {@code from}
     * @param squaredDistance receives their distances, from {@code from}
     * @param count how many, a multiple of {@code p}
     */
    static void fill(
            float[] rows,
            int at,
            int d,
            float[] codewords,
            int[] index,
            float[] squaredDistance,
            int from,
            int count,
            int p) {
        if (p == 1) {
            for (int i = 0; i < count; i++) {
                squaredDistance[from + i] = squared(rows, at + i * d, codewords, index[from + i] * d, d);
            }
        } else {
            for (int i = 0; i < count; i++) {
                squaredDistance[from + i] = squared(rows, at + i / p * d, codewords, index[from + i] * d, d);
            }
        }
    }

    /** Squared distance of two vectors. Lanes are added by hand: {@code reduceLanes} promises no order. */
    static float squared(float[] a, int aOffset, float[] b, int bOffset, int d) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int j = 0;
        for (; j + 3 < d; j += 4) {
            float d0 = a[aOffset + j] - b[bOffset + j];
            float d1 = a[aOffset + j + 1] - b[bOffset + j + 1];
            float d2 = a[aOffset + j + 2] - b[bOffset + j + 2];
            float d3 = a[aOffset + j + 3] - b[bOffset + j + 3];
            s0 = Math.fma(d0, d0, s0);
            s1 = Math.fma(d1, d1, s1);
            s2 = Math.fma(d2, d2, s2);
            s3 = Math.fma(d3, d3, s3);
        }
        for (; j < d; j++) {
            float difference = a[aOffset + j] - b[bOffset + j];
            s0 = Math.fma(difference, difference, s0);
        }
        return (s0 + s1) + (s2 + s3);
    }
}
