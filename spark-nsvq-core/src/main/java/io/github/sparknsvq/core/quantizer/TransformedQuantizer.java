package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.linalg.VectorTransform;

/** A quantizer behind a transform of rows that keeps their dimension and can be undone. */
abstract class TransformedQuantizer implements Quantizer {
    private final VectorTransform transform;
    private final Quantizer inner;

    TransformedQuantizer(VectorTransform transform, Quantizer inner) {
        this.transform = transform;
        this.inner = inner;
    }

    /** Returns what encodes the transformed rows. */
    public final Quantizer inner() {
        return inner;
    }

    @Override
    public final int dimension() {
        return inner.dimension();
    }

    @Override
    public final CodeBits codeBits() {
        return inner.codeBits();
    }

    @Override
    public final int rowsPerCall() {
        return inner.rowsPerCall();
    }

    @Override
    public final void encode(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Blocks.check("indices", indices.length, to, count, codeBits().indices());
        int chunk = Math.min(count, rowsPerCall());
        float[] transformed = new float[chunk * dimension()];
        for (int from = 0; from < count; from += chunk) {
            int n = Math.min(chunk, count - from);
            transform.apply(rows, offset + from * dimension(), n, transformed, 0);
            inner.encode(transformed, 0, n, indices, to + from * codeBits().indices());
        }
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        inner.decode(indices, offset, count, rows, to);
        transform.reverse(rows, to, count, rows, to);
    }
}
