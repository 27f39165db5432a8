package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.GROUP;
import static io.github.sparknsvq.core.kernel.vector.Lanes.INTS;
import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import io.github.sparknsvq.core.kernel.PackedCodebook;
import io.github.sparknsvq.core.kernel.TopScores;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Search for one row at a time, where there are too few to fill a tile: a group's codewords in lanes. The scratch of
 * one call, for one thread.
 *
 * <p>All vectors here are of the preferred species, even where half as long would do: one call with another species
 * anywhere in the JVM makes the type profiles of the Vector API ambiguous, and C2 then boxes vectors that live in
 * loops.
 */
final class SingleRow {
    /** Lanes that hold codewords of the group: what lies behind them is computed too, and ignored. */
    private static final int LIVE = Math.min(LENGTH, GROUP);

    /** Vectors that a group takes. */
    private static final int PARTS = GROUP / LIVE;

    /** Vectors of codewords at a time, so that the sums do not wait for themselves. */
    private static final int UNROLL = 8;

    private final PackedCodebook codebook;
    private final int parts;
    private final float[] x;
    private final float[] scores;

    SingleRow(PackedCodebook codebook) {
        this.codebook = codebook;
        this.parts = codebook.panels() * PARTS;
        this.x = new float[codebook.dimension()];
        this.scores = new float[codebook.panels() * GROUP + UNROLL * LIVE + LENGTH];
    }

    /** Returns the nearest codeword of the row that starts at {@code at}. */
    int nearest(float[] rows, int at) {
        score(rows, at);
        int end = codebook.panels() * GROUP;
        IntVector top = IntVector.broadcast(INTS, -1);
        for (int c = 0; c < end; c += LENGTH) {
            top = top.max(bits(c));
        }
        int best = top.reduceLanes(VectorOperators.MAX);
        for (int c = 0; c < end; c += LENGTH) {
            VectorMask<Integer> equal = bits(c).compare(VectorOperators.EQ, best);
            if (equal.anyTrue()) {
                return c + equal.firstTrue();
            }
        }
        return 0;
    }

    private IntVector bits(int at) {
        return FloatVector.fromArray(SPECIES, scores, at).reinterpretAsInts();
    }

    /**
     * Finds the {@code p} nearest codewords of the row that starts at {@code at}; {@code best} is scratch for {@code
     * p}.
     */
    void nearest(float[] rows, int at, int p, float[] best, int[] index, int to) {
        score(rows, at);
        TopScores.clear(best, 0, index, to, p);
        for (int c = 0; c < p; c++) {
            TopScores.offer(scores[c], c, best, 0, index, to, p);
        }
        for (int c = p; c < codebook.codewords(); c++) {
            if (scores[c] > best[p - 1]) {
                TopScores.offer(scores[c], c, best, 0, index, to, p);
            }
        }
    }

    /** Scores the row against all codewords; behind the last score come minus infinities. */
    private void score(float[] rows, int at) {
        float[] shift = codebook.shift();
        for (int j = 0; j < x.length; j++) {
            x[j] = rows[at + j] - shift[j];
        }
        for (int part = 0; part < parts; part += UNROLL) {
            score(part);
        }
        int end = codebook.panels() * GROUP;
        Arrays.fill(scores, end, end + LENGTH, Float.NEGATIVE_INFINITY);
    }

    /** Where a vector of codewords starts in the packed codebook; beyond the end, where the last does. */
    private int start(int part) {
        int p = Math.min(part, parts - 1);
        return codebook.panelStart(p / PARTS) + p % PARTS * LIVE;
    }

    private void score(int part) {
        float[] values = codebook.values();
        int q0 = start(part);
        int q1 = start(part + 1);
        int q2 = start(part + 2);
        int q3 = start(part + 3);
        int q4 = start(part + 4);
        int q5 = start(part + 5);
        int q6 = start(part + 6);
        int q7 = start(part + 7);
        FloatVector s0 = FloatVector.fromArray(SPECIES, values, q0);
        FloatVector s1 = FloatVector.fromArray(SPECIES, values, q1);
        FloatVector s2 = FloatVector.fromArray(SPECIES, values, q2);
        FloatVector s3 = FloatVector.fromArray(SPECIES, values, q3);
        FloatVector s4 = FloatVector.fromArray(SPECIES, values, q4);
        FloatVector s5 = FloatVector.fromArray(SPECIES, values, q5);
        FloatVector s6 = FloatVector.fromArray(SPECIES, values, q6);
        FloatVector s7 = FloatVector.fromArray(SPECIES, values, q7);
        int o = GROUP;
        for (int j = 0; j < x.length; j++, o += GROUP) {
            FloatVector a = FloatVector.broadcast(SPECIES, x[j]);
            s0 = a.fma(FloatVector.fromArray(SPECIES, values, q0 + o), s0);
            s1 = a.fma(FloatVector.fromArray(SPECIES, values, q1 + o), s1);
            s2 = a.fma(FloatVector.fromArray(SPECIES, values, q2 + o), s2);
            s3 = a.fma(FloatVector.fromArray(SPECIES, values, q3 + o), s3);
            s4 = a.fma(FloatVector.fromArray(SPECIES, values, q4 + o), s4);
            s5 = a.fma(FloatVector.fromArray(SPECIES, values, q5 + o), s5);
            s6 = a.fma(FloatVector.fromArray(SPECIES, values, q6 + o), s6);
            s7 = a.fma(FloatVector.fromArray(SPECIES, values, q7 + o), s7);
        }
        int to = part * LIVE;
        s0.intoArray(scores, to);
        s1.intoArray(scores, to + LIVE);
        s2.intoArray(scores, to + 2 * LIVE);
        s3.intoArray(scores, to + 3 * LIVE);
        s4.intoArray(scores, to + 4 * LIVE);
        s5.intoArray(scores, to + 5 * LIVE);
        s6.intoArray(scores, to + 6 * LIVE);
        s7.intoArray(scores, to + 7 * LIVE);
    }
}
