package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ScanKernel;

/**
 * Reads distances from blocks of 4-bit codes: first rounded down to 8 bits, then exactly, of the codes that may be
 * near enough (Andre, Kermarrec and Le Scouarnec, VLDB 2015). No code is lost: see {@link RoundedTables}.
 */
final class BlockScanner extends BatchScanner {
    private static final int ENTRIES = 16;

    private static final int[] FIRST = {0};

    private final int parts;
    private final ScanKernel kernel;
    private final ScanKernel.BlockSums sums;
    private final RoundedTables rounded;
    private short[] low = new short[0];
    private int[] places = new int[0];
    private float[] entries = new float[0];

    BlockScanner(QueryTable query, ScanKernel kernel, int parts, QueriesScanner several) {
        super(query, several);
        this.parts = parts;
        this.kernel = kernel;
        this.sums = kernel.nibbleBlocks(parts);
        this.rounded = new RoundedTables(kernel, sums, parts, ENTRIES);
        rounded.makeRoom(1);
    }

    @Override
    public void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest) {
        if (count > 0 && table.isStale()) {
            entries = table.table();
            rounded.round(0, entries, 0);
        }
        int blocks = (count + ScanKernel.BLOCK - 1) / ScanKernel.BLOCK;
        if (low.length < blocks * ScanKernel.BLOCK) {
            low = new short[blocks * ScanKernel.BLOCK];
            places = new int[low.length];
        }
        float threshold = nearest.threshold();
        int bound = rounded.bound(0, table.start(), null, threshold);
        if (bound < 0) {
            return;
        }
        sums.sum(codes, offset, blocks, rounded.bytes(), FIRST, 0, 1, low, 0);
        int found = kernel.low(low, 0, count, bound, places);
        for (int f = 0; f < found; f++) {
            int i = places[f];
            if (low[i] <= bound) {
                int block = offset + i / ScanKernel.BLOCK * sums.bytes();
                float distance =
                        table.start() + BlockCodes.nibbles(entries, 0, codes, block, i % ScanKernel.BLOCK, parts);
                if (distance <= threshold) {
                    nearest.offer(distance, label + i);
                    threshold = nearest.threshold();
                    bound = rounded.bound(0, table.start(), null, threshold);
                }
            }
        }
    }
}
