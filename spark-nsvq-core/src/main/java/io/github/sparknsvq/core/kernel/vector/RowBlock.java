package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.GROUP;
import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;
import static io.github.sparknsvq.core.kernel.vector.Tile.BEST;
import static io.github.sparknsvq.core.kernel.vector.Tile.ROWS;
import static io.github.sparknsvq.core.kernel.vector.Tile.SCORES;
import static io.github.sparknsvq.core.kernel.vector.Tile.WHICH;

import io.github.sparknsvq.core.kernel.PackedCodebook;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * A block of rows that go through the register tile together: packed one row a lane, searched, and what the search
 * needs to remember. The scratch of one call, for one thread.
 */
final class RowBlock {
    /** Groups whose scores are held at a time: 256 codewords. */
    private static final int CHUNK = 32;

    /** Whether loads from scattered places are fast; they are not everywhere that there are shorter vectors. */
    private static final boolean GATHERS = LENGTH >= 16;

    private static final float NONE = Float.intBitsToFloat(-1);

    private final PackedCodebook codebook;
    private final int chunk;
    private final float[] x;
    private final float[] scratch;

    /** Where a vector of rows starts, counted from the first. */
    private final int[] starts = new int[LENGTH];

    RowBlock(PackedCodebook codebook) {
        this.codebook = codebook;
        this.chunk = Math.min(CHUNK, codebook.panels());
        this.x = new float[ROWS * codebook.dimension()];
        this.scratch = Tile.scratch(chunk);
        Arrays.setAll(starts, i -> i * codebook.dimension());
    }

    /** Takes {@code n} rows in; the lanes of absent rows keep what they held. */
    void pack(float[] rows, int at, int n) {
        if (GATHERS && n == ROWS) {
            gather(rows, at);
        } else {
            transpose(rows, at, n);
        }
    }

    /** One dimension of a vector of rows at a time. */
    private void gather(float[] rows, int at) {
        int d = codebook.dimension();
        float[] shift = codebook.shift();
        for (int v = 0; v < ROWS; v += LENGTH) {
            for (int j = 0; j < d; j++) {
                FloatVector.fromArray(SPECIES, rows, at + v * d + j, starts, 0)
                        .sub(shift[j])
                        .intoArray(x, j * ROWS + v);
            }
        }
    }

    private void transpose(float[] rows, int at, int n) {
        int d = codebook.dimension();
        int j = 0;
        for (; j + 8 <= d; j += 8) {
            pack8(rows, at, n, j);
        }
        if (j + 4 <= d) {
            pack4(rows, at, n, j);
            j += 4;
        }
        for (; j < d; j++) {
            float m = codebook.shift()[j];
            for (int i = 0, from = at + j; i < n; i++, from += d) {
                x[j * ROWS + i] = rows[from] - m;
            }
        }
    }

    /** Transposes 8 dimensions: fewer in a pass would leave the loop's own work to dominate. */
    private void pack8(float[] rows, int at, int n, int j) {
        float[] shift = codebook.shift();
        float m0 = shift[j];
        float m1 = shift[j + 1];
        float m2 = shift[j + 2];
        float m3 = shift[j + 3];
        float m4 = shift[j + 4];
        float m5 = shift[j + 5];
        float m6 = shift[j + 6];
        float m7 = shift[j + 7];
        int d = codebook.dimension();
        int to = j * ROWS;
        for (int i = 0, from = at + j; i < n; i++, from += d) {
            x[to + i] = rows[from] - m0;
            x[to + i + ROWS] = rows[from + 1] - m1;
            x[to + i + 2 * ROWS] = rows[from + 2] - m2;
            x[to + i + 3 * ROWS] = rows[from + 3] - m3;
            x[to + i + 4 * ROWS] = rows[from + 4] - m4;
            x[to + i + 5 * ROWS] = rows[from + 5] - m5;
            x[to + i + 6 * ROWS] = rows[from + 6] - m6;
            x[to + i + 7 * ROWS] = rows[from + 7] - m7;
        }
    }

    private void pack4(float[] rows, int at, int n, int j) {
        float[] shift = codebook.shift();
        float m0 = shift[j];
        float m1 = shift[j + 1];
        float m2 = shift[j + 2];
        float m3 = shift[j + 3];
        int d = codebook.dimension();
        int to = j * ROWS;
        for (int i = 0, from = at + j; i < n; i++, from += d) {
            x[to + i] = rows[from] - m0;
            x[to + i + ROWS] = rows[from + 1] - m1;
            x[to + i + 2 * ROWS] = rows[from + 2] - m2;
            x[to + i + 3 * ROWS] = rows[from + 3] - m3;
        }
    }

    /** Finds the nearest codewords of the first {@code n} rows. */
    void nearest(int n, int[] index, int to) {
        Arrays.fill(scratch, BEST, BEST + ROWS, NONE);
        Arrays.fill(index, to, to + n, 0);
        for (int first = 0; first < codebook.panels(); first += chunk) {
            int groups = Math.min(chunk, codebook.panels() - first);
            score(first, groups);
            resolve(first * GROUP, n, index, to);
        }
    }

    /** Finds the codewords with the highest scores of all rows. */
    void nearest(TopLists top) {
        top.clear();
        for (int first = 0; first < codebook.panels(); first += chunk) {
            int groups = Math.min(chunk, codebook.panels() - first);
            score(first, groups);
            int end = Math.min(codebook.codewords(), (first + groups) * GROUP);
            for (int c = first * GROUP, at = SCORES; c < end; c++, at += ROWS) {
                top.offer(c, scratch, at);
            }
        }
    }

    private void score(int first, int groups) {
        Tile.score(x, codebook.dimension(), codebook.values(), codebook.panelStart(first), groups, scratch);
    }

    /** Finds the codewords of the rows whose best has changed: the first of its group that has that score. */
    private void resolve(int first, int n, int[] index, int to) {
        for (int i = 0; i < n; i++) {
            int group = Float.floatToRawIntBits(scratch[WHICH + i]) - 1;
            if (group >= 0) {
                int best = Float.floatToRawIntBits(scratch[BEST + i]);
                int at = SCORES + group * GROUP * ROWS + i;
                int c = 0;
                for (int k = GROUP - 1; k > 0; k--) {
                    c = Float.floatToRawIntBits(scratch[at + k * ROWS]) == best ? k : c;
                }
                c = Float.floatToRawIntBits(scratch[at]) == best ? 0 : c;
                index[to + i] = first + group * GROUP + c;
            }
        }
    }
}
