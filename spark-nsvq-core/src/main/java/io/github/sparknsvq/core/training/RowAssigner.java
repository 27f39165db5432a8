package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import java.util.Iterator;

/**
 * Assigns rows to their nearest codewords, a chunk at a time. The few rows that a step selects of each block are put
 * together first: the kernel is fast when its tiles are full. For one thread.
 */
final class RowAssigner {
    /** Most rows searched at once, and most values: enough to fill tiles, few enough to stay in a cache for summing. */
    private static final int MOST_ROWS = 960;

    private static final int MOST_VALUES = 128 * MOST_ROWS;

    /** The number of rows in a chunk is a multiple of this, as tiles of 8, 12, 16 or 48 rows would have it. */
    private static final int TILES = 48;

    private final int dimension;
    private final int chunk;
    private final int[] index;
    private final float[] distance;
    private float[] rows;
    private float[] weights;
    private int held;

    RowAssigner(int dimension) {
        this.dimension = dimension;
        this.chunk = Math.min(MOST_ROWS, Math.max(1, MOST_VALUES / dimension / TILES) * TILES);
        this.index = new int[chunk];
        this.distance = new float[chunk];
    }

    /**
     * Adds the selected rows of all blocks to statistics.
     *
     * @param blocks blocks of rows
     * @param selection which of the rows
     * @param search the codebook
     * @param statistics receives what the codebook's codewords get
     */
    void assign(
            Iterator<RowBlock> blocks, RowSelection selection, NearestCodeword search, CodebookStatistics statistics) {
        while (blocks.hasNext()) {
            RowBlock block = blocks.next();
            if (selection.steps() == 1) {
                assignAll(block, search, statistics);
            } else {
                gather(block, selection, search, statistics);
            }
        }
        flush(search, statistics);
    }

    private void assignAll(RowBlock block, NearestCodeword search, CodebookStatistics statistics) {
        for (int from = 0; from < block.rows(); from += chunk) {
            int n = Math.min(chunk, block.rows() - from);
            search.nearest(block.values(), from * dimension, n, index, distance);
            for (int i = 0; i < n; i++) {
                int at = (from + i) * dimension;
                statistics.add(index[i], block.values(), at, block.weight(from + i), distance[i]);
            }
        }
    }

    private void gather(RowBlock block, RowSelection selection, NearestCodeword search, CodebookStatistics statistics) {
        if (rows == null) {
            rows = new float[chunk * dimension];
            weights = new float[chunk];
        }
        RowBlock.Range range = block.select(selection);
        for (int i = range.from(); i < range.to(); i++) {
            int row = range.order()[i];
            System.arraycopy(block.values(), row * dimension, rows, held * dimension, dimension);
            weights[held++] = block.weight(row);
            if (held == chunk) {
                flush(search, statistics);
            }
        }
    }

    private void flush(NearestCodeword search, CodebookStatistics statistics) {
        if (held > 0) {
            search.nearest(rows, 0, held, index, distance);
            for (int i = 0; i < held; i++) {
                statistics.add(index[i], rows, i * dimension, weights[i], distance[i]);
            }
            held = 0;
        }
    }
}
