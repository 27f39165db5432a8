package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A codebook laid out for kernels: shifted, scaled by a power of two, and transposed in panels of {@code width}
 * codewords so that one load brings one coordinate of several codewords.
 *
 * <p>The score of codeword {@code c} for row {@code x} is {@code s * (<x - m, c - m> - ||c - m||^2 / 2)}; the nearest
 * codeword has the highest. A panel starts with what its codewords' scores start from, {@code -s * ||c - m||^2 / 2},
 * and goes on with {@code s * (c - m)}, coordinate after coordinate, to be multiplied with those of {@code x - m}.
 *
 * <p>The shift {@code m} is a codeword near the mean. This takes away an offset that all codewords share; it keeps
 * whole numbers (pixels, SIFT) whole, so that they are compared without rounding; and that codeword's own score is
 * exactly 0, so that the highest score of a row is never negative: its bits compare as an {@code int}, which is
 * cheaper than comparing floats.
 *
 * <p>The scale {@code s} brings products near 1, so that they neither overflow nor vanish where squared distances
 * would. Panels are padded with codewords that score minus infinity, and so do codewords that hold a NaN or an
 * infinity: they are chosen only where there is no other.
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

    /** Codewords among which the shift is chosen: training packs a codebook at every step. */
    private static final int SAMPLE = 32;

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
        int center = central(original, k, d);
        float[] shift = center < 0 ? new float[d] : Arrays.copyOfRange(original, center * d, (center + 1) * d);
        boolean[] finite = new boolean[k];
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
        int d = shift.length;
        // two sums: one would wait for itself
        double even = 0;
        double odd = 0;
        int j = 0;
        for (int o = to + step; j + 1 < d; j += 2, o += 2 * step) {
            double v0 = from[at + j] - shift[j];
            double v1 = from[at + j + 1] - shift[j + 1];
            values[o] = (float) (v0 * scale);
            values[o + step] = (float) (v1 * scale);
            even += v0 * v0;
            odd += v1 * v1;
        }
        if (j < d) {
            double v = from[at + j] - shift[j];
            values[to + d * step] = (float) (v * scale);
            even += v * v;
        }
        values[to] = (float) (0 - (even + odd) * scale / 2);
    }

    /**
     * Of up to {@value #SAMPLE} finite codewords the one nearest their mean, or -1 if there is no finite codeword.
     */
    private static int central(float[] codewords, int k, int d) {
        int[] some = sample(codewords, k, d);
        double[] mean = new double[d];
        for (int c : some) {
            for (int j = 0; j < d; j++) {
                mean[j] += (double) codewords[c * d + j] / some.length;
            }
        }
        int nearest = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int c : some) {
            double distance = 0;
            for (int j = 0; j < d; j++) {
                double difference = codewords[c * d + j] - mean[j];
                distance += difference * difference;
            }
            if (distance < least) {
                least = distance;
                nearest = c;
            }
        }
        return nearest;
    }

    /** Finite codewords spread over the codebook; one at least, if there is one. */
    private static int[] sample(float[] codewords, int k, int d) {
        int most = Math.min(k, SAMPLE);
        int[] spread = IntStream.range(0, most)
                .map(i -> (int) ((long) i * k / most))
                .filter(c -> finite(codewords, c * d, d))
                .toArray();
        return spread.length > 0
                ? spread
                : IntStream.range(0, k)
                        .filter(c -> finite(codewords, c * d, d))
                        .limit(1)
                        .toArray();
    }

    private static boolean finite(float[] codewords, int at, int d) {
        boolean finite = true;
        for (int i = at; i < at + d; i++) {
            finite &= Float.isFinite(codewords[i]);
        }
        return finite;
    }

    /**
     * The power of two that takes the square of the largest shifted coordinate to [1, 4). Notes which codewords are
     * finite on the way.
     */
    private static double scale(float[] codewords, boolean[] finite, float[] shift) {
        int d = shift.length;
        int largest = 0;
        for (int c = 0; c < finite.length; c++) {
            int magnitude = 0;
            for (int j = 0; j < d; j++) {
                magnitude = Math.max(magnitude, magnitude(codewords[c * d + j] - shift[j]));
            }
            // what is infinite may be a difference of finite numbers
            finite[c] = Float.isFinite(Float.intBitsToFloat(magnitude)) || finite(codewords, c * d, d);
            largest = finite[c] ? Math.max(largest, magnitude) : largest;
        }
        float furthest = Float.intBitsToFloat(largest);
        if (!(furthest > 0) || !Float.isFinite(furthest)) {
            return 1;
        }
        return Math.scalb(1.0, -2 * Math.max(-120, Math.min(120, Math.getExponent(furthest))));
    }

    /** The absolute value as bits, which compare faster than floats; infinities and NaN are above all others. */
    private static int magnitude(float value) {
        return Float.floatToRawIntBits(value) & Integer.MAX_VALUE;
    }
}
