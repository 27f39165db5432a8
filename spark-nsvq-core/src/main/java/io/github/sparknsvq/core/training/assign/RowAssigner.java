package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.TargetSink;
import java.util.Arrays;
import java.util.Iterator;

/**
 * Assigns rows to their codewords, a chunk at a time. The rows that a step selects of each block are put together
 * first: the kernel is fast when its tiles are full and its rows are in a cache. For one thread.
 */
public final class RowAssigner {
    private final int dimension;
    private final int chunk;
    private float[] rows = new float[0];
    private float[] weights = new float[0];
    private int held;

    /**
     * Makes an assigner.
     *
     * @param assignment how rows choose
     * @param device where to search
     */
    public RowAssigner(Assignment assignment, Device device) {
        this.dimension = assignment.rowDimension();
        this.chunk = assignment.rowsPerCall(device);
    }

    /** Returns the most rows that are assigned at a time. */
    public int chunk() {
        return chunk;
    }

    /** Assigns the selected rows of a partition to codewords that are prepared here. */
    public static void assign(
            Iterator<RowBlock> blocks,
            RowSelection selection,
            Assignment assignment,
            float[] codewords,
            Device device,
            TargetSink sink) {
        RowAssigner assigner = new RowAssigner(assignment, device);
        assigner.assign(blocks, selection, assignment.prepare(codewords, device, assigner.chunk), sink);
    }

    /**
     * Hands the choices of the selected rows of all blocks to a sink.
     *
     * @param blocks blocks of rows
     * @param selection which of the rows
     * @param search the codebooks, prepared for {@link #chunk} rows
     * @param sink receives what the codewords get
     */
    public void assign(Iterator<RowBlock> blocks, RowSelection selection, Assigner search, TargetSink sink) {
        while (blocks.hasNext()) {
            RowBlock block = blocks.next();
            if (selection.steps() > 1) {
                gather(block, selection, search, sink);
            } else {
                gatherAll(block, search, sink);
            }
        }
        flush(search, sink);
    }

    /**
     * Takes in a whole block. Rows are copied even where they could be searched in place: a copy reads memory in
     * order, the kernel then finds them in a cache, and it looks at them in an order that costs more than the copy.
     */
    private void gatherAll(RowBlock block, Assigner search, TargetSink sink) {
        for (int from = 0, n; from < block.rows(); from += n) {
            makeRoom();
            n = Math.min(weights.length - held, block.rows() - from);
            System.arraycopy(block.values(), from * dimension, rows, held * dimension, n * dimension);
            for (int i = 0; i < n; i++) {
                weights[held + i] = block.weight(from + i);
            }
            held += n;
            if (held == chunk) {
                flush(search, sink);
            }
        }
    }

    /** Makes room for more rows than are held: a partition of few rows needs no room for a device's call. */
    private void makeRoom() {
        int room = weights.length;
        if (held == room) {
            room = Math.min(chunk, Math.max(NearestCodeword.BATCH_ROWS, 4 * room));
            rows = Arrays.copyOf(rows, room * dimension);
            weights = Arrays.copyOf(weights, room);
        }
    }

    private void gather(RowBlock block, RowSelection selection, Assigner search, TargetSink sink) {
        for (int row : block.select(selection)) {
            makeRoom();
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
