package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * The sum kernel in plain Java. It has several arrays where one long array would do: C2 turns loops over several
 * arrays into SIMD only if it sees the same offset in each.
 */
final class PlainSumKernel implements SumKernel {
    /** Codewords in a panel: with 128 dimensions half of a usual second-level cache. */
    private static final int WIDTH = 512;

    private static final int BLOCK = 1024;

    @Override
    public Products prepare(FloatMatrix codewords) {
        if (codewords.rows() < 1 || codewords.columns() < 1) {
            throw new IllegalArgumentException(codewords + " has no inner products");
        }
        return new Panels(codewords);
    }

    @Override
    public int block() {
        return BLOCK;
    }

    /** Does not compare: that takes longer than the subtraction, and the caller compares anyway. */
    @Override
    public int subtract(float[] a, float[] b, float[] difference, int from, int to, float threshold) {
        int end = Float.isNaN(threshold) || to - from < BLOCK ? to : from + BLOCK;
        for (int c = from; c < end; c++) {
            difference[c] = a[c] - b[c];
        }
        return Float.isNaN(threshold) ? to : from;
    }

    @Override
    public void subtract(float[] a, int atA, float[] b, int atB, float[] difference, int to, int count) {
        for (int c = 0; c < count; c++) {
            difference[to + c] = a[atA + c] - b[atB + c];
        }
    }

    @Override
    public int tops() {
        return 0;
    }

    @Override
    public void reach(
            float[] a, int atA, float[] b, int atB, float start, float[] reached, int to, int count, float[] tops) {
        for (int c = 0; c < count; c++) {
            reached[to + c] = start + (a[atA + c] - b[atB + c]);
        }
    }

    @Override
    public int above(float[] values, int from, int to, float threshold) {
        int c = from;
        while (c < to && !(values[c] > threshold)) {
            c++;
        }
        return c;
    }

    @Override
    public int best(float[] gains, float[][] others, float[] scratch, int from, int to) {
        System.arraycopy(gains, from, scratch, from, to - from);
        for (float[] other : others) {
            for (int c = from; c < to; c++) {
                scratch[c] -= other[c];
            }
        }
        float most = Float.NEGATIVE_INFINITY;
        int best = from;
        for (int c = from; c < to; c++) {
            if (scratch[c] > most) {
                most = scratch[c];
                best = c;
            }
        }
        return best;
    }

    /** Codewords in panels of {@value #WIDTH}: an array for each panel and dimension. */
    private static final class Panels implements Products {
        private final float[][][] panels;

        Panels(FloatMatrix codewords) {
            int k = codewords.rows();
            int d = codewords.columns();
            this.panels = new float[(k + WIDTH - 1) / WIDTH][d][];
            for (int panel = 0; panel < panels.length; panel++) {
                int first = panel * WIDTH;
                for (int j = 0; j < d; j++) {
                    float[] column = new float[Math.min(WIDTH, k - first)];
                    for (int c = 0; c < column.length; c++) {
                        column[c] = codewords.values()[(first + c) * d + j];
                    }
                    panels[panel][j] = column;
                }
            }
        }

        @Override
        public void fill(float[] rows, int offset, int count, float[][] products) {
            int d = panels[0].length;
            float[] sums = new float[WIDTH];
            // all panels together may not fit a cache: each serves all rows before the next
            for (int panel = 0; panel < panels.length; panel++) {
                for (int i = 0; i < count; i++) {
                    product(rows, offset + i * d, panel, sums, products[i]);
                }
            }
        }

        private void product(float[] x, int at, int panel, float[] sums, float[] products) {
            float[][] columns = panels[panel];
            int n = columns[0].length;
            Arrays.fill(sums, 0, n, 0f);
            int j = 0;
            for (; j + 3 < columns.length; j += 4) {
                addFour(sums, n, columns, j, x[at + j], x[at + j + 1], x[at + j + 2], x[at + j + 3]);
            }
            for (; j < columns.length; j++) {
                float[] column = columns[j];
                float xj = x[at + j];
                for (int k = 0; k < n; k++) {
                    sums[k] += xj * column[k];
                }
            }
            System.arraycopy(sums, 0, products, panel * WIDTH, n);
        }

        /** Four dimensions a pass, because each pass loads and stores the sums. */
        private static void addFour(
                float[] sums, int n, float[][] columns, int j, float x0, float x1, float x2, float x3) {
            float[] c0 = columns[j];
            float[] c1 = columns[j + 1];
            float[] c2 = columns[j + 2];
            float[] c3 = columns[j + 3];
            for (int k = 0; k < n; k++) {
                sums[k] += (x0 * c0[k] + x1 * c1[k]) + (x2 * c2[k] + x3 * c3[k]);
            }
        }
    }
}
