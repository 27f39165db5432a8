package io.github.sparknsvq.core.index;

/** Sums over codes of 4-bit indices, two of them in a byte, by a table of the sums of all pairs. */
final class NibblePairSums implements TableScanner.CodeSums {
    private static final int ENTRIES = 16;

    private final int parts;
    private final ByteSums sums;
    private final float[] pairs;

    NibblePairSums(int parts, int stride) {
        this.parts = parts;
        this.sums = new ByteSums((parts + 1) / 2, stride);
        this.pairs = new float[(parts + 1) / 2 * ENTRIES * ENTRIES];
        sums.table(pairs);
    }

    @Override
    public void table(float[] table) {
        int to = 0;
        for (int first = 0; first < parts * ENTRIES; first += 2 * ENTRIES) {
            for (int high = 0; high < ENTRIES; high++, to += ENTRIES) {
                // an odd last part has no partner
                float second = first + ENTRIES < parts * ENTRIES ? table[first + ENTRIES + high] : 0;
                for (int low = 0; low < ENTRIES; low++) {
                    pairs[to + low] = table[first + low] + second;
                }
            }
        }
    }

    @Override
    public void sum(byte[] codes, int offset, int count, float start, float[] out) {
        sums.sum(codes, offset, count, start, out);
    }
}
