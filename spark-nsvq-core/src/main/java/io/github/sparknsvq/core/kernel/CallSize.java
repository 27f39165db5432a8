package io.github.sparknsvq.core.kernel;

/** How many rows a call of a search on the CPU should bring. */
final class CallSize {
    /** Most values searched at once: few enough to stay in a cache for summing. */
    private static final int MOST_VALUES = 128 * NearestCodeword.BATCH_ROWS;

    /** The number of rows is a multiple of this, so that tiles of 8, 12, 16 or 48 rows are full. */
    private static final int TILES = 48;

    private CallSize() {}

    /** Returns the number of rows for rows of so many values. */
    static int ofCpu(int rowValues) {
        return Math.min(NearestCodeword.BATCH_ROWS, Math.max(1, MOST_VALUES / rowValues / TILES) * TILES);
    }
}
