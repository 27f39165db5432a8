package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;

/**
 * How the codeword indices of one row lie in its code: one little-endian stream of bits, the first index first, each
 * from its lowest bit up, and zeros up to the next whole byte. FAISS packs the codes of its product and additive
 * quantizers in the same way, so that codes can be exchanged as they are.
 *
 * <p>An instance does not change and may be used by several threads at once.
 */
public final class CodeBits {
    /** The most bits that an index may take. */
    public static final int MOST_BITS = 24;

    private final int[] widths;
    private final int bits;
    private final int codeSize;
    private final boolean wholeBytes;

    /**
     * Makes a layout from the widths of its indices.
     *
     * @param widths bits of each index, each in [1, {@value #MOST_BITS}]; at least one
     * @throws NsvqException if there is no index or a width is out of range
     */
    public CodeBits(int... widths) {
        NsvqException.unless(widths.length > 0, "a code needs at least one index");
        long sum = 0;
        for (int width : widths) {
            NsvqException.unless(
                    width >= 1 && width <= MOST_BITS,
                    "an index of a code takes 1 to " + MOST_BITS + " bits, not " + width);
            sum += width;
        }
        NsvqException.unless(sum <= Integer.MAX_VALUE - 7, "a code of " + sum + " bits is too long");
        this.widths = widths.clone();
        this.bits = (int) sum;
        this.codeSize = (bits + 7) / 8;
        this.wholeBytes = Arrays.stream(widths).allMatch(width -> width == 8);
    }

    /**
     * Makes a layout of indices that are all as wide.
     *
     * @param indices number of indices, at least 1
     * @param width bits of each, in [1, {@value #MOST_BITS}]
     * @throws NsvqException if a number is out of range
     */
    public static CodeBits uniform(int indices, int width) {
        int[] widths = new int[Math.max(0, indices)];
        Arrays.fill(widths, width);
        return new CodeBits(widths);
    }

    /** Returns the bits that the index of one of {@code codewords} codewords takes, at least 1. */
    public static int widthFor(int codewords) {
        return Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(codewords - 1));
    }

    /** Returns the number of indices in a code. */
    public int indices() {
        return widths.length;
    }

    /** Returns the bits of an index. */
    public int width(int index) {
        return widths[index];
    }

    /** Returns the bits of a code, without those that fill its last byte. */
    public int bits() {
        return bits;
    }

    /** Returns the bytes of a code. */
    public int codeSize() {
        return codeSize;
    }

    /** Returns whether every index takes one byte: then a code needs no unpacking. */
    public boolean wholeBytes() {
        return wholeBytes;
    }

    /**
     * Returns the layout of codes that end after the first indices.
     *
     * @throws NsvqException if there are not so many indices, or none
     */
    public CodeBits prefix(int indices) {
        NsvqException.unless(
                indices >= 1 && indices <= widths.length,
                "a code of " + widths.length + " indices has no prefix of " + indices);
        return new CodeBits(Arrays.copyOf(widths, indices));
    }

    /**
     * Packs the indices of rows.
     *
     * @param indices the indices, {@link #indices()} for each row
     * @param from where those of the first row start
     * @param count number of rows, 0 or more
     * @param codes receives the codes, {@link #codeSize()} bytes for each row
     * @param to where the first code starts
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws IllegalArgumentException if an index does not fit its bits
     */
    public void pack(int[] indices, int from, int count, byte[] codes, int to) {
        Blocks.check("indices", indices.length, from, count, widths.length);
        Blocks.check("bytes of codes", codes.length, to, count, codeSize);
        int in = from;
        int out = to;
        for (int i = 0; i < count; i++) {
            long buffer = 0;
            int held = 0;
            for (int width : widths) {
                int index = indices[in++];
                if (index >>> width != 0) {
                    throw new IllegalArgumentException("index " + index + " does not fit " + width + " bits");
                }
                buffer |= (long) index << held;
                held += width;
                for (; held >= 8; held -= 8) {
                    codes[out++] = (byte) buffer;
                    buffer >>>= 8;
                }
            }
            if (held > 0) {
                codes[out++] = (byte) buffer;
            }
        }
    }

    /**
     * Unpacks the indices of rows. What fills the last byte of a code is not looked at.
     *
     * @param codes the codes, {@link #codeSize()} bytes for each row
     * @param from where the first code starts
     * @param count number of rows, 0 or more
     * @param indices receives the indices, {@link #indices()} for each row
     * @param to where those of the first row start
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void unpack(byte[] codes, int from, int count, int[] indices, int to) {
        Blocks.check("bytes of codes", codes.length, from, count, codeSize);
        Blocks.check("indices", indices.length, to, count, widths.length);
        int in = from;
        int out = to;
        for (int i = 0; i < count; i++) {
            long buffer = 0;
            int held = 0;
            for (int width : widths) {
                for (; held < width; held += 8) {
                    buffer |= (codes[in++] & 0xFFL) << held;
                }
                indices[out++] = (int) (buffer & ((1L << width) - 1));
                buffer >>>= width;
                held -= width;
            }
        }
    }

    /**
     * Checks that bytes hold so many codes and nothing else.
     *
     * @throws NsvqException if they do not
     */
    public void checkLength(byte[] codes, int count) {
        if (codes.length != (long) count * codeSize) {
            throw new NsvqException(
                    count == 1
                            ? "a code of " + codes.length + " bytes cannot be decoded: codes of this quantizer have "
                                    + codeSize
                            : codes.length + " bytes cannot be " + count + " codes of " + codeSize + " bytes each");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CodeBits that && Arrays.equals(widths, that.widths);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(widths);
    }

    @Override
    public String toString() {
        return "CodeBits" + Arrays.toString(widths);
    }
}
