package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.SumKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;

/**
 * How much less the squared error of a row becomes when a codeword {@code c} is added to its approximation: {@code 2
 * <r, c> - ||c||^2} for residual {@code r}. With the inner products of all pairs of codewords, the gains of a longer
 * sum follow from those of a shorter one without the residual: each falls by {@code 2 <c, added>}.
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
final class Gains {
    private final SumKernel kernel;
    private final float[] shift;
    private final float scale;

    /** Twice the codewords. */
    private final SumKernel.Products products;

    private final float[] norms;
    private final float[][] pairs;

    /**
     * Prepares the tables.
     *
     * @param codebooks the quantizer, of which nothing but the codebooks is used
     * @param ordered whether codebooks are used one after the other: then nothing follows a codeword of the last
     * @param prices what each codeword adds to the squared error that a search looks at, or null for nothing
     */
    Gains(SumQuantizer codebooks, boolean ordered, float[] prices) {
        this.kernel = NearestCodewordProviders.cpu().sums();
        int total = codebooks.codewords();
        int d = codebooks.dimension();
        float[] centered = codebooks.values().clone();
        this.shift = new float[d];
        for (int m = 0; m < (ordered ? 1 : codebooks.codebooks()); m++) {
            VectorMath.center(centered, codebooks.start(m), codebooks.start(m + 1), d, shift, 0);
        }
        this.scale = scale(centered);
        for (int i = 0; i < centered.length; i++) {
            centered[i] *= scale;
        }
        this.norms = new float[total];
        for (int c = 0; c < total; c++) {
            norms[c] = (float) VectorMath.squaredNorm(centered, c * d, d)
                    + (prices == null ? 0 : prices[c] * scale * scale);
        }
        this.pairs = new float[ordered ? codebooks.start(codebooks.codebooks() - 1) : total][total];
        float[] doubled = new float[centered.length];
        for (int i = 0; i < doubled.length; i++) {
            doubled[i] = 2 * centered[i];
        }
        this.products = kernel.prepare(new FloatMatrix(total, d, doubled));
        products.fill(centered, 0, pairs.length, pairs);
    }

    private static float scale(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        NsvqException.unless(Float.isFinite(largest), "codewords are too far apart for float32");
        return largest == 0 ? 1 : Math.scalb(1f, -Math.max(-120, Math.min(120, Math.getExponent(largest))));
    }

    /**
     * Twice the inner products of a codeword with all codewords: what their gains fall by once it is added. Not
     * copied.
     */
    float[] pairs(int codeword) {
        return pairs[codeword];
    }

    /**
     * The squared norms of all codewords, with their prices, to be subtracted from what {@link #fill} gives. Not
     * copied.
     */
    float[] norms() {
        return norms;
    }

    /** The loops that suit this machine. */
    SumKernel kernel() {
        return kernel;
    }

    /**
     * Fills in twice the inner products of rows with all codewords: less {@link #norms}, their gains as the first of
     * a sum.
     *
     * @param rows row-major rows, the first at {@code offset}
     * @param count number of rows
     * @param gains receives the products of each row in an array of its own, in units of the scale
     */
    void fill(float[] rows, int offset, int count, float[][] gains) {
        int d = shift.length;
        float[] scaled = new float[count * d];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < d; j++) {
                scaled[i * d + j] = (rows[offset + i * d + j] - shift[j]) * scale;
            }
        }
        products.fill(scaled, 0, count, gains);
    }
}
