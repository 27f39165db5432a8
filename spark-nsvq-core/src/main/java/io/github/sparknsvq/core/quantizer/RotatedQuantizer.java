package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.Rotation;

/**
 * Rows turned before another quantizer encodes them and turned back after it has decoded them, so that what they vary
 * in falls evenly on the parts of a {@link ProductQuantizer} (Ge, He, Ke and Sun, Optimized product quantization,
 * TPAMI 2014).
 *
 * <p>Distances and inner products are the same before and after: a query is turned as rows are, and then compared by
 * the tables of the inner quantizer.
 */
public final class RotatedQuantizer extends TransformedQuantizer {
    private final Rotation rotation;

    /**
     * Makes a quantizer.
     *
     * @param rotation what turns rows before they are encoded
     * @param inner what encodes the turned rows
     * @throws NsvqException if the two have different dimensions
     */
    public RotatedQuantizer(Rotation rotation, Quantizer inner) {
        super(rotation, inner);
        NsvqException.unless(
                rotation.dimension() == inner.dimension(),
                "a rotation of dimension " + rotation.dimension() + " cannot turn rows for a quantizer of dimension "
                        + inner.dimension());
        this.rotation = rotation;
    }

    /** Returns what turns rows before they are encoded. */
    public Rotation rotation() {
        return rotation;
    }
}
