package io.github.sparknsvq.core.index;

/** Sums over codes of whole bytes, each with 256 entries. */
final class ByteSums implements TableScanner.CodeSums {
    private static final int ENTRIES = 256;

    private final int parts;
    private final int stride;
    private float[] table;

    ByteSums(int parts, int stride) {
        this.parts = parts;
        this.stride = stride;
        this.table = new float[parts * ENTRIES];
    }

    @Override
    public void table(float[] next) {
        table = next;
    }

    @Override
    public void sum(byte[] codes, int offset, int count, float start, float[] sums) {
        for (int i = 0, at = offset; i < count; i++, at += stride) {
            sums[i] = start + sum(table, codes, at, parts);
        }
    }

    /** Four sums, because one would wait for itself. */
    private static float sum(float[] table, byte[] codes, int at, int parts) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int m = 0;
        int t = 0;
        for (; m < parts - 3; m += 4, t += 4 * ENTRIES) {
            s0 += table[t + (codes[at + m] & 0xFF)];
            s1 += table[t + ENTRIES + (codes[at + m + 1] & 0xFF)];
            s2 += table[t + 2 * ENTRIES + (codes[at + m + 2] & 0xFF)];
            s3 += table[t + 3 * ENTRIES + (codes[at + m + 3] & 0xFF)];
        }
        for (; m < parts; m++, t += ENTRIES) {
            s0 += table[t + (codes[at + m] & 0xFF)];
        }
        return (s0 + s1) + (s2 + s3);
    }
}
