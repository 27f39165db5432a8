package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.BlockFormat;
import java.io.IOException;

/**
 * Codes of 4 bits in blocks of a multiple of 32. They lie like blocks of 32, but pair by pair of parts: first the 32
 * bytes of the first pair of each 32 codes, then those of the second.
 *
 * @param format blocks of 32, in which they are read
 * @param group codes of a block
 */
record WideBlocks(BlockFormat format, int group) {
    private static final int PAIR_BYTES = BlockFormat.GROUP;

    /** Parses the number of codes of a block. */
    static int parseGroup(FaissInput in) throws IOException {
        long at = in.position();
        int group = in.int32("the codes of a block");
        in.check(
                group > 0 && group % BlockFormat.GROUP == 0,
                at,
                "a block has " + group + " codes, it should have a multiple of " + BlockFormat.GROUP);
        return group;
    }

    /** Refuses blocks that are too large for an array. */
    static void checkSize(FaissInput in, BlockFormat format, int group) {
        in.checkSupported(
                (long) group / BlockFormat.GROUP * format.blockBytes() <= Integer.MAX_VALUE - 8,
                "blocks of " + group + " codes of " + format.parts() + " parts",
                "what fits one array");
    }

    /** The bytes of a block. */
    int bytes() {
        return group / BlockFormat.GROUP * format.blockBytes();
    }

    /**
     * Copies codes as blocks of 32.
     *
     * @param file where they are
     * @param start where the first block starts
     * @param from first code, a multiple of 32
     * @param count number of codes
     * @param codes receives {@code format.bytes(count)} bytes
     */
    void read(MappedFile file, long start, int from, int count, byte[] codes) {
        int pairs = format.blockBytes() / PAIR_BYTES;
        int most = group / BlockFormat.GROUP;
        int first = from / BlockFormat.GROUP;
        int end = first + (int) (format.bytes(count) / format.blockBytes());
        byte[] column = new byte[Math.min(most, end - first) * PAIR_BYTES];
        int n;
        for (int block = first; block < end; block += n) {
            int inside = block % most;
            n = Math.min(most - inside, end - block);
            long at = start + (long) (block / most) * bytes();
            for (int pair = 0; pair < pairs; pair++) {
                file.read(at + ((long) pair * most + inside) * PAIR_BYTES, column, 0, n * PAIR_BYTES);
                for (int i = 0; i < n; i++) {
                    int to = ((block - first + i) * pairs + pair) * PAIR_BYTES;
                    System.arraycopy(column, i * PAIR_BYTES, codes, to, PAIR_BYTES);
                }
            }
        }
    }
}
