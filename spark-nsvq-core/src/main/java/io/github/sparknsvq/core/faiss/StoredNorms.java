package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.CodeForm;
import io.github.sparknsvq.core.index.NormFormat;

/**
 * Brings codes with other norms, or none, into {@link NormFormat}. Norms of 8 or 4 bits become what faiss takes them
 * for; where there are none, codes are decoded to compute them, each time they are read.
 *
 * @param form how a code and its norm lie in the file
 * @param format how they should lie
 * @param leftOut whether faiss leaves norms out of distances
 * @param least what the lowest norm stands for
 * @param greatest what lies beyond the highest
 */
record StoredNorms(CodeForm form, NormFormat format, boolean leftOut, float least, float greatest) {

    /** Brings codes as the file has them into the format. */
    void convert(byte[] stored, int count, byte[] target) {
        if (form.normBits() == 0) {
            format.pack(stored, 0, count, target, 0);
            return;
        }
        byte[] codes = new byte[count * form.codeBits().codeSize()];
        form.strip(stored, 0, count, codes, 0);
        float[] norms = new float[count];
        double step = ((double) greatest - least) / (1 << form.normBits());
        for (int i = 0; i < count; i++) {
            norms[i] = (float) (least + (form.normBits(stored, i * form.size()) + 0.5) * step);
        }
        format.form().join(codes, 0, norms, count, target, 0);
    }
}
