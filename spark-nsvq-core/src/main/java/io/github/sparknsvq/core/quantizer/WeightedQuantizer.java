package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.Scaling;

/**
 * Rows that are compared with codewords by a weighted distance, {@code ||w . (x - c)||}: they are scaled by the
 * weights before another quantizer, of scaled codewords, encodes them. Codes stand for rows in the rows' own units.
 */
public final class WeightedQuantizer implements Quantizer {
    private final Scaling scaling;
    private final Quantizer inner;
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
        NsvqException.unless(
                scaling.inputDimension() == inner.dimension(),
                "dimensionWeights has " + scaling.inputDimension() + " weights, but vectors have " + inner.dimension()
                        + " dimensions: one for each is needed");
        this.scaling = scaling;
        this.inner = inner;
        this.plain = plain;
    }

    /** Returns the weights. */
    public Scaling scaling() {
        return scaling;
    }

    /** Returns what encodes the scaled rows. */
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
        float[] scaled = new float[chunk * dimension()];
        for (int from = 0; from < count; from += chunk) {
            int n = Math.min(chunk, count - from);
            scaling.apply(rows, offset + from * dimension(), n, scaled, 0);
            inner.encode(scaled, 0, n, indices, to + from * codeBits().indices());
        }
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        if (plain != null) {
            plain.decode(indices, offset, count, rows, to);
        } else {
            inner.decode(indices, offset, count, rows, to);
            scaling.reverse(rows, to, count, rows, to);
        }
    }
}
