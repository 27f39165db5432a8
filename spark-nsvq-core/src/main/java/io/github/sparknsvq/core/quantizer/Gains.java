package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.SumKernel;

/**
 * How much less the squared error of a row becomes when a codeword {@code c} is added to its approximation: {@code 2
 * <r, c> - ||c||^2} for residual {@code r}. With the inner products of all pairs of codewords, the gains of a longer
 * sum follow from those of a shorter one without the residual: each falls by {@code 2 <c, added>}. For searches that
 * use codebooks in any order; {@link LevelTables} are for those that use one after the other.
 */
final class Gains {
    private final SumKernel kernel;
    private final CenteredCodewords centered;
    private final int dimension;

    /** Twice the codewords. */
    private final SumKernel.Products products;

    private final float[] norms;
    private final float[][] pairs;

    /**
     * Prepares the tables.
     *
     * @param codebooks the quantizer, of which nothing but the codebooks is used
     */
    Gains(SumQuantizer codebooks) {
        this.kernel = NearestCodewordProviders.cpu().sums();
        this.centered = new CenteredCodewords(codebooks, false);
        this.dimension = codebooks.dimension();
        this.norms = centered.norms(null);
        this.products = kernel.prepare(centered.doubled(0, codebooks.codebooks()));
        int total = codebooks.codewords();
        this.pairs = new float[total][total];
        products.fill(centered.values(), 0, total, pairs);
    }

    /**
     * Twice the inner products of a codeword with all codewords: what their gains fall by once it is added. Not
     * copied.
     */
    float[] pairs(int codeword) {
        return pairs[codeword];
    }

    /** The squared norms of all codewords, to be subtracted from what {@link #fill} gives. Not copied. */
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
        float[] scaled = new float[count * dimension];
        centered.scale(rows, offset, count, scaled);
        products.fill(scaled, 0, count, gains);
    }
}
