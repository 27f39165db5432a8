package io.github.sparknsvq.core.io.faiss;

import io.github.sparknsvq.core.quantizer.CodeBits;

/**
 * How a code lies in a file: its bits as {@link CodeBits} packs them, then those of a norm, in the same little-endian
 * stream of bits.
 *
 * @param codeBits the code alone
 * @param normBits bits of the norm, 0 to 32
 */
record CodeForm(CodeBits codeBits, int normBits) {
    /** Bytes of a code in the file. */
    int size() {
        return (int) (((long) codeBits.bits() + normBits + 7) / 8);
    }

    /** Puts float32 norms behind codes; {@link #normBits} is 32. */
    void join(byte[] codes, int offset, float[] norms, int count, byte[] target) {
        int used = codeBits.bits() / 8;
        int shift = codeBits.bits() % 8;
        for (int i = 0; i < count; i++) {
            int from = offset + i * codeBits.codeSize();
            int to = i * size();
            System.arraycopy(codes, from, target, to, used);
            long tail = Integer.toUnsignedLong(Float.floatToRawIntBits(norms[i])) << shift;
            if (shift > 0) {
                tail |= codes[from + used] & ((1 << shift) - 1);
            }
            for (int at = to + used; at < to + size(); at++) {
                target[at] = (byte) tail;
                tail >>>= 8;
            }
        }
    }

    /** Takes the codes alone, with zeros in what fills their last bytes. */
    void strip(byte[] source, int count, byte[] codes, int to) {
        int codeSize = codeBits.codeSize();
        int mask = 0xFF >>> (8 * codeSize - codeBits.bits());
        for (int i = 0; i < count; i++) {
            int at = to + i * codeSize;
            System.arraycopy(source, i * size(), codes, at, codeSize);
            codes[at + codeSize - 1] &= (byte) mask;
        }
    }
}
