package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The two register tiles of the search, unrolled by hand because C2 keeps vectors in registers only when each is a local
 * variable of its own.
 *
 * <p>Scores are {@code bias + <row, codeword>}, summed over the dimensions in ascending order by fused multiply-add, the
 * same in both tiles: a row gets the same scores whichever tile it goes through.
 *
 * <p>Why these shapes: a broadcast from memory costs a load and no arithmetic, so more rows per codeword vector means
 * more multiply-adds per load. 12 rows x 2 vectors of codewords is 24 accumulators of the 32 registers of AVX-512 and
 * NEON. For few dimensions, where finding the maximum costs as much as the scores, 6 rows x 2 vectors leave registers
 * for the running maxima, which then never go to memory between panels.
 */
final class Tiles {
    /** Rows of the wide tile. */
    static final int WIDE_ROWS = 12;

    /** Floats between two rows of the wide tile's scratch: a constant, so that it becomes an address displacement. */
    static final int STRIDE = 144;

    /** Most dimensions that the wide tile takes at once; more are taken in blocks. */
    static final int BLOCK = 128;

    /** Rows of the small tile. */
    static final int SMALL_ROWS = 6;

    private Tiles() {}

    /**
     * Adds the products of 12 rows and two vectors of codewords to their scores.
     *
     * @param a the rows, {@value #STRIDE} floats apart from {@code ao}
     * @param d number of dimensions, 1 to {@value #BLOCK}
     * @param p packed codewords, {@code 2 * LENGTH} per dimension from {@code po}
     * @param start where the scores start from: {@code 2 * LENGTH} values for every row
     * @param so where they start in {@code start}
     * @param step how far the next row's are, 0 where all rows start alike
     * @param scores receives 12 x {@code 2 * LENGTH} scores
     */
    static void wide(float[] a, int ao, int d, float[] p, int po, float[] start, int so, int step, float[] scores) {
        FloatVector s0x0 = FloatVector.fromArray(SPECIES, start, so);
        FloatVector s0x1 = FloatVector.fromArray(SPECIES, start, so + LENGTH);
        FloatVector s1x0 = FloatVector.fromArray(SPECIES, start, so + 1 * step + 0 * LENGTH);
        FloatVector s1x1 = FloatVector.fromArray(SPECIES, start, so + 1 * step + 1 * LENGTH);
        FloatVector s2x0 = FloatVector.fromArray(SPECIES, start, so + 2 * step + 0 * LENGTH);
        FloatVector s2x1 = FloatVector.fromArray(SPECIES, start, so + 2 * step + 1 * LENGTH);
        FloatVector s3x0 = FloatVector.fromArray(SPECIES, start, so + 3 * step + 0 * LENGTH);
        FloatVector s3x1 = FloatVector.fromArray(SPECIES, start, so + 3 * step + 1 * LENGTH);
        FloatVector s4x0 = FloatVector.fromArray(SPECIES, start, so + 4 * step + 0 * LENGTH);
        FloatVector s4x1 = FloatVector.fromArray(SPECIES, start, so + 4 * step + 1 * LENGTH);
        FloatVector s5x0 = FloatVector.fromArray(SPECIES, start, so + 5 * step + 0 * LENGTH);
        FloatVector s5x1 = FloatVector.fromArray(SPECIES, start, so + 5 * step + 1 * LENGTH);
        FloatVector s6x0 = FloatVector.fromArray(SPECIES, start, so + 6 * step + 0 * LENGTH);
        FloatVector s6x1 = FloatVector.fromArray(SPECIES, start, so + 6 * step + 1 * LENGTH);
        FloatVector s7x0 = FloatVector.fromArray(SPECIES, start, so + 7 * step + 0 * LENGTH);
        FloatVector s7x1 = FloatVector.fromArray(SPECIES, start, so + 7 * step + 1 * LENGTH);
        FloatVector s8x0 = FloatVector.fromArray(SPECIES, start, so + 8 * step + 0 * LENGTH);
        FloatVector s8x1 = FloatVector.fromArray(SPECIES, start, so + 8 * step + 1 * LENGTH);
        FloatVector s9x0 = FloatVector.fromArray(SPECIES, start, so + 9 * step + 0 * LENGTH);
        FloatVector s9x1 = FloatVector.fromArray(SPECIES, start, so + 9 * step + 1 * LENGTH);
        FloatVector s10x0 = FloatVector.fromArray(SPECIES, start, so + 10 * step + 0 * LENGTH);
        FloatVector s10x1 = FloatVector.fromArray(SPECIES, start, so + 10 * step + 1 * LENGTH);
        FloatVector s11x0 = FloatVector.fromArray(SPECIES, start, so + 11 * step + 0 * LENGTH);
        FloatVector s11x1 = FloatVector.fromArray(SPECIES, start, so + 11 * step + 1 * LENGTH);
        int i = ao;
        int q = po;
        int end = ao + d - 1;
        for (; i < end; i += 2, q += 4 * LENGTH) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, p, q);
            FloatVector b1 = FloatVector.fromArray(SPECIES, p, q + LENGTH);
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[i]);
            s0x0 = a0.fma(b0, s0x0);
            s0x1 = a0.fma(b1, s0x1);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[i + STRIDE]);
            s1x0 = a1.fma(b0, s1x0);
            s1x1 = a1.fma(b1, s1x1);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[i + 2 * STRIDE]);
            s2x0 = a2.fma(b0, s2x0);
            s2x1 = a2.fma(b1, s2x1);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[i + 3 * STRIDE]);
            s3x0 = a3.fma(b0, s3x0);
            s3x1 = a3.fma(b1, s3x1);
            FloatVector a4 = FloatVector.broadcast(SPECIES, a[i + 4 * STRIDE]);
            s4x0 = a4.fma(b0, s4x0);
            s4x1 = a4.fma(b1, s4x1);
            FloatVector a5 = FloatVector.broadcast(SPECIES, a[i + 5 * STRIDE]);
            s5x0 = a5.fma(b0, s5x0);
            s5x1 = a5.fma(b1, s5x1);
            FloatVector a6 = FloatVector.broadcast(SPECIES, a[i + 6 * STRIDE]);
            s6x0 = a6.fma(b0, s6x0);
            s6x1 = a6.fma(b1, s6x1);
            FloatVector a7 = FloatVector.broadcast(SPECIES, a[i + 7 * STRIDE]);
            s7x0 = a7.fma(b0, s7x0);
            s7x1 = a7.fma(b1, s7x1);
            FloatVector a8 = FloatVector.broadcast(SPECIES, a[i + 8 * STRIDE]);
            s8x0 = a8.fma(b0, s8x0);
            s8x1 = a8.fma(b1, s8x1);
            FloatVector a9 = FloatVector.broadcast(SPECIES, a[i + 9 * STRIDE]);
            s9x0 = a9.fma(b0, s9x0);
            s9x1 = a9.fma(b1, s9x1);
            FloatVector a10 = FloatVector.broadcast(SPECIES, a[i + 10 * STRIDE]);
            s10x0 = a10.fma(b0, s10x0);
            s10x1 = a10.fma(b1, s10x1);
            FloatVector a11 = FloatVector.broadcast(SPECIES, a[i + 11 * STRIDE]);
            s11x0 = a11.fma(b0, s11x0);
            s11x1 = a11.fma(b1, s11x1);
            FloatVector d0 = FloatVector.fromArray(SPECIES, p, q + 2 * LENGTH);
            FloatVector d1 = FloatVector.fromArray(SPECIES, p, q + 3 * LENGTH);
            FloatVector e0 = FloatVector.broadcast(SPECIES, a[i + 1]);
            s0x0 = e0.fma(d0, s0x0);
            s0x1 = e0.fma(d1, s0x1);
            FloatVector e1 = FloatVector.broadcast(SPECIES, a[i + STRIDE + 1]);
            s1x0 = e1.fma(d0, s1x0);
            s1x1 = e1.fma(d1, s1x1);
            FloatVector e2 = FloatVector.broadcast(SPECIES, a[i + 2 * STRIDE + 1]);
            s2x0 = e2.fma(d0, s2x0);
            s2x1 = e2.fma(d1, s2x1);
            FloatVector e3 = FloatVector.broadcast(SPECIES, a[i + 3 * STRIDE + 1]);
            s3x0 = e3.fma(d0, s3x0);
            s3x1 = e3.fma(d1, s3x1);
            FloatVector e4 = FloatVector.broadcast(SPECIES, a[i + 4 * STRIDE + 1]);
            s4x0 = e4.fma(d0, s4x0);
            s4x1 = e4.fma(d1, s4x1);
            FloatVector e5 = FloatVector.broadcast(SPECIES, a[i + 5 * STRIDE + 1]);
            s5x0 = e5.fma(d0, s5x0);
            s5x1 = e5.fma(d1, s5x1);
            FloatVector e6 = FloatVector.broadcast(SPECIES, a[i + 6 * STRIDE + 1]);
            s6x0 = e6.fma(d0, s6x0);
            s6x1 = e6.fma(d1, s6x1);
            FloatVector e7 = FloatVector.broadcast(SPECIES, a[i + 7 * STRIDE + 1]);
            s7x0 = e7.fma(d0, s7x0);
            s7x1 = e7.fma(d1, s7x1);
            FloatVector e8 = FloatVector.broadcast(SPECIES, a[i + 8 * STRIDE + 1]);
            s8x0 = e8.fma(d0, s8x0);
            s8x1 = e8.fma(d1, s8x1);
            FloatVector e9 = FloatVector.broadcast(SPECIES, a[i + 9 * STRIDE + 1]);
            s9x0 = e9.fma(d0, s9x0);
            s9x1 = e9.fma(d1, s9x1);
            FloatVector e10 = FloatVector.broadcast(SPECIES, a[i + 10 * STRIDE + 1]);
            s10x0 = e10.fma(d0, s10x0);
            s10x1 = e10.fma(d1, s10x1);
            FloatVector e11 = FloatVector.broadcast(SPECIES, a[i + 11 * STRIDE + 1]);
            s11x0 = e11.fma(d0, s11x0);
            s11x1 = e11.fma(d1, s11x1);
        }
        if (i == end) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, p, q);
            FloatVector b1 = FloatVector.fromArray(SPECIES, p, q + LENGTH);
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[i]);
            s0x0 = a0.fma(b0, s0x0);
            s0x1 = a0.fma(b1, s0x1);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[i + STRIDE]);
            s1x0 = a1.fma(b0, s1x0);
            s1x1 = a1.fma(b1, s1x1);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[i + 2 * STRIDE]);
            s2x0 = a2.fma(b0, s2x0);
            s2x1 = a2.fma(b1, s2x1);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[i + 3 * STRIDE]);
            s3x0 = a3.fma(b0, s3x0);
            s3x1 = a3.fma(b1, s3x1);
            FloatVector a4 = FloatVector.broadcast(SPECIES, a[i + 4 * STRIDE]);
            s4x0 = a4.fma(b0, s4x0);
            s4x1 = a4.fma(b1, s4x1);
            FloatVector a5 = FloatVector.broadcast(SPECIES, a[i + 5 * STRIDE]);
            s5x0 = a5.fma(b0, s5x0);
            s5x1 = a5.fma(b1, s5x1);
            FloatVector a6 = FloatVector.broadcast(SPECIES, a[i + 6 * STRIDE]);
            s6x0 = a6.fma(b0, s6x0);
            s6x1 = a6.fma(b1, s6x1);
            FloatVector a7 = FloatVector.broadcast(SPECIES, a[i + 7 * STRIDE]);
            s7x0 = a7.fma(b0, s7x0);
            s7x1 = a7.fma(b1, s7x1);
            FloatVector a8 = FloatVector.broadcast(SPECIES, a[i + 8 * STRIDE]);
            s8x0 = a8.fma(b0, s8x0);
            s8x1 = a8.fma(b1, s8x1);
            FloatVector a9 = FloatVector.broadcast(SPECIES, a[i + 9 * STRIDE]);
            s9x0 = a9.fma(b0, s9x0);
            s9x1 = a9.fma(b1, s9x1);
            FloatVector a10 = FloatVector.broadcast(SPECIES, a[i + 10 * STRIDE]);
            s10x0 = a10.fma(b0, s10x0);
            s10x1 = a10.fma(b1, s10x1);
            FloatVector a11 = FloatVector.broadcast(SPECIES, a[i + 11 * STRIDE]);
            s11x0 = a11.fma(b0, s11x0);
            s11x1 = a11.fma(b1, s11x1);
        }
        s0x0.intoArray(scores, 0);
        s0x1.intoArray(scores, LENGTH);
        s1x0.intoArray(scores, 2 * LENGTH);
        s1x1.intoArray(scores, 3 * LENGTH);
        s2x0.intoArray(scores, 4 * LENGTH);
        s2x1.intoArray(scores, 5 * LENGTH);
        s3x0.intoArray(scores, 6 * LENGTH);
        s3x1.intoArray(scores, 7 * LENGTH);
        s4x0.intoArray(scores, 8 * LENGTH);
        s4x1.intoArray(scores, 9 * LENGTH);
        s5x0.intoArray(scores, 10 * LENGTH);
        s5x1.intoArray(scores, 11 * LENGTH);
        s6x0.intoArray(scores, 12 * LENGTH);
        s6x1.intoArray(scores, 13 * LENGTH);
        s7x0.intoArray(scores, 14 * LENGTH);
        s7x1.intoArray(scores, 15 * LENGTH);
        s8x0.intoArray(scores, 16 * LENGTH);
        s8x1.intoArray(scores, 17 * LENGTH);
        s9x0.intoArray(scores, 18 * LENGTH);
        s9x1.intoArray(scores, 19 * LENGTH);
        s10x0.intoArray(scores, 20 * LENGTH);
        s10x1.intoArray(scores, 21 * LENGTH);
        s11x0.intoArray(scores, 22 * LENGTH);
        s11x1.intoArray(scores, 23 * LENGTH);
    }

    /**
     * Compares the scores of 12 rows with the best so far, lane by lane.
     *
     * @param scores 12 x {@code 2 * LENGTH} scores
     * @param best per row and lane the best score, from {@code at}
     * @param which per row and lane which vector of codewords had it
     * @param id number of the first of the two vectors
     */
    static void keep(float[] scores, float[] best, float[] which, int at, float id) {
        FloatVector id0 = FloatVector.broadcast(SPECIES, id);
        FloatVector id1 = FloatVector.broadcast(SPECIES, id + 1);
        for (int r = 0; r < WIDE_ROWS; r++) {
            FloatVector s0 = FloatVector.fromArray(SPECIES, scores, r * 2 * LENGTH);
            FloatVector s1 = FloatVector.fromArray(SPECIES, scores, r * 2 * LENGTH + LENGTH);
            VectorMask<Float> second = s1.compare(VectorOperators.GT, s0);
            FloatVector s = s0.blend(s1, second);
            FloatVector top = FloatVector.fromArray(SPECIES, best, at + r * LENGTH);
            // blend, not max: Java's max must order NaN and -0 and takes five instructions
            VectorMask<Float> better = s.compare(VectorOperators.GT, top);
            top.blend(s, better).intoArray(best, at + r * LENGTH);
            FloatVector ids = id0.blend(id1, second);
            FloatVector.fromArray(SPECIES, which, at + r * LENGTH)
                    .blend(ids, better)
                    .intoArray(which, at + r * LENGTH);
        }
    }

    /**
     * Finds for 6 rows, lane by lane, the best score over all panels.
     *
     * @param a the rows, interleaved: dimension {@code j} of row {@code r} at {@code 6 * j + r}
     * @param d number of dimensions
     * @param p packed codewords, panels of {@code 2 * LENGTH}
     * @param bias the scores' starting values, {@code 2 * LENGTH} per panel
     * @param panels number of panels
     * @param best receives per row and lane the best score, from {@code at}
     * @param which receives per row and lane which vector of codewords had it
     */
    static void small(float[] a, int d, float[] p, float[] bias, int panels, float[] best, float[] which, int at) {
        FloatVector top0 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector id0 = FloatVector.zero(SPECIES);
        FloatVector top1 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector id1 = FloatVector.zero(SPECIES);
        FloatVector top2 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector id2 = FloatVector.zero(SPECIES);
        FloatVector top3 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector id3 = FloatVector.zero(SPECIES);
        FloatVector top4 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector id4 = FloatVector.zero(SPECIES);
        FloatVector top5 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        FloatVector id5 = FloatVector.zero(SPECIES);
        int end = (d - 1) * SMALL_ROWS;
        int q = 0;
        for (int panel = 0; panel < panels; panel++) {
            FloatVector start0 = FloatVector.fromArray(SPECIES, bias, panel * 2 * LENGTH);
            FloatVector start1 = FloatVector.fromArray(SPECIES, bias, panel * 2 * LENGTH + LENGTH);
            FloatVector s0x0 = start0;
            FloatVector s0x1 = start1;
            FloatVector s1x0 = start0;
            FloatVector s1x1 = start1;
            FloatVector s2x0 = start0;
            FloatVector s2x1 = start1;
            FloatVector s3x0 = start0;
            FloatVector s3x1 = start1;
            FloatVector s4x0 = start0;
            FloatVector s4x1 = start1;
            FloatVector s5x0 = start0;
            FloatVector s5x1 = start1;
            int i = 0;
            for (; i < end; i += 2 * SMALL_ROWS, q += 4 * LENGTH) {
                FloatVector b0 = FloatVector.fromArray(SPECIES, p, q);
                FloatVector b1 = FloatVector.fromArray(SPECIES, p, q + LENGTH);
                FloatVector a0 = FloatVector.broadcast(SPECIES, a[i]);
                s0x0 = a0.fma(b0, s0x0);
                s0x1 = a0.fma(b1, s0x1);
                FloatVector a1 = FloatVector.broadcast(SPECIES, a[i + 1]);
                s1x0 = a1.fma(b0, s1x0);
                s1x1 = a1.fma(b1, s1x1);
                FloatVector a2 = FloatVector.broadcast(SPECIES, a[i + 2]);
                s2x0 = a2.fma(b0, s2x0);
                s2x1 = a2.fma(b1, s2x1);
                FloatVector a3 = FloatVector.broadcast(SPECIES, a[i + 3]);
                s3x0 = a3.fma(b0, s3x0);
                s3x1 = a3.fma(b1, s3x1);
                FloatVector a4 = FloatVector.broadcast(SPECIES, a[i + 4]);
                s4x0 = a4.fma(b0, s4x0);
                s4x1 = a4.fma(b1, s4x1);
                FloatVector a5 = FloatVector.broadcast(SPECIES, a[i + 5]);
                s5x0 = a5.fma(b0, s5x0);
                s5x1 = a5.fma(b1, s5x1);
                FloatVector d0 = FloatVector.fromArray(SPECIES, p, q + 2 * LENGTH);
                FloatVector d1 = FloatVector.fromArray(SPECIES, p, q + 3 * LENGTH);
                FloatVector e0 = FloatVector.broadcast(SPECIES, a[i + 6]);
                s0x0 = e0.fma(d0, s0x0);
                s0x1 = e0.fma(d1, s0x1);
                FloatVector e1 = FloatVector.broadcast(SPECIES, a[i + 7]);
                s1x0 = e1.fma(d0, s1x0);
                s1x1 = e1.fma(d1, s1x1);
                FloatVector e2 = FloatVector.broadcast(SPECIES, a[i + 8]);
                s2x0 = e2.fma(d0, s2x0);
                s2x1 = e2.fma(d1, s2x1);
                FloatVector e3 = FloatVector.broadcast(SPECIES, a[i + 9]);
                s3x0 = e3.fma(d0, s3x0);
                s3x1 = e3.fma(d1, s3x1);
                FloatVector e4 = FloatVector.broadcast(SPECIES, a[i + 10]);
                s4x0 = e4.fma(d0, s4x0);
                s4x1 = e4.fma(d1, s4x1);
                FloatVector e5 = FloatVector.broadcast(SPECIES, a[i + 11]);
                s5x0 = e5.fma(d0, s5x0);
                s5x1 = e5.fma(d1, s5x1);
            }
            if (i == end) {
                FloatVector b0 = FloatVector.fromArray(SPECIES, p, q);
                FloatVector b1 = FloatVector.fromArray(SPECIES, p, q + LENGTH);
                FloatVector a0 = FloatVector.broadcast(SPECIES, a[i]);
                s0x0 = a0.fma(b0, s0x0);
                s0x1 = a0.fma(b1, s0x1);
                FloatVector a1 = FloatVector.broadcast(SPECIES, a[i + 1]);
                s1x0 = a1.fma(b0, s1x0);
                s1x1 = a1.fma(b1, s1x1);
                FloatVector a2 = FloatVector.broadcast(SPECIES, a[i + 2]);
                s2x0 = a2.fma(b0, s2x0);
                s2x1 = a2.fma(b1, s2x1);
                FloatVector a3 = FloatVector.broadcast(SPECIES, a[i + 3]);
                s3x0 = a3.fma(b0, s3x0);
                s3x1 = a3.fma(b1, s3x1);
                FloatVector a4 = FloatVector.broadcast(SPECIES, a[i + 4]);
                s4x0 = a4.fma(b0, s4x0);
                s4x1 = a4.fma(b1, s4x1);
                FloatVector a5 = FloatVector.broadcast(SPECIES, a[i + 5]);
                s5x0 = a5.fma(b0, s5x0);
                s5x1 = a5.fma(b1, s5x1);
                q += 2 * LENGTH;
            }
            FloatVector number0 = FloatVector.broadcast(SPECIES, 2f * panel);
            FloatVector number1 = FloatVector.broadcast(SPECIES, 2f * panel + 1);
            VectorMask<Float> second0 = s0x1.compare(VectorOperators.GT, s0x0);
            FloatVector s0 = s0x0.blend(s0x1, second0);
            VectorMask<Float> better0 = s0.compare(VectorOperators.GT, top0);
            top0 = top0.blend(s0, better0);
            id0 = id0.blend(number0.blend(number1, second0), better0);
            VectorMask<Float> second1 = s1x1.compare(VectorOperators.GT, s1x0);
            FloatVector s1 = s1x0.blend(s1x1, second1);
            VectorMask<Float> better1 = s1.compare(VectorOperators.GT, top1);
            top1 = top1.blend(s1, better1);
            id1 = id1.blend(number0.blend(number1, second1), better1);
            VectorMask<Float> second2 = s2x1.compare(VectorOperators.GT, s2x0);
            FloatVector s2 = s2x0.blend(s2x1, second2);
            VectorMask<Float> better2 = s2.compare(VectorOperators.GT, top2);
            top2 = top2.blend(s2, better2);
            id2 = id2.blend(number0.blend(number1, second2), better2);
            VectorMask<Float> second3 = s3x1.compare(VectorOperators.GT, s3x0);
            FloatVector s3 = s3x0.blend(s3x1, second3);
            VectorMask<Float> better3 = s3.compare(VectorOperators.GT, top3);
            top3 = top3.blend(s3, better3);
            id3 = id3.blend(number0.blend(number1, second3), better3);
            VectorMask<Float> second4 = s4x1.compare(VectorOperators.GT, s4x0);
            FloatVector s4 = s4x0.blend(s4x1, second4);
            VectorMask<Float> better4 = s4.compare(VectorOperators.GT, top4);
            top4 = top4.blend(s4, better4);
            id4 = id4.blend(number0.blend(number1, second4), better4);
            VectorMask<Float> second5 = s5x1.compare(VectorOperators.GT, s5x0);
            FloatVector s5 = s5x0.blend(s5x1, second5);
            VectorMask<Float> better5 = s5.compare(VectorOperators.GT, top5);
            top5 = top5.blend(s5, better5);
            id5 = id5.blend(number0.blend(number1, second5), better5);
        }
        top0.intoArray(best, at);
        id0.intoArray(which, at);
        top1.intoArray(best, at + LENGTH);
        id1.intoArray(which, at + LENGTH);
        top2.intoArray(best, at + 2 * LENGTH);
        id2.intoArray(which, at + 2 * LENGTH);
        top3.intoArray(best, at + 3 * LENGTH);
        id3.intoArray(which, at + 3 * LENGTH);
        top4.intoArray(best, at + 4 * LENGTH);
        id4.intoArray(which, at + 4 * LENGTH);
        top5.intoArray(best, at + 5 * LENGTH);
        id5.intoArray(which, at + 5 * LENGTH);
    }
}
