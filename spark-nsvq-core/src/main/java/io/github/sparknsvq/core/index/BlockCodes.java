package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ScanKernel;

/** Reads single codes from the blocks of {@link ScanKernel.BlockSums}, and packs blocks of 8-bit indices. */
final class BlockCodes {
    private static final int NIBBLES = 16;
    private static final int ENTRIES = 256;
    private static final int HALF = ScanKernel.BLOCK;
    private static final int CODES = 2 * HALF;

    private BlockCodes() {}

    /** Adds up the table entries of one code of a block of 4-bit indices. */
    static float nibbles(float[] table, int from, byte[] codes, int block, int code, int parts) {
        int j = code % NIBBLES;
        int at = block + (j < 8 ? 2 * j : 2 * j - 15);
        int bits = code < NIBBLES ? 0 : 4;
        float even = 0;
        float odd = 0;
        int m = 0;
        int t = from;
        for (; m < parts - 1; m += 2, at += 2 * NIBBLES, t += 2 * NIBBLES) {
            even += table[t + (codes[at] >> bits & 15)];
            odd += table[t + NIBBLES + (codes[at + NIBBLES] >> bits & 15)];
        }
        if (m < parts) {
            even += table[t + (codes[at] >> bits & 15)];
        }
        return even + odd;
    }

    /** Where the first index of a code lies in its block of 8-bit indices. */
    static int place(int code) {
        return code < HALF ? 2 * code : 2 * (code - HALF) + 1;
    }

    /**
     * Adds up the table entries of a code of 8-bit indices.
     *
     * @param at where its first index is
     * @param stride how far an index is behind the one before: 1 in a code, 64 in a block
     */
    static float bytes(float[] table, int from, byte[] codes, int at, int stride, int parts) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int m = 0;
        int t = from;
        int c = at;
        for (; m < parts - 3; m += 4, t += 4 * ENTRIES, c += 4 * stride) {
            s0 += table[t + (codes[c] & 0xFF)];
            s1 += table[t + ENTRIES + (codes[c + stride] & 0xFF)];
            s2 += table[t + 2 * ENTRIES + (codes[c + 2 * stride] & 0xFF)];
            s3 += table[t + 3 * ENTRIES + (codes[c + 3 * stride] & 0xFF)];
        }
        for (; m < parts; m++, t += ENTRIES, c += stride) {
            s0 += table[t + (codes[c] & 0xFF)];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /**
     * Packs codes of 8-bit indices into blocks. Places behind the last code keep what they have.
     *
     * @param rows codes, each {@code stride} bytes behind the one before
     * @param count number of codes
     * @param blocks receives the blocks
     * @param to where the first goes
     */
    static void pack(byte[] rows, int stride, int count, int parts, byte[] blocks, int to) {
        for (int i = 0; i < count; i++) {
            int at = to + i / CODES * CODES * parts + place(i % CODES);
            int row = i * stride;
            for (int m = 0; m < parts; m++, at += CODES) {
                blocks[at] = rows[row + m];
            }
        }
    }
}
