package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;

/**
 * The codewords of codebooks that are added up, as searches with tables compare them: centered and scaled, with the
 * rows treated alike.
 *
 * <p>The mean of a codebook that every sum uses is subtracted from its codewords and from the rows. So an offset that
 * all rows share goes away, beside which their differences would be lost to rounding. Of codebooks that are used one
 * after the other that is the first, of others all: a sum that still lacks some codebooks is compared with the row as
 * if those gave their means. Otherwise the choice would depend on how the offset is spread over the codebooks, which
 * the reconstructions do not determine.
 *
 * <p>Rows and codewords are scaled by a power of two as well, which loses nothing, so that products of very small or
 * large values neither vanish nor overflow.
 */
final class CenteredCodewords {
    private final SumQuantizer codebooks;
    private final float[] values;
    private final float[] shift;
    private final float scale;

    /**
     * Centers and scales the codewords.
     *
     * @param codebooks the quantizer, of which nothing but the codebooks is used
     * @param ordered whether codebooks are used one after the other
     */
    CenteredCodewords(SumQuantizer codebooks, boolean ordered) {
        this.codebooks = codebooks;
        int d = codebooks.dimension();
        this.values = codebooks.values().clone();
        this.shift = new float[d];
        for (int m = 0; m < (ordered ? 1 : codebooks.codebooks()); m++) {
            VectorMath.center(values, codebooks.start(m), codebooks.start(m + 1), d, shift, 0);
        }
        this.scale = scale(values);
        for (int i = 0; i < values.length; i++) {
            values[i] *= scale;
        }
    }

    private static float scale(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        NsvqException.unless(Float.isFinite(largest), "codewords are too far apart for float32");
        return largest == 0 ? 1 : Math.scalb(1f, -Math.max(-120, Math.min(120, Math.getExponent(largest))));
    }

    /** The codewords, centered and scaled; not copied. */
    float[] values() {
        return values;
    }

    /** Twice the codewords of codebooks {@code [from, to)}. */
    FloatMatrix doubled(int from, int to) {
        int d = shift.length;
        int first = codebooks.start(from);
        int n = codebooks.start(to) - first;
        float[] doubled = new float[n * d];
        for (int i = 0; i < doubled.length; i++) {
            doubled[i] = 2 * values[first * d + i];
        }
        return new FloatMatrix(n, d, doubled);
    }

    /**
     * Computes the squared norms of all codewords, with their prices.
     *
     * @param prices what each codeword adds to the squared error that a search looks at, or null for nothing
     */
    float[] norms(float[] prices) {
        int d = shift.length;
        float[] norms = new float[codebooks.codewords()];
        for (int c = 0; c < norms.length; c++) {
            norms[c] = (float) VectorMath.squaredNorm(values, c * d, d)
                    + (prices == null ? 0 : prices[c] * scale * scale);
        }
        return norms;
    }

    /** Centers and scales rows into another array, from its start. */
    void scale(float[] rows, int offset, int count, float[] scaled) {
        int d = shift.length;
        for (int i = 0; i < count * d; i += d) {
            for (int j = 0; j < d; j++) {
                scaled[i + j] = (rows[offset + i + j] - shift[j]) * scale;
            }
        }
    }
}
