package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Tile.ROWS;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.PackedCodebook;
import io.github.sparknsvq.core.kernel.TopScores;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Nearest-codeword search with the Vector API: blocks of rows, which stay in a cache, go through a register tile
 * while the codebook streams past; a few rows go one by one.
 */
final class VectorNearestCodeword implements NearestCodeword {
    /** Fewer rows than this are faster one by one. */
    private static final int FEW = ROWS / 4;

    private final PackedCodebook codebook;

    /**
     * The scratch of the last call that ended: fresh memory for each would cost a small call more than its search.
     */
    private final AtomicReference<Scratch> spare = new AtomicReference<>();

    VectorNearestCodeword(FloatMatrix codebook) {
        this.codebook = PackedCodebook.pack(codebook, Lanes.GROUP);
    }

    @Override
    public int dimension() {
        return codebook.dimension();
    }

    @Override
    public int codewords() {
        return codebook.codewords();
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int[] index, float[] squaredDistance) {
        checkSearch(rows, offset, count, 1, index, squaredDistance);
        Scratch scratch = borrow();
        for (int from = 0; from < count; from += ROWS) {
            int n = Math.min(ROWS, count - from);
            int at = offset + from * codebook.dimension();
            if (n < FEW) {
                for (int i = 0; i < n; i++) {
                    index[from + i] = scratch.single().nearest(rows, at + i * codebook.dimension());
                }
            } else {
                scratch.block().pack(rows, at, n);
                scratch.block().nearest(n, index, from);
            }
            Distances.fill(codebook, rows, at, n, 1, index, squaredDistance, from);
        }
        spare.set(scratch);
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        checkSearch(rows, offset, count, p, index, squaredDistance);
        search(rows, offset, count, p, index, squaredDistance);
    }

    @Override
    public void choose(float[] rows, int offset, int count, int p, int[] index) {
        checkChoice(rows, offset, count, p, index);
        search(rows, offset, count, p, index, null);
    }

    /** Searches for several codewords of each row; without their distances where there is no array for them. */
    private void search(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        Scratch scratch = borrow();
        TopLists top = null;
        float[] best = new float[p];
        for (int from = 0; from < count; from += ROWS) {
            int n = Math.min(ROWS, count - from);
            int at = offset + from * codebook.dimension();
            boolean few = n < FEW;
            if (!few) {
                top = top == null ? new TopLists(p) : top;
                scratch.block().pack(rows, at, n);
                scratch.block().nearest(top);
            }
            for (int i = 0; i < n; i++) {
                if (!few && top.isFull(i)) {
                    top.copy(i, index, (from + i) * p);
                } else {
                    scratch.single().nearest(rows, at + i * codebook.dimension(), p, best, index, (from + i) * p);
                }
            }
            if (squaredDistance != null) {
                Distances.fill(codebook, rows, at, n, p, index, squaredDistance, from * p);
            }
            for (int i = from; squaredDistance != null && i < from + n; i++) {
                TopScores.sort(index, squaredDistance, i * p, p);
            }
        }
        spare.set(scratch);
    }

    private Scratch borrow() {
        Scratch scratch = spare.getAndSet(null);
        return scratch == null ? new Scratch(codebook) : scratch;
    }

    /** What one call works in, made when first needed. */
    private static final class Scratch {
        private final PackedCodebook codebook;
        private RowBlock block;
        private SingleRow single;

        Scratch(PackedCodebook codebook) {
            this.codebook = codebook;
        }

        RowBlock block() {
            if (block == null) {
                block = new RowBlock(codebook);
            }
            return block;
        }

        SingleRow single() {
            if (single == null) {
                single = new SingleRow(codebook);
            }
            return single;
        }
    }
}
