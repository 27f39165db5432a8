package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;

/**
 * How much less the squared error of a row becomes when a codeword {@code c} is added to what approximates it: {@code 2
 * <r, c> - ||c||^2} for remainder {@code r}. With the inner products of all pairs of codewords, the gains of a longer sum
 * follow from those of a shorter one without the remainder: each falls by {@code 2 <c, added>}.
 *
 * <p>Rows are first freed of an offset, and with them codewords: from those of a codebook that is always used some
 * vector can be taken away if it is taken from the rows too. It takes away an offset that all rows share, beside which
 * their differences would be lost to rounding. For codebooks that are used in any order, each gives its mean: a sum that
 * still lacks some codebooks is compared with the row as if those gave theirs. Only so does the choice not depend on how
 * the offset is spread over the codebooks, which the reconstructions do not determine.
 *
 * <p>Rows and codewords are scaled by a power of two as well, which loses nothing, so that products of very small or
 * large values neither vanish nor overflow.
 *
 * <p>Arrays stand apart where one long array would do: C2 turns loops over several arrays into SIMD only if it sees the
 * same offset in each.
 */
final class Gains {
    /** Codewords in a panel: with 128 dimensions half of a usual second-level cache. */
    private static final int WIDTH = 512;

    private final SummedCodebooks codebooks;
    private final int total;
    private final float[] shift;
    private final float scale;

    /** Twice the codewords, in panels of {@value #WIDTH}: an array for each panel and dimension. */
    private final float[][][] panels;

    private final float[] norms;
    private final float[][] pairs;

    /**
     * Prepares codebooks.
     *
     * @param ordered whether codebooks are used one after the other: then nothing follows a codeword of the last
     */
    Gains(SummedCodebooks codebooks, boolean ordered) {
        this.codebooks = codebooks;
        this.total = codebooks.total();
        int d = codebooks.dimension();
        float[] centered = codebooks.values().clone();
        this.shift = new float[d];
        for (int m = 0; m < (ordered ? 1 : codebooks.count()); m++) {
            center(centered, m);
        }
        this.scale = scale(centered);
        for (int i = 0; i < centered.length; i++) {
            centered[i] *= scale;
        }
        this.norms = new float[total];
        for (int c = 0; c < total; c++) {
            norms[c] = squaredNorm(centered, c, d);
        }
        this.panels = panels(centered, total, d);
        this.pairs = new float[ordered ? codebooks.start(codebooks.count() - 1) : total][total];
        float[] sums = new float[WIDTH];
        for (int c = 0; c < pairs.length; c++) {
            products(centered, c * d, sums, pairs[c]);
        }
    }

    /** Takes its mean from a codebook. */
    private void center(float[] centered, int m) {
        int d = shift.length;
        for (int j = 0; j < d; j++) {
            double sum = 0;
            for (int c = codebooks.start(m); c < codebooks.start(m + 1); c++) {
                sum += centered[c * d + j];
            }
            float mean = (float) (sum / codebooks.size(m));
            for (int c = codebooks.start(m); c < codebooks.start(m + 1); c++) {
                centered[c * d + j] -= mean;
            }
            shift[j] += mean;
        }
    }

    private static float scale(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        if (!Float.isFinite(largest)) {
            throw new NsvqException("codewords are too far apart for float32");
        }
        return largest == 0 ? 1 : Math.scalb(1f, -Math.max(-120, Math.min(120, Math.getExponent(largest))));
    }

    private static float squaredNorm(float[] values, int c, int d) {
        double sum = 0;
        for (int i = c * d; i < (c + 1) * d; i++) {
            sum += (double) values[i] * values[i];
        }
        return (float) sum;
    }

    private static float[][][] panels(float[] values, int total, int d) {
        float[][][] panels = new float[(total + WIDTH - 1) / WIDTH][d][];
        for (int panel = 0; panel < panels.length; panel++) {
            int first = panel * WIDTH;
            for (int j = 0; j < d; j++) {
                float[] column = new float[Math.min(WIDTH, total - first)];
                for (int k = 0; k < column.length; k++) {
                    column[k] = 2 * values[(first + k) * d + j];
                }
                panels[panel][j] = column;
            }
        }
        return panels;
    }

    /** Twice the inner products of a codeword with all; what its gains fall by once it is added. Not copied. */
    float[] pairs(int codeword) {
        return pairs[codeword];
    }

    /**
     * Fills in the gains of all codewords as the first of a sum.
     *
     * @param rows row-major rows, the first at {@code offset}
     * @param count number of rows
     * @param gains receives the gains of each row in an array of its own, in units of the scale
     */
    void fill(float[] rows, int offset, int count, float[][] gains) {
        int d = shift.length;
        float[] scaled = new float[count * d];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < d; j++) {
                scaled[i * d + j] = (rows[offset + i * d + j] - shift[j]) * scale;
            }
        }
        float[] sums = new float[WIDTH];
        // all panels together may not fit a cache: each serves all rows before the next
        for (int panel = 0; panel < panels.length; panel++) {
            for (int i = 0; i < count; i++) {
                product(scaled, i * d, panel, sums, gains[i]);
            }
        }
        for (int i = 0; i < count; i++) {
            subtract(gains[i], norms, 0, gains[i]);
        }
    }

    /** Writes {@code a - b} to {@code difference}, from {@code first} on. */
    static void subtract(float[] a, float[] b, int first, float[] difference) {
        for (int c = first; c < difference.length; c++) {
            difference[c] = a[c] - b[c];
        }
    }

    private void products(float[] x, int at, float[] sums, float[] products) {
        for (int panel = 0; panel < panels.length; panel++) {
            product(x, at, panel, sums, products);
        }
    }

    /** Twice the inner products of one vector with a panel. */
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
    private static void addFour(float[] sums, int n, float[][] columns, int j, float x0, float x1, float x2, float x3) {
        float[] c0 = columns[j];
        float[] c1 = columns[j + 1];
        float[] c2 = columns[j + 2];
        float[] c3 = columns[j + 3];
        for (int k = 0; k < n; k++) {
            sums[k] += (x0 * c0[k] + x1 * c1[k]) + (x2 * c2[k] + x3 * c3[k]);
        }
    }
}
