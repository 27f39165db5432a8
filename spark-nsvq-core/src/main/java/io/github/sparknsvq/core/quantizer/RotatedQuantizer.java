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
public final class RotatedQuantizer implements Quantizer {
    private final Rotation rotation;
    private final Quantizer inner;

    /**
     * Makes a quantizer.
     *
     * @param rotation what turns rows before they are encoded
     * @param inner what encodes the turned rows
     * @throws NsvqException if the two have different dimensions
     */
    public RotatedQuantizer(Rotation rotation, Quantizer inner) {
        NsvqException.unless(
                rotation.dimension() == inner.dimension(),
                "a rotation of dimension " + rotation.dimension() + " cannot turn rows for a quantizer of dimension "
                        + inner.dimension());
        this.rotation = rotation;
        this.inner = inner;
    }

    /** Returns what turns rows before they are encoded. */
    public Rotation rotation() {
        return rotation;
    }

    /** Returns what encodes the turned rows. */
    public Quantizer inner() {
        return inner;
    }

    @Override
    public int dimension() {
        return inner.dimension();
    }

    @Override
    public CodeBits codeBits() {
        return inner.codeBits();
    }

    @Override
    public int rowsPerCall() {
        return inner.rowsPerCall();
    }

    @Override
    public void encode(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Blocks.check("indices", indices.length, to, count, codeBits().indices());
        int chunk = Math.min(count, rowsPerCall());
        float[] turned = new float[chunk * dimension()];
        for (int from = 0; from < count; from += chunk) {
            int n = Math.min(chunk, count - from);
            rotation.apply(rows, offset + from * dimension(), n, turned, 0);
            inner.encode(turned, 0, n, indices, to + from * codeBits().indices());
        }
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        inner.decode(indices, offset, count, rows, to);
        rotation.reverse(rows, to, count, rows, to);
    }
}
