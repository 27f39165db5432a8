package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.GROUP;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Scores with a group's codewords in lanes, for what {@link Tile} is bad at: a single row, and the few codewords among
 * which a row's best is known to be. The sums are the same, bit for bit.
 */
final class GroupScores {
    /** A group's 8 codewords, or half of them where vectors are that short. */
    private static final VectorSpecies<Float> SPECIES =
            Lanes.LENGTH >= GROUP ? FloatVector.SPECIES_256 : FloatVector.SPECIES_128;

    private static final int LENGTH = SPECIES.length();
    private static final int PARTS = GROUP / LENGTH;

    /** How far {@link #all} may write beyond the last group's scores. */
    static final int SLACK = 8 * GROUP;

    private GroupScores() {}

    /** Where part {@code unit} of the codebook starts; beyond the end, where the last does. */
    private static int start(int unit, int units, int d) {
        int u = Math.min(unit, units - 1);
        return u / PARTS * GROUP * d + u % PARTS * LENGTH;
    }

    /**
     * Scores one row against all codewords, 8 vectors of codewords at a time so that the sums do not wait for themselves.
     *
     * @param x the row, shifted
     * @param codewords packed in groups
     * @param bias what the scores start from
     * @param groups number of groups
     * @param scores receives {@code groups * GROUP} scores; must hold {@link #SLACK} more
     */
    static void all(float[] x, int d, float[] codewords, float[] bias, int groups, float[] scores) {
        int units = groups * PARTS;
        for (int u = 0; u < units; u += 8) {
            int q0 = start(u, units, d);
            int q1 = start(u + 1, units, d);
            int q2 = start(u + 2, units, d);
            int q3 = start(u + 3, units, d);
            int q4 = start(u + 4, units, d);
            int q5 = start(u + 5, units, d);
            int q6 = start(u + 6, units, d);
            int q7 = start(u + 7, units, d);
            FloatVector s0 = bias(bias, u, units);
            FloatVector s1 = bias(bias, u + 1, units);
            FloatVector s2 = bias(bias, u + 2, units);
            FloatVector s3 = bias(bias, u + 3, units);
            FloatVector s4 = bias(bias, u + 4, units);
            FloatVector s5 = bias(bias, u + 5, units);
            FloatVector s6 = bias(bias, u + 6, units);
            FloatVector s7 = bias(bias, u + 7, units);
            for (int j = 0; j < d; j++) {
                FloatVector a = FloatVector.broadcast(SPECIES, x[j]);
                int o = j * GROUP;
                s0 = a.fma(FloatVector.fromArray(SPECIES, codewords, q0 + o), s0);
                s1 = a.fma(FloatVector.fromArray(SPECIES, codewords, q1 + o), s1);
                s2 = a.fma(FloatVector.fromArray(SPECIES, codewords, q2 + o), s2);
                s3 = a.fma(FloatVector.fromArray(SPECIES, codewords, q3 + o), s3);
                s4 = a.fma(FloatVector.fromArray(SPECIES, codewords, q4 + o), s4);
                s5 = a.fma(FloatVector.fromArray(SPECIES, codewords, q5 + o), s5);
                s6 = a.fma(FloatVector.fromArray(SPECIES, codewords, q6 + o), s6);
                s7 = a.fma(FloatVector.fromArray(SPECIES, codewords, q7 + o), s7);
            }
            int to = u * LENGTH;
            s0.intoArray(scores, to);
            s1.intoArray(scores, to + LENGTH);
            s2.intoArray(scores, to + 2 * LENGTH);
            s3.intoArray(scores, to + 3 * LENGTH);
            s4.intoArray(scores, to + 4 * LENGTH);
            s5.intoArray(scores, to + 5 * LENGTH);
            s6.intoArray(scores, to + 6 * LENGTH);
            s7.intoArray(scores, to + 7 * LENGTH);
        }
    }

    private static FloatVector bias(float[] bias, int unit, int units) {
        return FloatVector.fromArray(SPECIES, bias, Math.min(unit, units - 1) * LENGTH);
    }

    /**
     * Finds which codeword of its best group has a row's best score, for 4 rows together.
     *
     * @param x rows in lanes, the first of the 4 at {@code row}
     * @param step how far a row's next dimension is
     * @param codewords packed in groups
     * @param bias what the scores start from
     * @param best bits of the rows' best scores, from {@code row}
     * @param which the groups that have them, counted from 1, from {@code row}
     * @param index receives the codewords, from {@code row}; the group's first where none has that score
     */
    static void resolve(
            float[] x,
            int row,
            int step,
            int d,
            float[] codewords,
            float[] bias,
            int[] best,
            int[] which,
            int[] index) {
        int g0 = Math.max(0, which[row] - 1) * GROUP;
        int g1 = Math.max(0, which[row + 1] - 1) * GROUP;
        int g2 = Math.max(0, which[row + 2] - 1) * GROUP;
        int g3 = Math.max(0, which[row + 3] - 1) * GROUP;
        index[row] = g0;
        index[row + 1] = g1;
        index[row + 2] = g2;
        index[row + 3] = g3;
        for (int part = GROUP - LENGTH; part >= 0; part -= LENGTH) {
            FloatVector s0 = FloatVector.fromArray(SPECIES, bias, g0 + part);
            FloatVector s1 = FloatVector.fromArray(SPECIES, bias, g1 + part);
            FloatVector s2 = FloatVector.fromArray(SPECIES, bias, g2 + part);
            FloatVector s3 = FloatVector.fromArray(SPECIES, bias, g3 + part);
            int q0 = g0 * d + part;
            int q1 = g1 * d + part;
            int q2 = g2 * d + part;
            int q3 = g3 * d + part;
            for (int j = 0; j < d; j++) {
                int i = row + j * step;
                int o = j * GROUP;
                FloatVector c0 = FloatVector.fromArray(SPECIES, codewords, q0 + o);
                s0 = c0.fma(FloatVector.broadcast(SPECIES, x[i]), s0);
                FloatVector c1 = FloatVector.fromArray(SPECIES, codewords, q1 + o);
                s1 = c1.fma(FloatVector.broadcast(SPECIES, x[i + 1]), s1);
                FloatVector c2 = FloatVector.fromArray(SPECIES, codewords, q2 + o);
                s2 = c2.fma(FloatVector.broadcast(SPECIES, x[i + 2]), s2);
                FloatVector c3 = FloatVector.fromArray(SPECIES, codewords, q3 + o);
                s3 = c3.fma(FloatVector.broadcast(SPECIES, x[i + 3]), s3);
            }
            choose(s0, best, row, g0 + part, index);
            choose(s1, best, row + 1, g1 + part, index);
            choose(s2, best, row + 2, g2 + part, index);
            choose(s3, best, row + 3, g3 + part, index);
        }
    }

    /** By bits, as the tile compares. */
    private static void choose(FloatVector scores, int[] best, int row, int first, int[] index) {
        int lane = scores.reinterpretAsInts()
                .compare(VectorOperators.EQ, best[row])
                .firstTrue();
        if (lane < LENGTH) {
            index[row] = first + lane;
        }
    }
}
