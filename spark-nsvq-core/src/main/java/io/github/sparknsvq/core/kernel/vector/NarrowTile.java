package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.GROUP;
import static io.github.sparknsvq.core.kernel.vector.Lanes.INTS;
import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The register tile for CPUs with 16 vector registers (AVX2): 2 vectors of rows x 4 codewords, 8 accumulators. The
 * twin of {@link WideTile}, which would spill there and run at half the speed.
 */
final class NarrowTile {
    /** Vectors of rows, one row a lane. */
    static final int ROW_VECTORS = 2;

    /** Codewords that a pass takes. */
    private static final int PASS = 4;

    private static final int ROWS = ROW_VECTORS * LENGTH;

    private NarrowTile() {}

    /** See {@link Tile#score}. */
    static void score(float[] x, int d, float[] codewords, int from, int groups, float[] s) {
        IntVector top0 = FloatVector.fromArray(SPECIES, s, 0).reinterpretAsInts();
        IntVector id0 = IntVector.zero(INTS);
        IntVector top1 = FloatVector.fromArray(SPECIES, s, LENGTH).reinterpretAsInts();
        IntVector id1 = IntVector.zero(INTS);
        for (int pass = 0; pass < groups * (GROUP / PASS); pass++) {
            int g = pass / (GROUP / PASS);
            int q = from + g * GROUP * (d + 1) + pass % (GROUP / PASS) * PASS;
            FloatVector s0x0 = FloatVector.broadcast(SPECIES, codewords[q]);
            FloatVector s0x1 = s0x0;
            FloatVector s1x0 = FloatVector.broadcast(SPECIES, codewords[q + 1]);
            FloatVector s1x1 = s1x0;
            FloatVector s2x0 = FloatVector.broadcast(SPECIES, codewords[q + 2]);
            FloatVector s2x1 = s2x0;
            FloatVector s3x0 = FloatVector.broadcast(SPECIES, codewords[q + 3]);
            FloatVector s3x1 = s3x0;
            q += GROUP;
            for (int i = 0; i < d * ROWS; i += ROWS, q += GROUP) {
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
            int to = Tile.SCORES + pass * PASS * ROWS;
            s0x0.intoArray(s, to);
            s0x1.intoArray(s, to + LENGTH);
            s1x0.intoArray(s, to + ROWS);
            s1x1.intoArray(s, to + ROWS + LENGTH);
            s2x0.intoArray(s, to + 2 * ROWS);
            s2x1.intoArray(s, to + 2 * ROWS + LENGTH);
            s3x0.intoArray(s, to + 3 * ROWS);
            s3x1.intoArray(s, to + 3 * ROWS + LENGTH);
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
        top0.reinterpretAsFloats().intoArray(s, 0);
        id0.reinterpretAsFloats().intoArray(s, ROWS);
        top1.reinterpretAsFloats().intoArray(s, LENGTH);
        id1.reinterpretAsFloats().intoArray(s, ROWS + LENGTH);
    }
}
