package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * A codebook laid out for kernels: shifted by its mean, scaled to values near 1 by a power of two, and transposed in
 * panels of {@code width} codewords so that one load brings one coordinate of several codewords.
 *
 * <p>The score of codeword {@code c} for row {@code x} is {@code <x', c'> - ||c'||^2 / 2} with {@code v' = (v - shift) *
 * scale}; the nearest codeword has the highest. Panels are padded with codewords that score minus infinity.
 *
 * @param codewords number of codewords {@code K}
 * @param dimension dimension {@code D}
 * @param width codewords in a panel
 * @param panels number of panels
 * @param values {@code panels} x {@code D} x {@code width} shifted and scaled codewords
 * @param bias {@code panels * width} values {@code -||c'||^2 / 2}, minus infinity for padding
 * @param shift {@code D} values subtracted from rows and codewords: the mean of the codebook
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
        float[] original = codebook.values().clone();
        float[] shift = mean(original, k, d);
        float scale = scale(original, shift, d);
        float[] values = new float[panels * width * d];
        float[] bias = new float[panels * width];
        Arrays.fill(bias, Float.NEGATIVE_INFINITY);
        for (int c = 0; c < k; c++) {
            int at = (c / width) * width * d + c % width;
            double norm = 0;
            for (int j = 0; j < d; j++) {
                float v = (original[c * d + j] - shift[j]) * scale;
                values[at + j * width] = v;
                norm += (double) v * v;
            }
            bias[c] = (float) (-norm / 2);
        }
        return new PackedCodebook(k, d, width, panels, values, bias, shift, scale, original);
    }

    private static float[] mean(float[] codewords, int k, int d) {
        double[] sum = new double[d];
        for (int i = 0; i < codewords.length; i++) {
            sum[i % d] += codewords[i];
        }
        float[] mean = new float[d];
        for (int j = 0; j < d; j++) {
            float m = (float) (sum[j] / k);
            mean[j] = Float.isFinite(m) ? m : 0;
        }
        return mean;
    }

    /** The power of two that brings the largest shifted coordinate to [1, 2): squares then neither overflow nor vanish. */
    private static float scale(float[] codewords, float[] shift, int d) {
        float largest = 0;
        for (int i = 0; i < codewords.length; i++) {
            largest = Math.max(largest, Math.abs(codewords[i] - shift[i % d]));
        }
        if (!(largest > 0) || !Float.isFinite(largest)) {
            return 1;
        }
        return Math.scalb(1f, Math.max(-120, Math.min(120, -Math.getExponent(largest))));
    }
}
