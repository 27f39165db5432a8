package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.SumKernel;
import java.util.Arrays;

/**
 * Beam search for residual codes with {@link LevelTables}: at each level, of all sums that are one codeword longer
 * than those kept, the {@code W} with the shortest residuals are kept.
 *
 * <p>A block of rows goes through a level together, so that the level's table is read from a cache. Sums that begin
 * alike share the work for what they begin with. The scratch of one call, for one thread. A row gets the same answer
 * whatever rows come with it.
 */
final class LevelSearch {
    /** Rows that go through a level together. */
    private static final int ROWS = 64;

    /** The lower half of a candidate's key, from which its number is subtracted: of equals the first comes first. */
    private static final long LOW = 0xffffffffL;

    private final SumQuantizer codebooks;
    private final LevelTables tables;
    private final SumKernel kernel;
    private final int levels;
    private final int beam;

    /**
     * For each row of the block and each level, the sums kept: the number of the one that each goes on from, and the
     * index of the codeword that it adds.
     */
    private final int[] parents;

    private final int[] added;

    /** Scores of the sums kept last for each row, and how many these are. */
    private final float[] scores;

    private final int[] kept;

    private final float[] scaled;
    private final float[][] gains;

    /** Which sums of each level are begun by those kept. */
    private final boolean[][] begun;

    /** Gains after sums of a level: of the level before and this one, in turn. */
    private float[] gain;

    private float[] gainBefore;

    /** What the candidates reach: {@code K} for each sum kept. */
    private final float[] reached;

    /** Large ones of them, and the largest of these, falling. */
    private final float[] tops;

    private final float[] wanted;

    /** The best candidates, falling: the score in an order of integers, then the number, {@code b * K + c}. */
    private final long[] keys;

    private int held;

    /** The score above which a candidate is wanted. */
    private float least;

    /**
     * Makes the scratch of a search.
     *
     * @param beam how many sums are kept, at least 1
     * @param count how many rows there will be at most
     */
    LevelSearch(SumQuantizer codebooks, LevelTables tables, int beam, int count) {
        this.codebooks = codebooks;
        this.tables = tables;
        this.kernel = tables.kernel();
        this.levels = codebooks.codebooks();
        this.beam = beam;
        int largest = 0;
        for (int m = 0; m < levels; m++) {
            largest = Math.max(largest, codebooks.size(m));
        }
        int rows = Math.min(count, ROWS);
        this.parents = new int[rows * levels * beam];
        this.added = new int[rows * levels * beam];
        this.scores = new float[rows * beam];
        this.kept = new int[rows];
        this.scaled = new float[rows * codebooks.dimension()];
        this.gains = new float[rows][largest];
        this.begun = new boolean[levels][beam];
        this.gain = new float[beam * largest];
        this.gainBefore = new float[beam * largest];
        this.reached = new float[beam * largest];
        this.tops = new float[kernel.tops()];
        this.wanted = new float[beam];
        this.keys = new long[beam];
    }

    /** Finds the codes of rows. */
    void encode(float[] rows, int offset, int count, int[] indices, int to) {
        for (int from = 0; from < count; from += ROWS) {
            int n = Math.min(ROWS, count - from);
            tables.scale(rows, offset + from * codebooks.dimension(), n, scaled);
            Arrays.fill(kept, 0, n, 1);
            for (int m = 0; m < levels; m++) {
                tables.gains(m, scaled, n, gains);
                for (int i = 0; i < n; i++) {
                    if (kept[i] > 0) {
                        extend(i, m);
                    }
                }
            }
            for (int i = 0; i < n; i++) {
                write(i, indices, to + (from + i) * levels);
            }
        }
    }

    /** Extends the sums of a row by the codewords of a level. */
    private void extend(int row, int level) {
        held = 0;
        least = Float.NEGATIVE_INFINITY;
        int size = codebooks.size(level);
        if (level == 0) {
            choose(gains[row], size);
        } else {
            markBegun(row, level);
            Arrays.fill(tops, Float.NEGATIVE_INFINITY);
            for (int l = 0; l < level; l++) {
                add(row, level, size, l);
            }
            least = Math.nextDown(lowestWanted());
            choose(reached, kept[row] * size);
        }
        keep(row, level, size);
    }

    private void markBegun(int row, int level) {
        Arrays.fill(begun[level - 1], 0, kept[row], true);
        for (int l = level - 1; l > 0; l--) {
            Arrays.fill(begun[l - 1], false);
            for (int b = 0; b < beam; b++) {
                if (begun[l][b]) {
                    begun[l - 1][parents[at(row, l) + b]] = true;
                }
            }
        }
    }

    /** Where the sums of a row and level are. */
    private int at(int row, int level) {
        return (row * levels + level) * beam;
    }

    /** Computes what codewords of a level gain after sums of codewords up to another level. */
    private void add(int row, int level, int size, int last) {
        float[] swapped = gainBefore;
        gainBefore = gain;
        gain = swapped;
        float[] table = tables.table(level);
        int at = at(row, last);
        for (int b = 0; b < beam; b++) {
            if (begun[last][b]) {
                float[] before = last == 0 ? gains[row] : gainBefore;
                int first = last == 0 ? 0 : parents[at + b] * size;
                int taken = (codebooks.start(last) + added[at + b]) * size;
                if (last < level - 1) {
                    kernel.subtract(before, first, table, taken, gain, b * size, size);
                } else {
                    float start = scores[row * beam + b];
                    kernel.reach(before, first, table, taken, start, reached, b * size, size, tops);
                }
            }
        }
        Arrays.fill(begun[last], false);
    }

    /** A score that enough candidates reach, so that others below it need not be looked at. */
    private float lowestWanted() {
        if (tops.length < beam) {
            return Float.NEGATIVE_INFINITY;
        }
        Arrays.fill(wanted, Float.NEGATIVE_INFINITY);
        for (float top : tops) {
            if (top > wanted[beam - 1]) {
                int i = beam - 1;
                while (i > 0 && top > wanted[i - 1]) {
                    wanted[i] = wanted[i - 1];
                    i--;
                }
                wanted[i] = top;
            }
        }
        return wanted[beam - 1];
    }

    /** Chooses the best of {@code n} candidates. */
    private void choose(float[] values, int n) {
        for (int c = kernel.above(values, 0, n, least); c < n; c = kernel.above(values, c + 1, n, least)) {
            offer(values[c], c);
        }
    }

    /** Inserts a candidate that is good enough, after its equals. */
    private void offer(float value, int candidate) {
        int bits = Float.floatToRawIntBits(value + 0f); // not -0
        long key = (long) (bits ^ (bits >> 31 & Integer.MAX_VALUE)) << 32 | (LOW - candidate);
        int i = held < beam ? held++ : beam - 1;
        while (i > 0 && key > keys[i - 1]) {
            keys[i] = keys[i - 1];
            i--;
        }
        keys[i] = key;
        if (held == beam) {
            least = score(keys[beam - 1]);
        }
    }

    private static float score(long key) {
        int bits = (int) (key >> 32);
        return Float.intBitsToFloat(bits ^ (bits >> 31 & Integer.MAX_VALUE));
    }

    /**
     * Keeps the sums of the candidates. Where there is none, which only happens for a row that is not finite, the
     * search ends.
     */
    private void keep(int row, int level, int size) {
        int at = at(row, level);
        kept[row] = held;
        for (int k = 0; k < held; k++) {
            int candidate = (int) (LOW - (keys[k] & LOW));
            parents[at + k] = candidate / size;
            added[at + k] = candidate % size;
            scores[row * beam + k] = score(keys[k]);
        }
    }

    /** Writes the indices of a row's best sum; for a row that is not finite, the first of each codebook. */
    private void write(int row, int[] indices, int to) {
        int b = 0;
        for (int m = levels - 1; m >= 0; m--) {
            indices[to + m] = kept[row] > 0 ? added[at(row, m) + b] : 0;
            b = kept[row] > 0 ? parents[at(row, m) + b] : 0;
        }
    }
}
