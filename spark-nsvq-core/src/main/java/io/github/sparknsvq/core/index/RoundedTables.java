package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ScanKernel;
import java.util.Arrays;

/**
 * Tables of several queries rounded down to 8 bits, each by a scale of its own and its parts from their lowest
 * entries. A code's sum of bytes, in units of the scale, is never above its distance, so that none that is near
 * enough is lost; and thresholds allow for the rounding of float sums. For one thread.
 */
final class RoundedTables {
    /** What sums may reach at most; the rest of 16 bits is for terms. */
    private static final double ROOM = 24_000;

    /** What rounding may add to an entry, and what it may add to the sums in all. */
    private static final double ROUNDED_UP = 0x1p-9;

    private static final double SUMS_ROUNDED_UP = 0.05;

    /** How much a term may be rounded up. */
    private static final double TERM_ROUNDED_UP = 0.5;

    private final ScanKernel kernel;
    private final int parts;
    private final int entries;
    private final int tableBytes;
    private final float[] lowest;
    private final float[] highest;
    private byte[] bytes = new byte[0];

    /** Of each query: units of 8 bits for each unit of distance, 0 where the table cannot be rounded. */
    private float[] scale = new float[0];

    /** Of each query: the sum of the lowest entries, of the largest magnitudes, and the highest sum of bytes. */
    private double[] least = new double[0];

    private double[] magnitude = new double[0];
    private int[] most = new int[0];

    RoundedTables(ScanKernel kernel, ScanKernel.BlockSums sums, int parts, int entries) {
        this.kernel = kernel;
        this.parts = parts;
        this.entries = entries;
        this.tableBytes = sums.tableBytes();
        this.lowest = new float[parts];
        this.highest = new float[parts];
    }

    /** Makes room for tables; what is there is lost. */
    void makeRoom(int queries) {
        if (scale.length < queries) {
            bytes = new byte[queries * tableBytes];
            scale = new float[queries];
            least = new double[queries];
            magnitude = new double[queries];
            most = new int[queries];
        }
    }

    /** The tables, as {@link ScanKernel.BlockSums} takes them. */
    byte[] bytes() {
        return bytes;
    }

    /** Rounds the table of a query. One with values that are not finite cannot be rounded. */
    void round(int query, float[] table, int at) {
        kernel.ranges(table, at, parts, entries, lowest, highest);
        double sum = 0;
        double widest = 0;
        double range = 0;
        double absolute = 0;
        for (int m = 0; m < parts; m++) {
            double wide = (double) highest[m] - lowest[m];
            sum += lowest[m];
            widest = Math.max(widest, wide);
            range += wide;
            absolute += Math.max(Math.abs(lowest[m]), Math.abs(highest[m]));
        }
        least[query] = sum;
        magnitude[query] = absolute;
        double finest = Math.min(255 / widest, ROOM / range);
        float units = widest > 0 && range < Float.MAX_VALUE ? (float) Math.min(finest, 1e37) : 0;
        scale[query] = units;
        most[query] = (int) (range * units + parts * ROUNDED_UP + 1);
        int to = query * tableBytes;
        if (units > 0) {
            kernel.roundDown(table, at, parts, entries, lowest, units, bytes, to);
        } else {
            Arrays.fill(bytes, to, to + tableBytes, (byte) 0);
        }
    }

    /** Whether sums say anything about distances of codes with these terms. */
    boolean canBound(int query, KeptList kept) {
        return scale[query] > 0 && (kept == null || Float.isFinite(kept.least));
    }

    /** Adds the terms of codes to their sums, and returns whether one may be low. */
    boolean addTerms(int query, short[] sums, int at, int count, KeptList kept, int from, int bound) {
        float room = ScanKernel.BlockSums.MOST - most[query];
        return kernel.addTerms(sums, at, count, kept.terms, from, kept.least, scale[query], room, bound);
    }

    /**
     * The highest sum that a code has whose distance does not exceed a threshold.
     *
     * @param start what all distances of the list have in common
     * @param kept holds the terms that were added; null for none
     */
    int bound(int query, float start, KeptList kept, float threshold) {
        double rest = threshold - start - least[query] - (kept == null ? 0 : kept.least);
        rest += off(query, start, kept) + 0x1p-22 * Math.abs(threshold);
        if (rest < 0) {
            return -1;
        }
        double bound = rest * scale[query] + parts * ROUNDED_UP + SUMS_ROUNDED_UP + TERM_ROUNDED_UP;
        // NaN or infinity says nothing: all codes may be near enough
        return bound < ScanKernel.BlockSums.MOST && scale[query] > 0 ? (int) bound : ScanKernel.BlockSums.MOST;
    }

    /**
     * The highest sum that one of the {@code k} nearest codes has, if {@code k} codes have sums of {@code sum} at
     * most: rounding took less than 1 from each entry.
     */
    int boundOf(int query, float start, KeptList kept, int sum) {
        if (mayBeCut(query, sum)) {
            return ScanKernel.BlockSums.MOST;
        }
        double rounded = parts * (1 + 2 * ROUNDED_UP) + 2 * (SUMS_ROUNDED_UP + TERM_ROUNDED_UP);
        double bound = sum + rounded + 2 * off(query, start, kept) * scale[query];
        return bound < ScanKernel.BlockSums.MOST ? (int) bound : ScanKernel.BlockSums.MOST;
    }

    /** Whether a sum may lack some of its code's term, for which there was no more room. */
    boolean mayBeCut(int query, int sum) {
        return sum >= ScanKernel.BlockSums.MOST - most[query];
    }

    /**
     * What a sum stands for, if it {@linkplain #mayBeCut lacks nothing}. Entries were rounded down, by half a unit on
     * average.
     */
    float distance(int query, float start, KeptList kept, int sum) {
        double low = least[query] + (kept == null ? 0 : kept.least) + start;
        return (float) (low + (sum + parts * 0.5) / scale[query]);
    }

    /** How much a distance may be off that was added up in float32. */
    private double off(int query, float start, KeptList kept) {
        double others = Math.abs(start) + (kept == null ? 0 : kept.magnitude);
        return (parts + 4) * 0x1p-23 * magnitude[query] + 0x1p-22 * others;
    }
}
