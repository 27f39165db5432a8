package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.linalg.VectorMath;

/**
 * Squared errors of codes, codebook by codebook: of a product quantizer the error of each part, which add up; of a
 * sum of codewords the residual after the codewords up to each one, so that the last is the error of the whole
 * code. May be used by several threads at once.
 */
public final class CodeErrors {
    private final Quantizer quantizer;
    private final int codebooks;
    private final int dimension;

    /** Makes the measure for a quantizer's codes. */
    public CodeErrors(Quantizer quantizer) {
        this.quantizer = quantizer;
        this.codebooks = quantizer.codeBits().indices();
        this.dimension = quantizer.dimension();
    }

    /** Returns whether the errors of the codebooks add up to the error of the code. */
    public boolean addUp() {
        Quantizer inner = quantizer instanceof RotatedQuantizer rotated ? rotated.inner() : quantizer;
        return inner instanceof ProductQuantizer;
    }

    /**
     * Measures codes.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts
     * @param count number of rows, 0 or more
     * @param indices the indices of their codes, {@code M} for each row
     * @param from where those of the first row start
     * @param errors receives the squared errors, {@code M} for each row
     * @param to where those of the first row start
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void measure(float[] rows, int offset, int count, int[] indices, int from, float[] errors, int to) {
        Blocks.check("values", rows.length, offset, count, dimension);
        Blocks.check("indices", indices.length, from, count, codebooks);
        Blocks.check("errors", errors.length, to, count, codebooks);
        if (quantizer instanceof RotatedQuantizer rotated) {
            float[] turned = new float[count * dimension];
            rotated.rotation().apply(rows, offset, count, turned, 0);
            new CodeErrors(rotated.inner()).measure(turned, 0, count, indices, from, errors, to);
            return;
        }
        float[] decoded = new float[dimension];
        for (int i = 0; i < count; i++) {
            int row = offset + i * dimension;
            int code = from + i * codebooks;
            int error = to + i * codebooks;
            if (addUp()) {
                quantizer.decode(indices, code, 1, decoded, 0);
                int size = dimension / codebooks;
                for (int m = 0; m < codebooks; m++) {
                    errors[error + m] = VectorMath.squaredDistance(rows, row + m * size, decoded, m * size, size);
                }
            } else {
                for (int m = 0; m < codebooks; m++) {
                    prefix(indices, code, m + 1, decoded);
                    errors[error + m] = VectorMath.squaredDistance(rows, row, decoded, 0, dimension);
                }
            }
        }
    }

    private void prefix(int[] indices, int code, int codebooks, float[] decoded) {
        if (quantizer instanceof SumQuantizer sums) {
            sums.decode(indices, code, 1, codebooks, decoded, 0);
        } else {
            quantizer.decode(indices, code, 1, decoded, 0);
        }
    }
}
