package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Tile.ROWS;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.PackedCodebook;
import io.github.sparknsvq.core.kernel.TopScores;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Nearest-codeword search with the Vector API: blocks of rows go through a register tile that keeps the scores, and
 * where it can the running maxima too, in registers.
 *
 * <p>Loop order: blocks of rows that fit the first-level cache, over the codebook, which streams through: every value of
 * it that is loaded serves a whole block.
 */
final class VectorNearestCodeword implements NearestCodeword {
    /** Fewer rows than this are faster one by one. */
    private static final int FEW = ROWS / 4;

    private final PackedCodebook codebook;

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
        codebook.checkSearch(rows, offset, count, 1, index, squaredDistance);
        int d = codebook.dimension();
        int inBlocks = inBlocks(count);
        if (inBlocks > 0) {
            RowBlock block = new RowBlock(codebook);
            for (int from = 0; from < inBlocks; from += ROWS) {
                int n = Math.min(ROWS, inBlocks - from);
                block.pack(rows, offset + from * d, n);
                block.nearest(n, index, from);
            }
        }
        if (inBlocks < count) {
            SingleRow row = new SingleRow(codebook);
            for (int i = inBlocks; i < count; i++) {
                index[i] = row.nearest(rows, offset + i * d);
            }
        }
        Distances.fill(rows, offset, d, codebook.original(), index, squaredDistance, 0, count, 1);
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        codebook.checkSearch(rows, offset, count, p, index, squaredDistance);
        int d = codebook.dimension();
        SingleRow row = new SingleRow(codebook);
        float[] best = new float[p];
        for (int i = 0; i < count; i++) {
            row.nearest(rows, offset + i * d, p, best, index, i * p);
        }
        Distances.fill(rows, offset, d, codebook.original(), index, squaredDistance, 0, count * p, p);
        for (int i = 0; i < count; i++) {
            TopScores.sort(index, squaredDistance, i * p, p);
        }
    }

    /** How many of {@code count} rows go through the tile. */
    private static int inBlocks(int count) {
        int rest = count % ROWS;
        return rest < FEW ? count - rest : count;
    }
}
