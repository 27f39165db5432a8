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
 */
final class Gains {
    /** Codewords in a panel. */
    private static final int WIDTH = 64;

    private final SummedCodebooks codebooks;
    private final boolean ordered;
    private final int total;
    private final float[] shift;
    private final float scale;

    /** Twice the codewords, in panels of {@value #WIDTH}, one dimension after the other. */
    private final float[] panels;

    private final float[] norms;

    /** Of each codeword, twice the inner products with those of the codebooks that may follow. */
    private final float[] pairs;

    /** Where the rows of a codebook's codewords start in {@link #pairs}. */
    private final int[] pairStarts;

    /**
     * Prepares codebooks.
     *
     * @param ordered whether codebooks are used one after the other: then a codeword is followed by later ones only
     */
    Gains(SummedCodebooks codebooks, boolean ordered) {
        this.codebooks = codebooks;
        this.ordered = ordered;
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
        this.pairStarts = new int[codebooks.count() + 1];
        for (int m = 0; m < codebooks.count(); m++) {
            pairStarts[m + 1] = pairStarts[m] + Blocks.length(codebooks.size(m), total - followers(m));
        }
        this.pairs = new float[pairStarts[codebooks.count()]];
        fillPairs(centered);
    }

    /** How many values {@link #pairs} has for such codebooks. */
    static long pairs(SummedCodebooks codebooks, boolean ordered) {
        long sum = 0;
        for (int m = 0; m < codebooks.count(); m++) {
            sum += (long) codebooks.size(m) * (codebooks.total() - (ordered ? codebooks.start(m + 1) : 0));
        }
        return sum;
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

    private static float[] panels(float[] values, int total, int d) {
        float[] panels = new float[Blocks.length((total + WIDTH - 1) / WIDTH * WIDTH, d)];
        for (int c = 0; c < total; c++) {
            int at = c / WIDTH * WIDTH * d + c % WIDTH;
            for (int j = 0; j < d; j++) {
                panels[at + j * WIDTH] = 2 * values[c * d + j];
            }
        }
        return panels;
    }

    private void fillPairs(float[] centered) {
        float[] products = new float[total];
        float[] sums = new float[WIDTH];
        for (int m = 0; m < codebooks.count(); m++) {
            int from = followers(m);
            for (int c = codebooks.start(m); c < codebooks.start(m + 1) && from < total; c++) {
                products(centered, c * shift.length, sums, products, 0);
                System.arraycopy(products, from, pairs, pairRow(m, c), total - from);
            }
        }
    }

    /** The first codeword that may follow one of codebook {@code m}. */
    int followers(int m) {
        return ordered ? codebooks.start(m + 1) : 0;
    }

    /** Twice the inner products of pairs; see {@link #pairRow}. */
    float[] pairs() {
        return pairs;
    }

    /** Where in {@link #pairs} the products of codeword {@code c}, of codebook {@code m}, start: with its first follower. */
    int pairRow(int m, int c) {
        return pairStarts[m] + (c - codebooks.start(m)) * (total - followers(m));
    }

    /**
     * Fills in the gains of all codewords as the first of a sum.
     *
     * @param rows row-major rows, the first at {@code offset}
     * @param count number of rows
     * @param gains receives {@code count x total} gains, in units of the scale
     */
    void fill(float[] rows, int offset, int count, float[] gains) {
        int d = shift.length;
        float[] scaled = new float[count * d];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < d; j++) {
                scaled[i * d + j] = (rows[offset + i * d + j] - shift[j]) * scale;
            }
        }
        float[] sums = new float[WIDTH];
        // the panels of a codebook do not fit a cache together: each serves all rows before the next
        for (int first = 0; first < total; first += WIDTH) {
            for (int i = 0; i < count; i++) {
                panel(scaled, i * d, first, sums);
                int n = Math.min(WIDTH, total - first);
                for (int k = 0, to = i * total + first; k < n; k++) {
                    gains[to + k] = sums[k] - norms[first + k];
                }
            }
        }
    }

    private void products(float[] x, int at, float[] sums, float[] products, int to) {
        for (int first = 0; first < total; first += WIDTH) {
            panel(x, at, first, sums);
            System.arraycopy(sums, 0, products, to + first, Math.min(WIDTH, total - first));
        }
    }

    /** Twice the inner products of one vector with a panel, four dimensions a pass: each pass loads and stores the sums. */
    private void panel(float[] x, int at, int first, float[] sums) {
        int d = shift.length;
        int from = first * d;
        Arrays.fill(sums, 0f);
        int j = 0;
        for (; j + 3 < d; j += 4, from += 4 * WIDTH) {
            float x0 = x[at + j];
            float x1 = x[at + j + 1];
            float x2 = x[at + j + 2];
            float x3 = x[at + j + 3];
            for (int k = 0; k < WIDTH; k++) {
                sums[k] += (x0 * panels[from + k] + x1 * panels[from + WIDTH + k])
                        + (x2 * panels[from + 2 * WIDTH + k] + x3 * panels[from + 3 * WIDTH + k]);
            }
        }
        for (; j < d; j++, from += WIDTH) {
            float xj = x[at + j];
            for (int k = 0; k < WIDTH; k++) {
                sums[k] += xj * panels[from + k];
            }
        }
    }
}
