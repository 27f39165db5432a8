package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.GROUP;
import static io.github.sparknsvq.core.kernel.vector.Lanes.INTS;
import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The register tile for CPUs with 16 vector registers (AVX2): 2 vectors of rows x 4 codewords, 8 accumulators. The twin of
 * {@link WideTile}, which spills there and runs at half the speed.
 */
final class NarrowTile {
    /** Vectors of rows, one row a lane. */
    static final int ROW_VECTORS = 2;

    /** Codewords taken at once: half a group. */
    private static final int PASS = 4;

    private static final int ROWS = ROW_VECTORS * LENGTH;

    private NarrowTile() {}

    /** See {@link Tile#best}. */
    static void best(float[] x, int d, float[] codewords, float[] bias, int groups, int[] best, int[] which) {
        IntVector top0 = IntVector.broadcast(INTS, -1);
        IntVector id0 = IntVector.zero(INTS);
        IntVector top1 = IntVector.broadcast(INTS, -1);
        IntVector id1 = IntVector.zero(INTS);
        for (int pass = 0; pass < groups * (GROUP / PASS); pass++) {
            int g = pass / (GROUP / PASS);
            FloatVector s0x0 = FloatVector.broadcast(SPECIES, bias[pass * PASS]);
            FloatVector s0x1 = s0x0;
            FloatVector s1x0 = FloatVector.broadcast(SPECIES, bias[pass * PASS + 1]);
            FloatVector s1x1 = s1x0;
            FloatVector s2x0 = FloatVector.broadcast(SPECIES, bias[pass * PASS + 2]);
            FloatVector s2x1 = s2x0;
            FloatVector s3x0 = FloatVector.broadcast(SPECIES, bias[pass * PASS + 3]);
            FloatVector s3x1 = s3x0;
            for (int i = 0, q = g * GROUP * d + pass % (GROUP / PASS) * PASS; i < d * ROWS; i += ROWS, q += GROUP) {
                FloatVector x0 = FloatVector.fromArray(SPECIES, x, i);
                FloatVector x1 = FloatVector.fromArray(SPECIES, x, i + LENGTH);
                FloatVector c0 = FloatVector.broadcast(SPECIES, codewords[q]);
                s0x0 = x0.fma(c0, s0x0);
                s0x1 = x1.fma(c0, s0x1);
                FloatVector c1 = FloatVector.broadcast(SPECIES, codewords[q + 1]);
                s1x0 = x0.fma(c1, s1x0);
                s1x1 = x1.fma(c1, s1x1);
                FloatVector c2 = FloatVector.broadcast(SPECIES, codewords[q + 2]);
                s2x0 = x0.fma(c2, s2x0);
                s2x1 = x1.fma(c2, s2x1);
                FloatVector c3 = FloatVector.broadcast(SPECIES, codewords[q + 3]);
                s3x0 = x0.fma(c3, s3x0);
                s3x1 = x1.fma(c3, s3x1);
            }
            IntVector number = IntVector.broadcast(INTS, g + 1);
            IntVector m0 = top0.max(s0x0.reinterpretAsInts()
                    .max(s1x0.reinterpretAsInts())
                    .max(s2x0.reinterpretAsInts().max(s3x0.reinterpretAsInts())));
            id0 = id0.max(top0.sub(m0).lanewise(VectorOperators.ASHR, 31).and(number));
            top0 = m0;
            IntVector m1 = top1.max(s0x1.reinterpretAsInts()
                    .max(s1x1.reinterpretAsInts())
                    .max(s2x1.reinterpretAsInts().max(s3x1.reinterpretAsInts())));
            id1 = id1.max(top1.sub(m1).lanewise(VectorOperators.ASHR, 31).and(number));
            top1 = m1;
        }
        top0.intoArray(best, 0);
        id0.intoArray(which, 0);
        top1.intoArray(best, LENGTH);
        id1.intoArray(which, LENGTH);
    }

    /** See {@link Tile#add}. */
    static void add(
            float[] x,
            int from,
            int d,
            float[] codewords,
            int co,
            float[] start,
            int so,
            int step,
            int rowStep,
            float[] scores,
            int to) {
        for (int first = 0; first < GROUP; first += PASS) {
            FloatVector s0x0 = FloatVector.fromArray(SPECIES, start, so + first * step);
            FloatVector s0x1 = FloatVector.fromArray(SPECIES, start, so + first * step + rowStep);
            FloatVector s1x0 = FloatVector.fromArray(SPECIES, start, so + (first + 1) * step);
            FloatVector s1x1 = FloatVector.fromArray(SPECIES, start, so + (first + 1) * step + rowStep);
            FloatVector s2x0 = FloatVector.fromArray(SPECIES, start, so + (first + 2) * step);
            FloatVector s2x1 = FloatVector.fromArray(SPECIES, start, so + (first + 2) * step + rowStep);
            FloatVector s3x0 = FloatVector.fromArray(SPECIES, start, so + (first + 3) * step);
            FloatVector s3x1 = FloatVector.fromArray(SPECIES, start, so + (first + 3) * step + rowStep);
            for (int i = from, q = co + first, end = from + d * ROWS; i < end; i += ROWS, q += GROUP) {
                FloatVector x0 = FloatVector.fromArray(SPECIES, x, i);
                FloatVector x1 = FloatVector.fromArray(SPECIES, x, i + LENGTH);
                FloatVector c0 = FloatVector.broadcast(SPECIES, codewords[q]);
                s0x0 = x0.fma(c0, s0x0);
                s0x1 = x1.fma(c0, s0x1);
                FloatVector c1 = FloatVector.broadcast(SPECIES, codewords[q + 1]);
                s1x0 = x0.fma(c1, s1x0);
                s1x1 = x1.fma(c1, s1x1);
                FloatVector c2 = FloatVector.broadcast(SPECIES, codewords[q + 2]);
                s2x0 = x0.fma(c2, s2x0);
                s2x1 = x1.fma(c2, s2x1);
                FloatVector c3 = FloatVector.broadcast(SPECIES, codewords[q + 3]);
                s3x0 = x0.fma(c3, s3x0);
                s3x1 = x1.fma(c3, s3x1);
            }
            s0x0.intoArray(scores, to + first * ROWS);
            s0x1.intoArray(scores, to + first * ROWS + LENGTH);
            s1x0.intoArray(scores, to + (first + 1) * ROWS);
            s1x1.intoArray(scores, to + (first + 1) * ROWS + LENGTH);
            s2x0.intoArray(scores, to + (first + 2) * ROWS);
            s2x1.intoArray(scores, to + (first + 2) * ROWS + LENGTH);
            s3x0.intoArray(scores, to + (first + 3) * ROWS);
            s3x1.intoArray(scores, to + (first + 3) * ROWS + LENGTH);
        }
    }
}
