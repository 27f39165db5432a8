package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * A codebook laid out for kernels: shifted by its mean, scaled to values near 1 by a power of two, and transposed in
 * panels of {@code width} codewords so that one load brings one coordinate of several codewords.
 *
 * <p>The score of codeword {@code c} for row {@code x} is {@code <x', c'> - ||c'||^2 / 2} with {@code v' = (v - shift) *
 * scale}; the nearest codeword has the highest. Panels are padded with codewords that score minus infinity, and so do
 * codewords that hold a NaN or an infinity: they are chosen only where there is no other.
 *
 * @param codewords number of codewords {@code K}
 * @param dimension dimension {@code D}
 * @param width codewords in a panel
 * @param panels number of panels
 * @param values {@code panels} x {@code D} x {@code width} shifted and scaled codewords
 * @param bias {@code panels * width} values {@code -||c'||^2 / 2}, minus infinity for padding
 * @param shift {@code D} values subtracted from rows and codewords: about the mean of the codebook
 * @param scale the power of two that they are multiplied with
 * @param original {@code K x D} codewords as they were given
 */
@SuppressWarnings("ArrayRecordComponent") // a bundle of arrays for hot loops; never compared
public record PackedCodebook(
        int codewords,
        int dimension,
        int width,
        int panels,
        float[] values,
        float[] bias,
        float[] shift,
        float scale,
        float[] original) {
    /** Most codewords: kernels count them in float lanes, which hold whole numbers up to here. */
    public static final int MAX_CODEWORDS = 1 << 24;

    /**
     * Packs a codebook.
     *
     * @param codebook {@code K x D}, both at least 1; copied
     * @param width codewords in a panel
     * @return the packed codebook
     * @throws IllegalArgumentException if the codebook is empty or too large for one array
     */
    public static PackedCodebook pack(FloatMatrix codebook, int width) {
        int k = codebook.rows();
        int d = codebook.columns();
        if (k < 1 || d < 1) {
            throw new IllegalArgumentException("a codebook of " + k + " x " + d + " has nothing to search in");
        }
        int panels = (k + width - 1) / width;
        if ((long) panels * width * d > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException("a codebook of " + k + " x " + d + " does not fit one array");
        }
        if (k > MAX_CODEWORDS) {
            throw new IllegalArgumentException(
                    "a codebook of " + k + " codewords is too large: at most " + MAX_CODEWORDS);
        }
        float[] original = codebook.values().clone();
        boolean[] finite = new boolean[k];
        for (int c = 0; c < k; c++) {
            finite[c] = isFinite(original, c * d, d);
        }
        float[] shift = new float[d];
        float largest = 0;
        for (int j = 0; j < d; j++) {
            double mean = mean(original, finite, j, d);
            float spread = spread(original, finite, j, d, (float) mean);
            shift[j] = coarse(mean, spread);
            largest = Math.max(largest, spread(original, finite, j, d, shift[j]));
        }
        float scale = scale(largest);
        float[] values = new float[panels * width * d];
        float[] bias = new float[panels * width];
        Arrays.fill(bias, Float.NEGATIVE_INFINITY);
        for (int c = 0; c < k; c++) {
            if (finite[c]) {
                int at = (c / width) * width * d + c % width;
                bias[c] = put(original, c * d, shift, scale, values, at, width);
            }
        }
        return new PackedCodebook(k, d, width, panels, values, bias, shift, scale, original);
    }

    /** Writes one shifted and scaled codeword, {@code step} apart, and returns its bias. */
    private static float put(float[] from, int at, float[] shift, float scale, float[] values, int to, int step) {
        double norm = 0;
        for (int j = 0; j < shift.length; j++) {
            float v = (from[at + j] - shift[j]) * scale;
            values[to + j * step] = v;
            norm += (double) v * v;
        }
        return (float) (0 - norm / 2);
    }

    private static boolean isFinite(float[] values, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (!Float.isFinite(values[i])) {
                return false;
            }
        }
        return true;
    }

    private static double mean(float[] codewords, boolean[] finite, int j, int d) {
        double sum = 0;
        int n = 0;
        for (int c = 0; c < finite.length; c++) {
            if (finite[c]) {
                sum += codewords[c * d + j];
                n++;
            }
        }
        return n == 0 ? 0 : sum / n;
    }

    /** How far coordinate {@code j} of any codeword lies from {@code center}. */
    private static float spread(float[] codewords, boolean[] finite, int j, int d, float center) {
        float spread = 0;
        for (int c = 0; c < finite.length; c++) {
            if (finite[c]) {
                spread = Math.max(spread, Math.abs(codewords[c * d + j] - center));
            }
        }
        return spread;
    }

    /**
     * The mean, rounded to a power of two no larger than the spread: whole numbers (pixels, SIFT) then stay whole and are
     * compared without any rounding, and the offset is still gone but for half a spread.
     */
    private static float coarse(double mean, float spread) {
        if (spread < Float.MIN_NORMAL || !Float.isFinite(spread)) {
            return (float) mean;
        }
        double grid = Math.scalb(1.0, Math.getExponent(spread));
        return (float) (Math.rint(mean / grid) * grid);
    }

    /** The power of two that brings the largest shifted coordinate to [1, 2): squares then neither overflow nor vanish. */
    private static float scale(float largest) {
        if (!(largest > 0) || !Float.isFinite(largest)) {
            return 1;
        }
        return Math.scalb(1f, Math.max(-120, Math.min(120, -Math.getExponent(largest))));
    }

    /**
     * Checks the arguments of a search, once per call, so that its loops need not.
     *
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws IllegalArgumentException if {@code p} is not in {@code [1, K]}
     */
    public void checkSearch(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        if (p < 1 || p > codewords) {
            throw new IllegalArgumentException(
                    "p = " + p + " nearest codewords asked for, the codebook allows 1 to " + codewords);
        }
        if (offset < 0 || count < 0 || offset + (long) count * dimension > rows.length) {
            throw new IndexOutOfBoundsException(count + " rows of dimension " + dimension + " from offset " + offset
                    + " do not lie in an array of " + rows.length);
        }
        if ((long) count * p > Math.min(index.length, squaredDistance.length)) {
            throw new IndexOutOfBoundsException(count + " x " + p + " results do not fit arrays of " + index.length
                    + " indices and " + squaredDistance.length + " distances");
        }
    }
}
