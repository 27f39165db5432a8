package io.github.sparknsvq.core.kernel;

/** Sums over blocks of codes that read index by index: slow and simple. */
final class PlainBlockSums implements ScanKernel.BlockSums {
    private static final int HALF = ScanKernel.BLOCK / 2;

    private final int parts;
    private final int entries;

    /**
     * Makes sums.
     *
     * @param parts number of indices of a code
     * @param entries that each index chooses from, 16 or 256
     */
    PlainBlockSums(int parts, int entries) {
        this.parts = parts;
        this.entries = entries;
    }

    @Override
    public int codes() {
        return entries == 16 ? ScanKernel.BLOCK : 2 * ScanKernel.BLOCK;
    }

    @Override
    public int bytes() {
        return entries == 16 ? HALF * (parts + parts % 2) : 2 * ScanKernel.BLOCK * parts;
    }

    @Override
    public int tableBytes() {
        return parts * entries;
    }

    @Override
    public void sum(
            byte[] codes,
            int offset,
            int blocks,
            byte[] tables,
            int[] queries,
            int from,
            int count,
            short[] sums,
            int stride) {
        for (int q = 0; q < count; q++) {
            int table = queries[from + q] * tableBytes();
            for (int i = 0; i < blocks * codes(); i++) {
                int sum = 0;
                for (int m = 0; m < parts; m++) {
                    int index = index(codes, offset + i / codes() * bytes(), m, i % codes());
                    sum += tables[table + m * entries + index] & 0xFF;
                }
                sums[q * stride + i] = (short) sum;
            }
        }
    }

    private int index(byte[] codes, int block, int m, int i) {
        if (entries != 16) {
            return codes[block + 2 * ScanKernel.BLOCK * m + i % ScanKernel.BLOCK * 2 + i / ScanKernel.BLOCK] & 0xFF;
        }
        int j = i % HALF;
        int both = codes[block + HALF * m + (j < 8 ? 2 * j : 2 * j - 15)];
        return i < HALF ? both & 15 : both >> 4 & 15;
    }
}
