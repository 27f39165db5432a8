package io.github.sparknsvq.core.index;

import java.util.Arrays;

/**
 * Codes of 4-bit product quantizers in blocks of 32, for SIMD lookups: the "fast scan" blocks of FAISS (Andre,
 * Kermarrec and Le Scouarnec, Cache locality is not enough, VLDB 2015).
 *
 * <p>A block holds 32 bytes for each pair of parts. Of these, byte {@code j < 16} has the first part's index of code
 * {@code P[j]} in its low and of code {@code P[j] + 16} in its high bits, {@code P = 0, 8, 1, 9, ..., 7, 15}; bytes
 * from 16 on are the same for the second part. An odd last part has a partner of zeros, and so have the places after
 * the last code.
 *
 * @param parts number of parts {@code M} of the quantizer, at least 1
 */
public record BlockFormat(int parts) implements ListFormat {
    /** Codes of a block. */
    public static final int GROUP = 32;

    private static final int HALF = GROUP / 2;

    /** Returns the bytes of a block. */
    public int blockBytes() {
        return GROUP * codeSize();
    }

    /** Bytes of a packed code; each holds the indices of a pair of parts, the first in its low bits. */
    private int codeSize() {
        return (parts + 1) / 2;
    }

    @Override
    public int group() {
        return GROUP;
    }

    @Override
    public long bytes(int count) {
        return ((long) count + GROUP - 1) / GROUP * blockBytes();
    }

    @Override
    public void pack(byte[] codes, int offset, int count, byte[] target, int to) {
        int size = codeSize();
        byte[] column = new byte[GROUP];
        for (int from = 0, at = to; from < count; from += GROUP) {
            int n = Math.min(GROUP, count - from);
            for (int pair = 0; pair < size; pair++, at += GROUP) {
                int mask = 2 * pair + 1 < parts ? 0xFF : 0x0F;
                Arrays.fill(column, (byte) 0);
                for (int i = 0; i < n; i++) {
                    column[i] = (byte) (codes[offset + (from + i) * size + pair] & mask);
                }
                packColumn(column, target, at);
            }
        }
    }

    private static void packColumn(byte[] column, byte[] target, int at) {
        for (int j = 0; j < HALF; j++) {
            int low = column[place(j)];
            int high = column[place(j) + HALF];
            target[at + j] = (byte) ((low & 0x0F) | (high << 4));
            target[at + HALF + j] = (byte) (((low >>> 4) & 0x0F) | (high & 0xF0));
        }
    }

    /** The code whose index is byte {@code j}'s low one. */
    private static int place(int j) {
        return j / 2 + j % 2 * (HALF / 2);
    }

    @Override
    public void unpack(byte[] source, int offset, int count, byte[] codes, int to) {
        int size = codeSize();
        byte[] column = new byte[GROUP];
        for (int from = 0, at = offset; from < count; from += GROUP) {
            int n = Math.min(GROUP, count - from);
            for (int pair = 0; pair < size; pair++, at += GROUP) {
                int mask = 2 * pair + 1 < parts ? 0xFF : 0x0F;
                unpackColumn(source, at, column);
                for (int i = 0; i < n; i++) {
                    codes[to + (from + i) * size + pair] = (byte) (column[i] & mask);
                }
            }
        }
    }

    private static void unpackColumn(byte[] source, int at, byte[] column) {
        for (int j = 0; j < HALF; j++) {
            int first = source[at + j];
            int second = source[at + HALF + j];
            column[place(j)] = (byte) ((first & 0x0F) | (second << 4));
            column[place(j) + HALF] = (byte) (((first >>> 4) & 0x0F) | (second & 0xF0));
        }
    }
}
