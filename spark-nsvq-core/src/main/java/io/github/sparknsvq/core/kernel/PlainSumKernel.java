package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * The loops in plain Java. Arrays stand apart where one long array would do: C2 turns loops over several arrays into SIMD
 * only if it sees the same offset in each.
 */
final class PlainSumKernel implements SumKernel {
    /** Codewords in a panel: with 128 dimensions half of a usual second-level cache. */
    private static final int WIDTH = 512;

    private static final int BLOCK = 64;

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

    @Override
    public int subtract(float[] a, float[] b, float[] difference, int from, int to, float threshold) {
        for (int k = from; k < to; k += BLOCK) {
            int end = Math.min(to, k + BLOCK);
            for (int c = k; c < end; c++) {
                difference[c] = a[c] - b[c];
            }
            for (int c = k; c < end; c++) {
                if (difference[c] > threshold) {
                    return k;
                }
            }
        }
        return to;
    }

    @Override
    public int best(float[] gains, float[][] others, int from, int to) {
        float[] left = new float[BLOCK];
        float most = Float.NEGATIVE_INFINITY;
        int best = from;
        for (int k = from; k < to; k += BLOCK) {
            int n = Math.min(BLOCK, to - k);
            System.arraycopy(gains, k, left, 0, n);
            for (float[] other : others) {
                for (int c = 0; c < n; c++) {
                    left[c] -= other[k + c];
                }
            }
            for (int c = 0; c < n; c++) {
                if (left[c] > most) {
                    most = left[c];
                    best = k + c;
                }
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
