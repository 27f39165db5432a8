package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;

/** Bounds of blocks, checked once per call so that loops need not. */
final class Blocks {
    /**
     * Rows that go through a quantizer at a time, unless a search wants more: a multiple of the kernels' tiles, and
     * small enough for a cache.
     */
    static final int ROWS = 960;

    private Blocks() {}

    /**
     * Checks that {@code count} rows of {@code size} values lie in an array from {@code offset}.
     *
     * @throws IndexOutOfBoundsException if they do not
     */
    static void check(String what, int length, int offset, int count, int size) {
        if (offset < 0 || count < 0 || offset + (long) count * size > length) {
            throw new IndexOutOfBoundsException(
                    count + " x " + size + " " + what + " from " + offset + " do not lie in an array of " + length);
        }
    }

    /**
     * Returns the length of an array that is to hold {@code count} times {@code size} values.
     *
     * @throws NsvqException if there is no such array
     */
    static int length(int count, int size) {
        long length = (long) count * size;
        if (length > Integer.MAX_VALUE - 8) {
            throw new NsvqException(count + " x " + size + " values do not fit one array: take fewer rows at a time");
        }
        return (int) length;
    }

    /**
     * Checks an index read from a code.
     *
     * @throws NsvqException if the codebook has no such codeword
     */
    static void checkIndex(int index, int codewords, int codebook) {
        if (index < 0 || index >= codewords) {
            throw new NsvqException("a code holds index " + index + " of codebook " + codebook + ", which has "
                    + codewords + " codewords");
        }
    }
}
