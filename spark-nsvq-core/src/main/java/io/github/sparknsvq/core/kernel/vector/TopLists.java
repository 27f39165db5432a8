package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;
import static io.github.sparknsvq.core.kernel.vector.Tile.ROWS;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The {@code p} highest scores of each row of a block and the codewords that have them, sorted, one row a lane. A
 * codeword that enters no list of a vector of rows costs one comparison; any other moves down the lists of all lanes
 * at once, which is cheaper than to find the lists that it enters and insert it there.
 */
final class TopLists {
    private static final float NONE = Float.intBitsToFloat(-1);

    private final int p;
    private final float[] scores;
    /** Codewords as the bits of floats: so they move under the masks of their scores. */
    private final float[] codewords;

    TopLists(int p) {
        this.p = p;
        this.scores = new float[p * ROWS];
        this.codewords = new float[p * ROWS];
    }

    void clear() {
        Arrays.fill(scores, Float.NEGATIVE_INFINITY);
        Arrays.fill(codewords, NONE);
    }

    /**
     * Offers codeword {@code c} with its scores of all rows; codewords come in ascending order, so ties go to the
     * lowest.
     */
    void offer(int c, float[] from, int at) {
        int last = (p - 1) * ROWS;
        for (int r = 0; r < ROWS; r += LENGTH) {
            FloatVector score = FloatVector.fromArray(SPECIES, from, at + r);
            if (score.compare(VectorOperators.GT, FloatVector.fromArray(SPECIES, scores, last + r))
                    .anyTrue()) {
                sink(score, c, r);
            }
        }
    }

    private void sink(FloatVector score, int c, int r) {
        FloatVector s = score;
        FloatVector id = FloatVector.broadcast(SPECIES, Float.intBitsToFloat(c));
        for (int i = r; i < p * ROWS; i += ROWS) {
            FloatVector t = FloatVector.fromArray(SPECIES, scores, i);
            FloatVector held = FloatVector.fromArray(SPECIES, codewords, i);
            // true from the new codeword's place on: what follows moves down by one, ties too
            VectorMask<Float> higher = score.compare(VectorOperators.GT, t);
            t.blend(s, higher).intoArray(scores, i);
            held.blend(id, higher).intoArray(codewords, i);
            s = s.blend(t, higher);
            id = id.blend(held, higher);
        }
    }

    /** Whether a row's list is full: where scores are NaN or minus infinity it may not be. */
    boolean isFull(int row) {
        return Float.floatToRawIntBits(codewords[(p - 1) * ROWS + row]) >= 0;
    }

    /** Copies a row's codewords, best first. */
    void copy(int row, int[] index, int to) {
        for (int i = 0; i < p; i++) {
            index[to + i] = Float.floatToRawIntBits(codewords[i * ROWS + row]);
        }
    }
}
