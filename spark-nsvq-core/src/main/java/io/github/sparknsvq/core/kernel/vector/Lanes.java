package io.github.sparknsvq.core.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The widest float vector of this machine, and the few operations on whole vectors that several tiles share. */
final class Lanes {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int LENGTH = SPECIES.length();

    /** Up to here gathering a coordinate of many rows beats summing each row's distance by itself. */
    static final int GATHER_DIMENSION = 12;

    private static final FloatVector NUMBERS = numbers();

    private Lanes() {}

    private static FloatVector numbers() {
        float[] numbers = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            numbers[i] = i;
        }
        return FloatVector.fromArray(SPECIES, numbers, 0);
    }

    /**
     * Reduces the best scores of {@code LENGTH} rows across their lanes, all rows at once: lane {@code r} of the gathered
     * vectors is row {@code r}. Equal scores go to the lowest codeword.
     *
     * @param best {@code LENGTH} x {@code LENGTH} scores from {@code at}, row after row
     * @param which which vector of codewords had them
     * @param rowStarts {@code i * LENGTH} for each {@code i}
     * @param codeword receives {@code LENGTH} codewords
     */
    static void bestOfRows(float[] best, float[] which, int at, int[] rowStarts, float[] codeword) {
        FloatVector top = FloatVector.fromArray(SPECIES, best, at, rowStarts, 0);
        FloatVector chosen =
                FloatVector.fromArray(SPECIES, which, at, rowStarts, 0).mul(LENGTH);
        for (int lane = 1; lane < LENGTH; lane++) {
            FloatVector s = FloatVector.fromArray(SPECIES, best, at + lane, rowStarts, 0);
            FloatVector c = FloatVector.fromArray(SPECIES, which, at + lane, rowStarts, 0)
                    .mul(LENGTH)
                    .add(lane);
            VectorMask<Float> tie = s.compare(VectorOperators.EQ, top).and(c.compare(VectorOperators.LT, chosen));
            VectorMask<Float> better = s.compare(VectorOperators.GT, top).or(tie);
            top = top.blend(s, better);
            chosen = chosen.blend(c, better);
        }
        chosen.intoArray(codeword, 0);
    }

    /** The codeword of one row, as {@link #bestOfRows}. */
    static int bestOfRow(float[] best, float[] which, int at) {
        FloatVector top = FloatVector.fromArray(SPECIES, best, at);
        VectorMask<Float> highest = top.compare(VectorOperators.EQ, top.reduceLanes(VectorOperators.MAX));
        FloatVector codeword =
                FloatVector.fromArray(SPECIES, which, at).mul(LENGTH).add(NUMBERS);
        FloatVector none = FloatVector.broadcast(SPECIES, Float.MAX_VALUE);
        float lowest = none.blend(codeword, highest).reduceLanes(VectorOperators.MIN);
        return lowest == Float.MAX_VALUE ? 0 : (int) lowest;
    }

    /** Squared distances of {@code LENGTH} rows to a codeword each, lane {@code r} for row {@code r}. */
    static void squaredDistances(
            float[] rows,
            int at,
            int[] rowOffsets,
            float[] codebook,
            int[] codewordOffsets,
            int d,
            float[] out,
            int to) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int j = 0; j < d; j++) {
            FloatVector x = FloatVector.fromArray(SPECIES, rows, at + j, rowOffsets, 0);
            FloatVector difference = x.sub(FloatVector.fromArray(SPECIES, codebook, j, codewordOffsets, 0));
            sum = difference.fma(difference, sum);
        }
        sum.intoArray(out, to);
    }

    /**
     * Squared distance of two vectors, bit for bit as {@link #squaredDistances} up to {@link #GATHER_DIMENSION}. Lanes are
     * added in an order of our own: {@code reduceLanes} may take another once it is compiled.
     */
    static float squaredDistance(float[] a, int aOffset, float[] b, int bOffset, int d) {
        float total = 0;
        int j = 0;
        if (d > GATHER_DIMENSION) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (; j <= d - LENGTH; j += LENGTH) {
                FloatVector x = FloatVector.fromArray(SPECIES, a, aOffset + j);
                FloatVector difference = x.sub(FloatVector.fromArray(SPECIES, b, bOffset + j));
                sum = difference.fma(difference, sum);
            }
            for (int lane = 0; lane < LENGTH; lane++) {
                total += sum.lane(lane);
            }
        }
        for (; j < d; j++) {
            float difference = a[aOffset + j] - b[bOffset + j];
            total = Math.fma(difference, difference, total);
        }
        return total;
    }
}
