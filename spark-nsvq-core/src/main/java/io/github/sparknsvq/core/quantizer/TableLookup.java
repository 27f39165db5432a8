package io.github.sparknsvq.core.quantizer;

/**
 * Sums of table entries that codes select, one entry of each codebook: what a distance costs once a query's table is
 * there.
 */
final class TableLookup {
    private final CodeBits codeBits;

    /** Where the entries of each codebook start, and last where they end. */
    private final int[] starts;

    /** Whether every index that its bits can hold has an entry, so that indices need no check. */
    private final boolean full;

    TableLookup(CodeBits codeBits, int[] starts) {
        this.codeBits = codeBits;
        this.starts = starts;
        boolean all = true;
        for (int m = 0; m < codeBits.indices(); m++) {
            all &= starts[m + 1] - starts[m] == 1 << codeBits.width(m);
        }
        this.full = all;
    }

    /** Writes to {@code sums}, from {@code to}, the sum of each of {@code count} codes. */
    void sum(float[] table, byte[] codes, int offset, int count, float[] sums, int to) {
        int length = starts[codeBits.indices()];
        if (table.length < length) {
            throw new IndexOutOfBoundsException("a table of " + table.length + " values is not one of " + length);
        }
        Blocks.check("bytes of codes", codes.length, offset, count, codeBits.codeSize());
        Blocks.check("sums", sums.length, to, count, 1);
        if (full && codeBits.wholeBytes()) {
            sumBytes(table, codes, offset, count, sums, to);
            return;
        }
        int m = codeBits.indices();
        int[] indices = new int[Math.min(count, Blocks.ROWS) * m];
        for (int from = 0; from < count; from += Blocks.ROWS) {
            int n = Math.min(Blocks.ROWS, count - from);
            codeBits.unpack(codes, offset + from * codeBits.codeSize(), n, indices, 0);
            if (!full) {
                check(indices, n);
            }
            for (int i = 0; i < n; i++) {
                float sum = 0;
                for (int j = 0; j < m; j++) {
                    sum += table[starts[j] + indices[i * m + j]];
                }
                sums[to + from + i] = sum;
            }
        }
    }

    private void sumBytes(float[] table, byte[] codes, int offset, int count, float[] sums, int to) {
        int m = codeBits.indices();
        for (int i = 0, at = offset; i < count; i++) {
            float sum = 0;
            for (int start = 0; start < m << 8; start += 1 << 8) {
                sum += table[start + (codes[at++] & 0xFF)];
            }
            sums[to + i] = sum;
        }
    }

    private void check(int[] indices, int rows) {
        int m = codeBits.indices();
        for (int i = 0; i < rows * m; i++) {
            Blocks.checkIndex(indices[i], starts[i % m + 1] - starts[i % m], i % m);
        }
    }
}
