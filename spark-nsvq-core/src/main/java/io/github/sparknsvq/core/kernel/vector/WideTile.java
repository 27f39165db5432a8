package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.GROUP;
import static io.github.sparknsvq.core.kernel.vector.Lanes.INTS;
import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The register tile for CPUs with 32 vector registers (AVX-512, NEON): 3 vectors of rows x 8 codewords, 24
 * accumulators.
 *
 * <p>Unrolled by hand because C2 keeps a vector in a register only when it is a local variable of its own; and no
 * longer than this, because past some 200 calls in a method C2 stops inlining the Vector API, and all of it is boxed
 * and fifty times slower. As few arrays and counters as this, because C2 would keep one more in a vector register and
 * fetch it from there in the inner loop, through the port of the multiply-adds: a fifth slower.
 */
final class WideTile {
    /** Vectors of rows, one row a lane. */
    static final int ROW_VECTORS = 3;

    private static final int ROWS = ROW_VECTORS * LENGTH;

    private WideTile() {}

    /** See {@link Tile#score}. */
    static void score(float[] x, int d, float[] codewords, int from, int groups, float[] s) {
        IntVector top0 = FloatVector.fromArray(SPECIES, s, 0).reinterpretAsInts();
        IntVector id0 = IntVector.zero(INTS);
        IntVector top1 = FloatVector.fromArray(SPECIES, s, LENGTH).reinterpretAsInts();
        IntVector id1 = IntVector.zero(INTS);
        IntVector top2 = FloatVector.fromArray(SPECIES, s, 2 * LENGTH).reinterpretAsInts();
        IntVector id2 = IntVector.zero(INTS);
        int q = from;
        for (int g = 0; g < groups; g++) {
            FloatVector s0x0 = FloatVector.broadcast(SPECIES, codewords[q]);
            FloatVector s0x1 = s0x0;
            FloatVector s0x2 = s0x0;
            FloatVector s1x0 = FloatVector.broadcast(SPECIES, codewords[q + 1]);
            FloatVector s1x1 = s1x0;
            FloatVector s1x2 = s1x0;
            FloatVector s2x0 = FloatVector.broadcast(SPECIES, codewords[q + 2]);
            FloatVector s2x1 = s2x0;
            FloatVector s2x2 = s2x0;
            FloatVector s3x0 = FloatVector.broadcast(SPECIES, codewords[q + 3]);
            FloatVector s3x1 = s3x0;
            FloatVector s3x2 = s3x0;
            FloatVector s4x0 = FloatVector.broadcast(SPECIES, codewords[q + 4]);
            FloatVector s4x1 = s4x0;
            FloatVector s4x2 = s4x0;
            FloatVector s5x0 = FloatVector.broadcast(SPECIES, codewords[q + 5]);
            FloatVector s5x1 = s5x0;
            FloatVector s5x2 = s5x0;
            FloatVector s6x0 = FloatVector.broadcast(SPECIES, codewords[q + 6]);
            FloatVector s6x1 = s6x0;
            FloatVector s6x2 = s6x0;
            FloatVector s7x0 = FloatVector.broadcast(SPECIES, codewords[q + 7]);
            FloatVector s7x1 = s7x0;
            FloatVector s7x2 = s7x0;
            q += GROUP;
            for (int i = 0; i < d * ROWS; i += ROWS, q += GROUP) {
                FloatVector x0 = FloatVector.fromArray(SPECIES, x, i);
                FloatVector x1 = FloatVector.fromArray(SPECIES, x, i + LENGTH);
                FloatVector x2 = FloatVector.fromArray(SPECIES, x, i + 2 * LENGTH);
                FloatVector c0 = FloatVector.broadcast(SPECIES, codewords[q]);
                s0x0 = x0.fma(c0, s0x0);
                s0x1 = x1.fma(c0, s0x1);
                s0x2 = x2.fma(c0, s0x2);
                FloatVector c1 = FloatVector.broadcast(SPECIES, codewords[q + 1]);
                s1x0 = x0.fma(c1, s1x0);
                s1x1 = x1.fma(c1, s1x1);
                s1x2 = x2.fma(c1, s1x2);
                FloatVector c2 = FloatVector.broadcast(SPECIES, codewords[q + 2]);
                s2x0 = x0.fma(c2, s2x0);
                s2x1 = x1.fma(c2, s2x1);
                s2x2 = x2.fma(c2, s2x2);
                FloatVector c3 = FloatVector.broadcast(SPECIES, codewords[q + 3]);
                s3x0 = x0.fma(c3, s3x0);
                s3x1 = x1.fma(c3, s3x1);
                s3x2 = x2.fma(c3, s3x2);
                FloatVector c4 = FloatVector.broadcast(SPECIES, codewords[q + 4]);
                s4x0 = x0.fma(c4, s4x0);
                s4x1 = x1.fma(c4, s4x1);
                s4x2 = x2.fma(c4, s4x2);
                FloatVector c5 = FloatVector.broadcast(SPECIES, codewords[q + 5]);
                s5x0 = x0.fma(c5, s5x0);
                s5x1 = x1.fma(c5, s5x1);
                s5x2 = x2.fma(c5, s5x2);
                FloatVector c6 = FloatVector.broadcast(SPECIES, codewords[q + 6]);
                s6x0 = x0.fma(c6, s6x0);
                s6x1 = x1.fma(c6, s6x1);
                s6x2 = x2.fma(c6, s6x2);
                FloatVector c7 = FloatVector.broadcast(SPECIES, codewords[q + 7]);
                s7x0 = x0.fma(c7, s7x0);
                s7x1 = x1.fma(c7, s7x1);
                s7x2 = x2.fma(c7, s7x2);
            }
            int to = Tile.SCORES + g * GROUP * ROWS;
            s0x0.intoArray(s, to);
            s0x1.intoArray(s, to + LENGTH);
            s0x2.intoArray(s, to + 2 * LENGTH);
            s1x0.intoArray(s, to + ROWS);
            s1x1.intoArray(s, to + ROWS + LENGTH);
            s1x2.intoArray(s, to + ROWS + 2 * LENGTH);
            s2x0.intoArray(s, to + 2 * ROWS);
            s2x1.intoArray(s, to + 2 * ROWS + LENGTH);
            s2x2.intoArray(s, to + 2 * ROWS + 2 * LENGTH);
            s3x0.intoArray(s, to + 3 * ROWS);
            s3x1.intoArray(s, to + 3 * ROWS + LENGTH);
            s3x2.intoArray(s, to + 3 * ROWS + 2 * LENGTH);
            s4x0.intoArray(s, to + 4 * ROWS);
            s4x1.intoArray(s, to + 4 * ROWS + LENGTH);
            s4x2.intoArray(s, to + 4 * ROWS + 2 * LENGTH);
            s5x0.intoArray(s, to + 5 * ROWS);
            s5x1.intoArray(s, to + 5 * ROWS + LENGTH);
            s5x2.intoArray(s, to + 5 * ROWS + 2 * LENGTH);
            s6x0.intoArray(s, to + 6 * ROWS);
            s6x1.intoArray(s, to + 6 * ROWS + LENGTH);
            s6x2.intoArray(s, to + 6 * ROWS + 2 * LENGTH);
            s7x0.intoArray(s, to + 7 * ROWS);
            s7x1.intoArray(s, to + 7 * ROWS + LENGTH);
            s7x2.intoArray(s, to + 7 * ROWS + 2 * LENGTH);
            IntVector number = IntVector.broadcast(INTS, g + 1);
            IntVector a0 = s0x0.reinterpretAsInts()
                    .max(s1x0.reinterpretAsInts())
                    .max(s2x0.reinterpretAsInts().max(s3x0.reinterpretAsInts()));
            IntVector b0 = s4x0.reinterpretAsInts()
                    .max(s5x0.reinterpretAsInts())
                    .max(s6x0.reinterpretAsInts().max(s7x0.reinterpretAsInts()));
            IntVector m0 = top0.max(a0.max(b0));
            id0 = id0.max(top0.sub(m0).lanewise(VectorOperators.ASHR, 31).and(number));
            top0 = m0;
            IntVector a1 = s0x1.reinterpretAsInts()
                    .max(s1x1.reinterpretAsInts())
                    .max(s2x1.reinterpretAsInts().max(s3x1.reinterpretAsInts()));
            IntVector b1 = s4x1.reinterpretAsInts()
                    .max(s5x1.reinterpretAsInts())
                    .max(s6x1.reinterpretAsInts().max(s7x1.reinterpretAsInts()));
            IntVector m1 = top1.max(a1.max(b1));
            id1 = id1.max(top1.sub(m1).lanewise(VectorOperators.ASHR, 31).and(number));
            top1 = m1;
            IntVector a2 = s0x2.reinterpretAsInts()
                    .max(s1x2.reinterpretAsInts())
                    .max(s2x2.reinterpretAsInts().max(s3x2.reinterpretAsInts()));
            IntVector b2 = s4x2.reinterpretAsInts()
                    .max(s5x2.reinterpretAsInts())
                    .max(s6x2.reinterpretAsInts().max(s7x2.reinterpretAsInts()));
            IntVector m2 = top2.max(a2.max(b2));
            id2 = id2.max(top2.sub(m2).lanewise(VectorOperators.ASHR, 31).and(number));
            top2 = m2;
        }
        top0.reinterpretAsFloats().intoArray(s, 0);
        id0.reinterpretAsFloats().intoArray(s, ROWS);
        top1.reinterpretAsFloats().intoArray(s, LENGTH);
        id1.reinterpretAsFloats().intoArray(s, ROWS + LENGTH);
        top2.reinterpretAsFloats().intoArray(s, 2 * LENGTH);
        id2.reinterpretAsFloats().intoArray(s, ROWS + 2 * LENGTH);
    }
}
