package io.github.sparknsvq.core.training;

import java.util.Iterator;

/**
 * Assigns rows to their codewords, a chunk at a time. The few rows that a step selects of each block are put together
 * first: the kernel is fast when its tiles are full. For one thread.
 */
final class RowAssigner {
    /** Most rows searched at once, and most values: enough to fill tiles, few enough to stay in a cache for summing. */
    private static final int MOST_ROWS = 960;

    private static final int MOST_VALUES = 128 * MOST_ROWS;

    /** The number of rows in a chunk is a multiple of this, as tiles of 8, 12, 16 or 48 rows would have it. */
    private static final int TILES = 48;

    private final int dimension;
    private final int chunk;
    private float[] rows;
    private float[] weights;
    private int held;

    /**
     * Makes an assigner.
     *
     * @param dimension dimension {@code D} of the rows
     */
    RowAssigner(int dimension) {
        this.dimension = dimension;
        this.chunk = Math.min(MOST_ROWS, Math.max(1, MOST_VALUES / dimension / TILES) * TILES);
    }

    /** Returns the most rows that are assigned at a time. */
    int chunk() {
        return chunk;
    }

    /**
     * Hands the choices of the selected rows of all blocks to a sink.
     *
     * @param blocks blocks of rows
     * @param selection which of the rows
     * @param search the codebooks, prepared for {@link #chunk} rows
     * @param sink receives what the codewords get
     */
    void assign(Iterator<RowBlock> blocks, RowSelection selection, Assigner search, TargetSink sink) {
        while (blocks.hasNext()) {
            RowBlock block = blocks.next();
            if (selection.steps() == 1) {
                assignAll(block, search, sink);
            } else {
                gather(block, selection, search, sink);
            }
        }
        flush(search, sink);
    }

    private void assignAll(RowBlock block, Assigner search, TargetSink sink) {
        for (int from = 0; from < block.rows(); from += chunk) {
            int n = Math.min(chunk, block.rows() - from);
            search.assign(block.values(), from * dimension, n, block.weights(), from, sink);
        }
    }

    private void gather(RowBlock block, RowSelection selection, Assigner search, TargetSink sink) {
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
                flush(search, sink);
            }
        }
    }

    private void flush(Assigner search, TargetSink sink) {
        if (held > 0) {
            search.assign(rows, 0, held, weights, 0, sink);
            held = 0;
        }
    }
}
