package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.GROUP;
import static io.github.sparknsvq.core.kernel.vector.Lanes.INTS;
import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;
import static io.github.sparknsvq.core.kernel.vector.Tile.ROWS;

import io.github.sparknsvq.core.kernel.PackedCodebook;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A block of rows that go through the register tile together: packed one row a lane, searched, and what the search needs
 * to remember. The scratch of one call, for one thread.
 */
final class RowBlock {
    /** Most dimensions of a block of rows that the first-level cache holds beside a group of codewords. */
    private static final int BLOCK = 160;

    /** Groups whose scores are kept together. */
    private static final int CHUNK = 16;

    /** From this many codewords per dimension, scoring the best group again is cheaper than storing all scores. */
    private static final int RESCORE = 8;

    private final PackedCodebook codebook;
    private final int dimension;
    private final int blocks;
    private final float[] x;
    private final int[] best = new int[ROWS];
    private final int[] which = new int[ROWS];
    private final int[] chosen = new int[ROWS];
    private final float[] start = new float[GROUP * LENGTH];
    private final float[] scores;

    RowBlock(PackedCodebook codebook) {
        this.codebook = codebook;
        this.dimension = codebook.dimension();
        this.blocks = (dimension + BLOCK - 1) / BLOCK;
        this.x = new float[ROWS * dimension];
        this.scores = rescores() ? null : new float[CHUNK * GROUP * ROWS];
    }

    private boolean rescores() {
        return dimension <= BLOCK && dimension * RESCORE <= codebook.codewords();
    }

    /** Takes {@code n} rows in; the lanes of absent rows keep what they held. */
    void pack(float[] rows, int at, int n) {
        float[] shift = codebook.shift();
        int d = dimension;
        int j = 0;
        for (; j + 7 < d; j += 8) {
            float m0 = shift[j];
            float m1 = shift[j + 1];
            float m2 = shift[j + 2];
            float m3 = shift[j + 3];
            float m4 = shift[j + 4];
            float m5 = shift[j + 5];
            float m6 = shift[j + 6];
            float m7 = shift[j + 7];
            int to = j * ROWS;
            for (int i = 0; i < n; i++) {
                int from = at + i * d + j;
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
        for (; j < d; j++) {
            float m = shift[j];
            for (int i = 0; i < n; i++) {
                x[j * ROWS + i] = rows[at + i * d + j] - m;
            }
        }
    }

    /** Finds the nearest codewords of the first {@code n} rows. */
    void nearest(int n, int[] index, int to) {
        if (rescores()) {
            Tile.best(x, dimension, codebook.values(), codebook.bias(), codebook.panels(), best, which);
            for (int row = 0; row < n; row += 4) {
                GroupScores.resolve(x, row, ROWS, dimension, codebook.values(), codebook.bias(), best, which, chosen);
            }
        } else {
            Arrays.fill(best, -1);
            Arrays.fill(chosen, 0);
            for (int first = 0; first < codebook.panels(); first += CHUNK) {
                int groups = Math.min(CHUNK, codebook.panels() - first);
                score(first, groups);
                keep(groups);
                resolve(first * GROUP, n);
            }
        }
        System.arraycopy(chosen, 0, index, to, n);
    }

    /** Fills {@link #scores} with those of some groups, block of dimensions after block. */
    private void score(int first, int groups) {
        int d = (dimension + blocks - 1) / blocks;
        for (int b = 0; b < blocks; b++) {
            int from = b * d;
            int live = Math.min(d, dimension - from);
            for (int g = 0; g < groups; g++) {
                int co = ((first + g) * dimension + from) * GROUP;
                int to = g * GROUP * ROWS;
                if (b == 0) {
                    spread((first + g) * GROUP);
                    Tile.add(x, 0, live, codebook.values(), co, start, 0, LENGTH, 0, scores, to);
                } else {
                    Tile.add(x, from * ROWS, live, codebook.values(), co, scores, to, ROWS, LENGTH, scores, to);
                }
            }
        }
    }

    /** Spreads a group's bias over the lanes. */
    private void spread(int codeword) {
        for (int j = 0; j < GROUP; j++) {
            FloatVector.broadcast(SPECIES, codebook.bias()[codeword + j]).intoArray(start, j * LENGTH);
        }
    }

    /** Lets the best of {@link #scores} compete with {@link #best}; {@link #which} says where it won, from 1. */
    private void keep(int groups) {
        for (int r = 0; r < ROWS; r += LENGTH) {
            IntVector top = IntVector.fromArray(INTS, best, r);
            IntVector id = IntVector.zero(INTS);
            for (int g = 0; g < groups; g++) {
                int at = g * GROUP * ROWS + r;
                IntVector a = bits(at).max(bits(at + ROWS));
                IntVector b = bits(at + 2 * ROWS).max(bits(at + 3 * ROWS));
                IntVector c = bits(at + 4 * ROWS).max(bits(at + 5 * ROWS));
                IntVector d = bits(at + 6 * ROWS).max(bits(at + 7 * ROWS));
                IntVector m = top.max(a.max(b).max(c.max(d)));
                id = id.max(top.sub(m).lanewise(VectorOperators.ASHR, 31).and(IntVector.broadcast(INTS, g + 1)));
                top = m;
            }
            top.intoArray(best, r);
            id.intoArray(which, r);
        }
    }

    private IntVector bits(int at) {
        return FloatVector.fromArray(SPECIES, scores, at).reinterpretAsInts();
    }

    /** Finds the codewords of the rows whose best has changed, the first of equals. */
    private void resolve(int first, int n) {
        for (int i = 0; i < n; i++) {
            if (which[i] != 0) {
                int c = (which[i] - 1) * GROUP;
                int end = c + GROUP - 1;
                while (c < end && Float.floatToRawIntBits(scores[c * ROWS + i]) != best[i]) {
                    c++;
                }
                chosen[i] = first + c;
            }
        }
    }
}
