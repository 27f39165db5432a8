package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.Scaling;

/**
 * Rows that are compared with codewords by a weighted distance, {@code ||w . (x - c)||}: they are scaled by the
 * weights before another quantizer, of scaled codewords, encodes them. Codes stand for rows in the rows' own units.
 */
public final class WeightedQuantizer extends TransformedQuantizer {
    private final Scaling scaling;
    private final Quantizer plain;

    /**
     * Makes a quantizer.
     *
     * @param scaling the weights
     * @param inner what encodes the scaled rows, with scaled codewords
     * @param plain the same with codewords that are not scaled, which decodes; null where there are none, as behind a
     *     rotation: then what {@code inner} decodes is scaled back
     * @throws NsvqException if the weights have another dimension
     */
    public WeightedQuantizer(Scaling scaling, Quantizer inner, Quantizer plain) {
        super(scaling, inner);
        NsvqException.unless(
                scaling.inputDimension() == inner.dimension(),
                "dimensionWeights has " + scaling.inputDimension() + " weights, but vectors have " + inner.dimension()
                        + " dimensions: one for each is needed");
        this.scaling = scaling;
        this.plain = plain;
    }

    /** Returns the weights. */
    public Scaling scaling() {
        return scaling;
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        if (plain != null) {
            plain.decode(indices, offset, count, rows, to);
        } else {
            super.decode(indices, offset, count, rows, to);
        }
    }
}
