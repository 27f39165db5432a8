package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * A codebook laid out for kernels: shifted, scaled by a power of two, and transposed in panels of {@code width} codewords
 * so that one load brings one coordinate of several codewords.
 *
 * <p>The score of codeword {@code c} for row {@code x} is {@code s * (<x - m, c - m> - ||c - m||^2 / 2)}; the nearest
 * codeword has the highest. A panel starts with what its codewords' scores start from, {@code -s * ||c - m||^2 / 2}, and
 * goes on with {@code s * (c - m)}, coordinate after coordinate, to be multiplied with those of {@code x - m}.
 *
 * <p>The shift {@code m} is the codeword nearest the mean. This takes away an offset that all codewords share; it keeps
 * whole numbers (pixels, SIFT) whole, so that they are compared without rounding; and that codeword's own score is exactly
 * 0, so that the highest score of a row is never negative: its bits compare as an {@code int}, which is cheaper than
 * comparing floats.
 *
 * <p>The scale {@code s} brings products near 1, so that they neither overflow nor vanish where squared distances would.
 * Panels are padded with codewords that score minus infinity, and so do codewords that hold a NaN or an infinity: they
 * are chosen only where there is no other.
 *
 * @param codewords number of codewords {@code K}
 * @param dimension dimension {@code D}
 * @param width codewords in a panel
 * @param panels number of panels
 * @param values {@code panels} x {@code (1 + D)} x {@code width} values, and {@value #PADDING} zeros
 * @param shift {@code D} values {@code m} to be subtracted from rows
 * @param original {@code K x D} codewords as they were given
 */
@SuppressWarnings("ArrayRecordComponent") // a bundle of arrays for hot loops; never compared
public record PackedCodebook(
        int codewords, int dimension, int width, int panels, float[] values, float[] shift, float[] original) {
    /** How far behind the last value kernels may read: loads of whole vectors reach beyond the end. */
    static final int PADDING = 64;

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
        if ((long) panels * width * (d + 1) > Integer.MAX_VALUE - 2 * PADDING) {
            throw new IllegalArgumentException("a codebook of " + k + " x " + d + " does not fit one array");
        }
        float[] original = codebook.values().clone();
        boolean[] finite = finite(original, k, d);
        int center = nearestToMean(original, finite, d);
        float[] shift = center < 0 ? new float[d] : Arrays.copyOfRange(original, center * d, (center + 1) * d);
        double scale = scale(original, finite, shift);
        float[] values = new float[panels * width * (d + 1) + PADDING];
        for (int c = 0; c < panels * width; c++) {
            int to = c / width * width * (d + 1) + c % width;
            if (c < k && finite[c]) {
                put(original, c * d, shift, scale, values, to, width);
            } else {
                values[to] = Float.NEGATIVE_INFINITY;
            }
        }
        return new PackedCodebook(k, d, width, panels, values, shift, original);
    }

    /** Returns where a panel starts in {@link #values}. */
    public int panelStart(int panel) {
        return panel * width * (dimension + 1);
    }

    /** Writes one codeword, {@code step} apart, after what its score starts from. */
    private static void put(float[] from, int at, float[] shift, double scale, float[] values, int to, int step) {
        double norm = 0;
        for (int j = 0; j < shift.length; j++) {
            float v = from[at + j] - shift[j];
            values[to + (j + 1) * step] = (float) (v * scale);
            norm += (double) v * v;
        }
        values[to] = (float) (0 - norm * scale / 2);
    }

    private static boolean[] finite(float[] codewords, int k, int d) {
        boolean[] finite = new boolean[k];
        Arrays.fill(finite, true);
        for (int c = 0; c < k; c++) {
            for (int i = c * d; i < (c + 1) * d; i++) {
                finite[c] &= Float.isFinite(codewords[i]);
            }
        }
        return finite;
    }

    /** The first of the finite codewords nearest their mean, or -1 if there is none. */
    private static int nearestToMean(float[] codewords, boolean[] finite, int d) {
        double[] mean = new double[d];
        int n = 0;
        for (int c = 0; c < finite.length; c++) {
            if (finite[c]) {
                n++;
                for (int j = 0; j < d; j++) {
                    mean[j] += codewords[c * d + j];
                }
            }
        }
        int nearest = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int c = 0; c < finite.length; c++) {
            if (finite[c]) {
                double distance = 0;
                for (int j = 0; j < d; j++) {
                    double difference = codewords[c * d + j] - mean[j] / n;
                    distance += difference * difference;
                }
                if (distance < least) {
                    least = distance;
                    nearest = c;
                }
            }
        }
        return nearest;
    }

    /** The power of two that takes the square of the largest shifted coordinate to [1, 4). */
    private static double scale(float[] codewords, boolean[] finite, float[] shift) {
        int d = shift.length;
        float largest = 0;
        for (int c = 0; c < finite.length; c++) {
            if (finite[c]) {
                for (int j = 0; j < d; j++) {
                    largest = Math.max(largest, Math.abs(codewords[c * d + j] - shift[j]));
                }
            }
        }
        if (!(largest > 0) || !Float.isFinite(largest)) {
            return 1;
        }
        return Math.scalb(1.0, -2 * Math.max(-120, Math.min(120, Math.getExponent(largest))));
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
