package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.quantizer.CodeBits;

/** Sums over codes of indices of any widths. */
final class AnySums implements TableScanner.CodeSums {
    private final CodeBits codeBits;
    private final int[] starts;
    private final int stride;
    private final int[] indices;
    private float[] table = new float[0];

    AnySums(CodeBits codeBits, int[] starts, int stride) {
        this.codeBits = codeBits;
        this.starts = starts;
        this.stride = stride;
        this.indices = new int[codeBits.indices()];
    }

    @Override
    public void table(float[] next) {
        table = next;
    }

    @Override
    public void sum(byte[] codes, int offset, int count, float start, float[] sums) {
        for (int i = 0; i < count; i++) {
            codeBits.unpack(codes, offset + i * stride, 1, indices, 0);
            float sum = 0;
            for (int m = 0; m < indices.length; m++) {
                int entry = starts[m] + indices[m];
                if (entry >= starts[m + 1]) {
                    throw new NsvqException("a code holds index " + indices[m] + " of codebook " + m + ", which has "
                            + (starts[m + 1] - starts[m]) + " codewords");
                }
                sum += table[entry];
            }
            sums[i] = start + sum;
        }
    }
}
