package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.quantizer.CodeBits;

/**
 * How a code lies in lists and files of FAISS: its bits as {@link CodeBits} packs them, then those of a norm, in the
 * same little-endian stream of bits, and zeros up to the next whole byte.
 *
 * @param codeBits the code alone
 * @param normBits bits of the norm, 0 to 32
 */
public record CodeForm(CodeBits codeBits, int normBits) {

    /** Returns the bytes of a code with its norm. */
    public int size() {
        return (int) (((long) codeBits.bits() + normBits + 7) / 8);
    }

    /**
     * Puts float32 norms behind codes; {@link #normBits} is 32.
     *
     * @param codes packed codes
     * @param offset where the first starts
     * @param norms the norm of each
     * @param count number of codes, 0 or more
     * @param target receives codes with norms, {@link #size} bytes each
     * @param to where the first goes
     */
    public void join(byte[] codes, int offset, float[] norms, int count, byte[] target, int to) {
        int used = codeBits.bits() / 8;
        int shift = codeBits.bits() % 8;
        int size = size();
        for (int i = 0; i < count; i++) {
            int from = offset + i * codeBits.codeSize();
            int at = to + i * size;
            int end = at + size;
            System.arraycopy(codes, from, target, at, used);
            long tail = Integer.toUnsignedLong(Float.floatToRawIntBits(norms[i])) << shift;
            if (shift > 0) {
                tail |= codes[from + used] & ((1 << shift) - 1);
            }
            for (at += used; at < end; at++) {
                target[at] = (byte) tail;
                tail >>>= 8;
            }
        }
    }

    /**
     * Takes the codes alone, with zeros in what fills their last bytes.
     *
     * @param source codes with norms
     * @param offset where the first starts
     * @param count number of codes, 0 or more
     * @param codes receives packed codes
     * @param to where the first goes
     */
    public void strip(byte[] source, int offset, int count, byte[] codes, int to) {
        int codeSize = codeBits.codeSize();
        int size = size();
        int mask = 0xFF >>> (8 * codeSize - codeBits.bits());
        for (int i = 0; i < count; i++) {
            int at = to + i * codeSize;
            System.arraycopy(source, offset + i * size, codes, at, codeSize);
            codes[at + codeSize - 1] &= (byte) mask;
        }
    }

    /**
     * Takes the bits of a norm alone.
     *
     * @param source a code with its norm
     * @param offset where it starts
     * @return the norm's {@link #normBits} bits, zeros above them
     */
    public int normBits(byte[] source, int offset) {
        int shift = codeBits.bits() % 8;
        int from = offset + codeBits.bits() / 8;
        long bits = 0;
        for (int at = offset + size() - 1; at >= from; at--) {
            bits = (bits << 8) | (source[at] & 0xFF);
        }
        return (int) ((bits >>> shift) & ((1L << normBits) - 1));
    }
}
