package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.linalg.VectorMath;
import io.github.sparknsvq.core.quantizer.Quantizer;

/**
 * Each code followed by the squared norm of what its quantizer decodes it to, as float32, in the same stream of bits:
 * what FAISS calls {@code norm_float}. Where codes are of residuals, so is the norm.
 *
 * <p>Formats are equal if their codes lie alike, whatever the codebooks.
 */
public final class NormFormat implements ListFormat {
    /** Values of the rows that are decoded at a time, for their norms. */
    private static final int BLOCK = 1 << 16;

    private final Quantizer quantizer;
    private final CodeForm form;

    /**
     * Makes the format of a quantizer's codes.
     *
     * @param quantizer decodes the codes; mostly a {@link io.github.sparknsvq.core.quantizer.SumQuantizer}
     */
    public NormFormat(Quantizer quantizer) {
        this.quantizer = quantizer;
        this.form = new CodeForm(quantizer.codeBits(), Float.SIZE);
    }

    /** Returns how a code and its norm lie; {@code form().size()} is the distance of a code from the next. */
    public CodeForm form() {
        return form;
    }

    @Override
    public int group() {
        return 1;
    }

    @Override
    public long bytes(int count) {
        return (long) count * form.size();
    }

    /**
     * {@inheritDoc}
     *
     * @throws io.github.sparknsvq.core.NsvqException if a code holds an index that no codeword has
     */
    @Override
    public void pack(byte[] codes, int offset, int count, byte[] target, int to) {
        int d = quantizer.dimension();
        int size = quantizer.codeSize();
        int block = Math.min(count, Math.max(1, BLOCK / d));
        float[] rows = new float[block * d];
        float[] norms = new float[block];
        for (int from = 0; from < count; from += block) {
            int n = Math.min(block, count - from);
            quantizer.decode(codes, offset + from * size, n, rows, 0);
            for (int i = 0; i < n; i++) {
                norms[i] = (float) VectorMath.squaredNorm(rows, i * d, d);
            }
            form.join(codes, offset + from * size, norms, n, target, to + from * form.size());
        }
    }

    @Override
    public void unpack(byte[] source, int offset, int count, byte[] codes, int to) {
        form.strip(source, offset, count, codes, to);
    }

    /**
     * Reads the norms of codes.
     *
     * @param source codes in this format
     * @param offset where the first starts
     * @param count number of codes, 0 or more
     * @param norms receives the squared norms
     * @param to where the first goes
     */
    public void norms(byte[] source, int offset, int count, float[] norms, int to) {
        for (int i = 0; i < count; i++) {
            norms[to + i] = Float.intBitsToFloat(form.normBits(source, offset + i * form.size()));
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NormFormat that && form.equals(that.form);
    }

    @Override
    public int hashCode() {
        return form.hashCode();
    }

    @Override
    public String toString() {
        return "NormFormat[" + form.codeBits() + "]";
    }
}
