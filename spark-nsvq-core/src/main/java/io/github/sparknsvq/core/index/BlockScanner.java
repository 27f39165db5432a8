package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ScanKernel;
import java.util.Arrays;

/**
 * Reads distances from blocks of 4-bit codes: first rounded down to 8 bits, then exactly, of the codes that may be
 * near enough (Andre, Kermarrec and Le Scouarnec, VLDB 2015). No code is lost: the sums in 8 bits are never above the
 * distances, and the threshold allows for the rounding of float sums.
 */
final class BlockScanner extends BatchScanner {
    private static final int ENTRIES = 16;

    /** Where floats are 1/256 apart: added to an entry, it leaves the entry's whole part in bits 8 to 15. */
    private static final float TO_BITS = 1 << 15;

    /** What rounding may add to an entry, and what it may add to the sums in all. */
    private static final double ROUNDED_UP = 0x1p-9;

    private static final double SUMS_ROUNDED_UP = 0.05;

    private final int parts;
    private final boolean roughly;
    private final ScanKernel.BlockSums sums;
    private final short[] low = new short[ScanKernel.BLOCK];
    private final byte[] bytes;
    private final float[] lowest;
    private float[] entries = new float[0];

    /** Sum of the lowest entries; units of 8 bits for each unit of distance; and how much float sums may be off. */
    private double least;

    private float scale;
    private double off;

    /**
     * Makes a scanner.
     *
     * @param roughly whether distances are offered as the sums in 8 bits give them: for what is ranked again
     */
    BlockScanner(QueryTable query, ScanKernel.BlockSums sums, int parts, boolean roughly) {
        super(query);
        this.roughly = roughly;
        this.parts = parts;
        this.sums = sums;
        this.bytes = new byte[parts * ENTRIES];
        this.lowest = new float[parts];
    }

    @Override
    public void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest) {
        if (count > 0 && table.isStale()) {
            entries = table.table();
            roundDown();
        }
        int blocks = (count + ScanKernel.BLOCK - 1) / ScanKernel.BLOCK;
        float threshold = nearest.threshold();
        int bound = bound(threshold);
        int block = sums.next(codes, offset, 0, blocks, bound, low);
        while (block < blocks) {
            int first = block * ScanKernel.BLOCK;
            int n = Math.min(ScanKernel.BLOCK, count - first);
            for (int i = 0; i < n; i++) {
                if (low[i] <= bound) {
                    float distance = roughly && scale > 0
                            ? table.start() + rough(low[i])
                            : table.start() + distance(codes, offset + block * sums.bytes(), i);
                    if (distance <= threshold) {
                        nearest.offer(distance, label + first + i);
                        threshold = nearest.threshold();
                        bound = bound(threshold);
                    }
                }
            }
            block = sums.next(codes, offset, block + 1, blocks, bound, low);
        }
    }

    /** What a sum in 8 bits stands for: entries were rounded down, by half a unit on average. */
    private float rough(int sum) {
        return (float) (least + (sum + parts * 0.5) / scale);
    }

    /** The tables of 4-bit indices are small and quickly made for each list, so that terms would gain nothing. */
    /** Reads the exact sum of one code of a block. */
    private float distance(byte[] codes, int block, int i) {
        int j = i % ENTRIES;
        int at = block + (j < 8 ? 2 * j : 2 * j - 15);
        int bits = i < ENTRIES ? 0 : 4;
        float even = 0;
        float odd = 0;
        int m = 0;
        for (; m < parts - 1; m += 2, at += 2 * ENTRIES) {
            even += entries[m * ENTRIES + (codes[at] >> bits & 15)];
            odd += entries[m * ENTRIES + ENTRIES + (codes[at + ENTRIES] >> bits & 15)];
        }
        if (m < parts) {
            even += entries[m * ENTRIES + (codes[at] >> bits & 15)];
        }
        return even + odd;
    }

    /**
     * Rounds the table down to 8 bits, all parts by the same scale, each from its lowest entry. A table with values
     * that are not finite lets all codes pass.
     */
    private void roundDown() {
        double sum = 0;
        double widest = 0;
        double range = 0;
        double magnitude = 0;
        for (int m = 0; m < parts; m++) {
            float min = entries[m * ENTRIES];
            float max = min;
            for (int k = m * ENTRIES + 1; k < (m + 1) * ENTRIES; k++) {
                float entry = entries[k];
                // comparisons, which are shorter than Math.min; an entry that is NaN becomes 0, and its codes are
                // never
                // near
                min = entry >= min ? min : entry;
                max = entry <= max ? max : entry;
            }
            lowest[m] = min;
            sum += min;
            widest = Math.max(widest, (double) max - min);
            range += (double) max - min;
            magnitude += Math.max(Math.abs(min), Math.abs(max));
        }
        least = sum;
        off = (parts + 2) * 0x1p-23 * magnitude;
        double most = Math.min(255 / widest, (ScanKernel.BlockSums.MOST - 64) / range);
        scale = widest > 0 && range < Float.MAX_VALUE ? (float) Math.min(most, 1e37) : 0;
        if (scale > 0) {
            for (int m = 0; m < parts; m++) {
                roundDown(m);
            }
        } else {
            Arrays.fill(bytes, (byte) 0);
        }
        sums.table(bytes);
    }

    private void roundDown(int m) {
        float min = lowest[m];
        for (int k = m * ENTRIES; k < (m + 1) * ENTRIES; k++) {
            bytes[k] = (byte) (Float.floatToRawIntBits((entries[k] - min) * scale + TO_BITS) >> 8);
        }
    }

    /** The highest sum in 8 bits that a code has whose distance does not exceed a threshold. */
    private int bound(float threshold) {
        double start = table.start();
        double rest = threshold - start - least + off + 0x1p-23 * Math.abs(start) + 0x1p-23 * Math.abs(threshold);
        if (rest < 0) {
            return -1;
        }
        double bound = rest * scale + parts * ROUNDED_UP + SUMS_ROUNDED_UP;
        // NaN or infinity says nothing: all codes may be near enough
        return bound < ScanKernel.BlockSums.MOST && scale > 0 ? (int) bound : ScanKernel.BlockSums.MOST;
    }
}
