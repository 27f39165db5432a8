package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.PackedCodebook;
import io.github.sparknsvq.core.kernel.TopScores;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * Nearest-codeword search with the Vector API: scores of a tile of rows and codewords in registers, the running maximum
 * kept lane by lane, one reduction across lanes per row.
 *
 * <p>Loop order: blocks of rows that fit the second-level cache, over panels of codewords that fit the first, over tiles
 * of rows, over blocks of dimensions. A codebook larger than the caches is so read once per block of rows.
 */
final class VectorNearestCodeword implements NearestCodeword {
    /** Below this many dimensions the small tile is faster, measured at K = 256. */
    private static final int SMALL_DIMENSION = 48;

    /** Most bytes of packed rows in a block: leaves the second-level cache room for panels. */
    private static final int BLOCK_BYTES = 256 * 1024;

    private static final int MAX_TILES = 16;

    private final PackedCodebook codebook;
    private final int dimension;
    private final int dimensionBlocks;
    private final int blockDimension;

    VectorNearestCodeword(FloatMatrix codebook) {
        this.codebook = PackedCodebook.pack(codebook, 2 * LENGTH);
        this.dimension = codebook.columns();
        this.dimensionBlocks = (dimension + Tiles.BLOCK - 1) / Tiles.BLOCK;
        this.blockDimension = (dimension + dimensionBlocks - 1) / dimensionBlocks;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int codewords() {
        return codebook.codewords();
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int[] index, float[] squaredDistance) {
        codebook.checkSearch(rows, offset, count, 1, index, squaredDistance);
        if (count == 0) {
            return;
        }
        boolean small = dimension < SMALL_DIMENSION || count <= Tiles.SMALL_ROWS;
        int tileRows = small ? Tiles.SMALL_ROWS : Tiles.WIDE_ROWS;
        int blockRows = Math.min(rowsPerBlock(), (count + tileRows - 1) / tileRows * tileRows);
        int listRows = (blockRows + LENGTH - 1) / LENGTH * LENGTH;
        Winners winners = new Winners(listRows);
        float[] packed = new float[small ? tileRows * dimension : wideFloats(blockRows)];
        float[] scores = new float[small ? 0 : Tiles.WIDE_ROWS * 2 * LENGTH];
        for (int from = 0; from < count; from += blockRows) {
            int n = Math.min(blockRows, count - from);
            int at = offset + from * dimension;
            if (small) {
                searchSmall(rows, at, n, packed, winners);
            } else {
                searchWide(rows, at, n, packed, scores, winners);
            }
            winners.finish(codebook, rows, at, n, index, squaredDistance, from);
        }
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        codebook.checkSearch(rows, offset, count, p, index, squaredDistance);
        float[] packed = new float[wideFloats(Tiles.WIDE_ROWS)];
        float[] scores = new float[Tiles.WIDE_ROWS * 2 * LENGTH];
        float[] best = new float[Tiles.WIDE_ROWS * p];
        for (int from = 0; from < count; from += Tiles.WIDE_ROWS) {
            int n = Math.min(Tiles.WIDE_ROWS, count - from);
            int at = offset + from * dimension;
            packWide(rows, at, n, packed, 0);
            TopScores.clear(best, 0, index, from * p, n * p);
            for (int panel = 0; panel < codebook.panels(); panel++) {
                wideScores(packed, 0, panel, scores);
                int first = panel * 2 * LENGTH;
                int live = Math.min(2 * LENGTH, codebook.codewords() - first);
                for (int r = 0; r < n; r++) {
                    for (int j = 0; j < live; j++) {
                        TopScores.offer(scores[r * 2 * LENGTH + j], first + j, best, r * p, index, (from + r) * p, p);
                    }
                }
            }
            for (int r = 0; r < n; r++) {
                int first = (from + r) * p;
                for (int j = first; j < first + p; j++) {
                    squaredDistance[j] = Lanes.squaredDistance(
                            rows, at + r * dimension, codebook.original(), index[j] * dimension, dimension);
                }
                TopScores.sort(index, squaredDistance, first, p);
            }
        }
    }

    private int rowsPerBlock() {
        int tileBytes = Tiles.WIDE_ROWS * Tiles.STRIDE * dimensionBlocks * Float.BYTES;
        int tiles = Math.max(1, Math.min(MAX_TILES, BLOCK_BYTES / tileBytes));
        // a multiple of both tiles' rows; 48 also of every vector length, so that rows are finished whole vectors at a
        // time
        return Math.max(48, tiles * Tiles.WIDE_ROWS / 48 * 48);
    }

    private int wideFloats(int rows) {
        int tiles = (rows + Tiles.WIDE_ROWS - 1) / Tiles.WIDE_ROWS;
        return tiles * dimensionBlocks * Tiles.WIDE_ROWS * Tiles.STRIDE;
    }

    private void searchSmall(float[] rows, int at, int n, float[] packed, Winners winners) {
        for (int r = 0; r < n; r += Tiles.SMALL_ROWS) {
            packSmall(rows, at + r * dimension, Math.min(Tiles.SMALL_ROWS, n - r), packed);
            Tiles.small(
                    packed,
                    dimension,
                    codebook.values(),
                    codebook.bias(),
                    codebook.panels(),
                    winners.best,
                    winners.which,
                    r * LENGTH);
        }
    }

    private void searchWide(float[] rows, int at, int n, float[] packed, float[] scores, Winners winners) {
        int tiles = (n + Tiles.WIDE_ROWS - 1) / Tiles.WIDE_ROWS;
        int tileFloats = wideFloats(Tiles.WIDE_ROWS);
        for (int t = 0; t < tiles; t++) {
            int first = t * Tiles.WIDE_ROWS;
            packWide(rows, at + first * dimension, Math.min(Tiles.WIDE_ROWS, n - first), packed, t * tileFloats);
        }
        winners.clear(tiles * Tiles.WIDE_ROWS);
        for (int panel = 0; panel < codebook.panels(); panel++) {
            for (int t = 0; t < tiles; t++) {
                wideScores(packed, t * tileFloats, panel, scores);
                Tiles.keep(scores, winners.best, winners.which, t * Tiles.WIDE_ROWS * LENGTH, 2f * panel);
            }
        }
    }

    /** Scores of one tile of 12 rows against one panel, over all dimensions. */
    private void wideScores(float[] packed, int tile, int panel, float[] scores) {
        int width = 2 * LENGTH;
        int at = panel * width * dimension;
        Tiles.wide(packed, tile, blockDimension, codebook.values(), at, codebook.bias(), panel * width, 0, scores);
        for (int b = 1; b < dimensionBlocks; b++) {
            int first = b * blockDimension;
            int d = Math.min(blockDimension, dimension - first);
            int a = tile + b * Tiles.WIDE_ROWS * Tiles.STRIDE;
            Tiles.wide(packed, a, d, codebook.values(), at + first * width, scores, 0, width, scores);
        }
    }

    /** Shifts, scales and lays out up to 12 rows, block of dimensions after block; missing rows repeat the last. */
    private void packWide(float[] rows, int at, int n, float[] packed, int tile) {
        float[] shift = codebook.shift();
        float scale = codebook.scale();
        for (int b = 0; b < dimensionBlocks; b++) {
            int first = b * blockDimension;
            int d = Math.min(blockDimension, dimension - first);
            for (int r = 0; r < Tiles.WIDE_ROWS; r++) {
                int from = at + Math.min(r, n - 1) * dimension + first;
                int to = tile + (b * Tiles.WIDE_ROWS + r) * Tiles.STRIDE;
                for (int j = 0; j < d; j++) {
                    packed[to + j] = (rows[from + j] - shift[first + j]) * scale;
                }
            }
        }
    }

    /** Shifts, scales and interleaves up to 6 rows; missing rows repeat the last. */
    private void packSmall(float[] rows, int at, int n, float[] packed) {
        float[] shift = codebook.shift();
        float scale = codebook.scale();
        for (int r = 0; r < Tiles.SMALL_ROWS; r++) {
            int from = at + Math.min(r, n - 1) * dimension;
            int to = r;
            for (int j = 0; j < dimension; j++, to += Tiles.SMALL_ROWS) {
                packed[to] = (rows[from + j] - shift[j]) * scale;
            }
        }
    }

    /** The best scores of a block of rows, lane by lane, and their reduction to one codeword per row. */
    private static final class Winners {
        final float[] best;
        final float[] which;
        private final int[] rowStarts = new int[LENGTH];
        private final int[] rowOffsets = new int[LENGTH];
        private final int[] codewordOffsets = new int[LENGTH];
        private final float[] codeword = new float[LENGTH];

        Winners(int rows) {
            best = new float[rows * LENGTH];
            which = new float[rows * LENGTH];
            Arrays.setAll(rowStarts, i -> i * LENGTH);
        }

        void clear(int rows) {
            Arrays.fill(best, 0, rows * LENGTH, Float.NEGATIVE_INFINITY);
            Arrays.fill(which, 0, rows * LENGTH, 0f);
        }

        void finish(
                PackedCodebook codebook, float[] rows, int at, int n, int[] index, float[] squaredDistance, int from) {
            int d = codebook.dimension();
            float[] original = codebook.original();
            int r = 0;
            for (; r + LENGTH <= n; r += LENGTH) {
                Lanes.bestOfRows(best, which, r * LENGTH, rowStarts, codeword);
                for (int i = 0; i < LENGTH; i++) {
                    index[from + r + i] = (int) codeword[i];
                }
                if (d <= Lanes.GATHER_DIMENSION) {
                    for (int i = 0; i < LENGTH; i++) {
                        rowOffsets[i] = i * d;
                        codewordOffsets[i] = index[from + r + i] * d;
                    }
                    int row = at + r * d;
                    Lanes.squaredDistances(
                            rows, row, rowOffsets, original, codewordOffsets, d, squaredDistance, from + r);
                } else {
                    for (int i = r; i < r + LENGTH; i++) {
                        squaredDistance[from + i] =
                                Lanes.squaredDistance(rows, at + i * d, original, index[from + i] * d, d);
                    }
                }
            }
            for (; r < n; r++) {
                int c = Lanes.bestOfRow(best, which, r * LENGTH);
                index[from + r] = c;
                squaredDistance[from + r] = Lanes.squaredDistance(rows, at + r * d, original, c * d, d);
            }
        }
    }
}
