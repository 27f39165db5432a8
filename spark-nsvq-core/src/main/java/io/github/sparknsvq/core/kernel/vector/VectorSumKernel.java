package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.INTS;
import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import io.github.sparknsvq.core.kernel.SumKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The sum kernel with the Vector API, four vectors at a time: fewer would wait for each other. */
final class VectorSumKernel implements SumKernel {
    private static final int BLOCK = 4 * LENGTH;

    @Override
    public Products prepare(FloatMatrix codewords) {
        return new VectorProducts(codewords);
    }

    @Override
    public int block() {
        return BLOCK;
    }

    @Override
    public int subtract(float[] a, float[] b, float[] difference, int from, int to, float threshold) {
        int k = from;
        for (; k <= to - BLOCK; k += BLOCK) {
            FloatVector v0 = difference(a, b, k);
            FloatVector v1 = difference(a, b, k + LENGTH);
            FloatVector v2 = difference(a, b, k + 2 * LENGTH);
            FloatVector v3 = difference(a, b, k + 3 * LENGTH);
            v0.intoArray(difference, k);
            v1.intoArray(difference, k + LENGTH);
            v2.intoArray(difference, k + 2 * LENGTH);
            v3.intoArray(difference, k + 3 * LENGTH);
            FloatVector highest = v0.max(v1).max(v2.max(v3));
            if (highest.compare(VectorOperators.GT, threshold).anyTrue()) {
                return k;
            }
        }
        return rest(a, b, difference, k, to, threshold);
    }

    private static FloatVector difference(float[] a, float[] b, int at) {
        return FloatVector.fromArray(SPECIES, a, at).sub(FloatVector.fromArray(SPECIES, b, at));
    }

    /** What does not fill a block. */
    private static int rest(float[] a, float[] b, float[] difference, int from, int to, float threshold) {
        boolean above = false;
        for (int c = from; c < to; c++) {
            difference[c] = a[c] - b[c];
            above |= difference[c] > threshold;
        }
        return above ? from : to;
    }

    @Override
    public void subtract(float[] a, int atA, float[] b, int atB, float[] difference, int to, int count) {
        int c = 0;
        for (; c <= count - BLOCK; c += BLOCK) {
            FloatVector v0 = difference(a, atA + c, b, atB + c);
            FloatVector v1 = difference(a, atA + c + LENGTH, b, atB + c + LENGTH);
            FloatVector v2 = difference(a, atA + c + 2 * LENGTH, b, atB + c + 2 * LENGTH);
            FloatVector v3 = difference(a, atA + c + 3 * LENGTH, b, atB + c + 3 * LENGTH);
            v0.intoArray(difference, to + c);
            v1.intoArray(difference, to + c + LENGTH);
            v2.intoArray(difference, to + c + 2 * LENGTH);
            v3.intoArray(difference, to + c + 3 * LENGTH);
        }
        for (; c < count; c++) {
            difference[to + c] = a[atA + c] - b[atB + c];
        }
    }

    private static FloatVector difference(float[] a, int atA, float[] b, int atB) {
        return FloatVector.fromArray(SPECIES, a, atA).sub(FloatVector.fromArray(SPECIES, b, atB));
    }

    @Override
    public int tops() {
        return 2 * LENGTH;
    }

    /** Keeps the two largest of each lane. */
    @Override
    public void reach(
            float[] a, int atA, float[] b, int atB, float start, float[] reached, int to, int count, float[] tops) {
        FloatVector add = FloatVector.broadcast(SPECIES, start);
        FloatVector first = FloatVector.fromArray(SPECIES, tops, 0);
        FloatVector second = FloatVector.fromArray(SPECIES, tops, LENGTH);
        int c = 0;
        for (; c <= count - BLOCK; c += BLOCK) {
            FloatVector v0 = difference(a, atA + c, b, atB + c).add(add);
            FloatVector v1 = difference(a, atA + c + LENGTH, b, atB + c + LENGTH).add(add);
            FloatVector v2 = difference(a, atA + c + 2 * LENGTH, b, atB + c + 2 * LENGTH).add(add);
            FloatVector v3 = difference(a, atA + c + 3 * LENGTH, b, atB + c + 3 * LENGTH).add(add);
            v0.intoArray(reached, to + c);
            v1.intoArray(reached, to + c + LENGTH);
            v2.intoArray(reached, to + c + 2 * LENGTH);
            v3.intoArray(reached, to + c + 3 * LENGTH);
            FloatVector high = v0.max(v1);
            FloatVector higher = v2.max(v3);
            second = second.max(first.min(high.max(higher))).max(high.min(higher));
            first = first.max(high.max(higher));
        }
        first.intoArray(tops, 0);
        second.intoArray(tops, LENGTH);
        for (; c < count; c++) {
            reached[to + c] = start + (a[atA + c] - b[atB + c]);
        }
    }

    @Override
    public int above(float[] values, int from, int to, float threshold) {
        int c = from;
        for (; c <= to - BLOCK; c += BLOCK) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, values, c);
            FloatVector v1 = FloatVector.fromArray(SPECIES, values, c + LENGTH);
            FloatVector v2 = FloatVector.fromArray(SPECIES, values, c + 2 * LENGTH);
            FloatVector v3 = FloatVector.fromArray(SPECIES, values, c + 3 * LENGTH);
            if (v0.max(v1).max(v2.max(v3)).compare(VectorOperators.GT, threshold).anyTrue()) {
                break;
            }
        }
        for (; c <= to - LENGTH; c += LENGTH) {
            VectorMask<Float> higher =
                    FloatVector.fromArray(SPECIES, values, c).compare(VectorOperators.GT, threshold);
            if (higher.anyTrue()) {
                return c + higher.firstTrue();
            }
        }
        while (c < to && !(values[c] > threshold)) {
            c++;
        }
        return c;
    }

    @Override
    public int best(float[] gains, float[][] others, float[] scratch, int from, int to) {
        FloatVector top = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        IntVector where = IntVector.broadcast(INTS, from);
        int k = from;
        for (; k <= to - BLOCK; k += BLOCK) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, gains, k);
            FloatVector v1 = FloatVector.fromArray(SPECIES, gains, k + LENGTH);
            FloatVector v2 = FloatVector.fromArray(SPECIES, gains, k + 2 * LENGTH);
            FloatVector v3 = FloatVector.fromArray(SPECIES, gains, k + 3 * LENGTH);
            for (float[] other : others) {
                v0 = v0.sub(FloatVector.fromArray(SPECIES, other, k));
                v1 = v1.sub(FloatVector.fromArray(SPECIES, other, k + LENGTH));
                v2 = v2.sub(FloatVector.fromArray(SPECIES, other, k + 2 * LENGTH));
                v3 = v3.sub(FloatVector.fromArray(SPECIES, other, k + 3 * LENGTH));
            }
            VectorMask<Float> higher = v0.compare(VectorOperators.GT, top);
            top = top.blend(v0, higher);
            where = where.blend(k, higher.cast(INTS));
            higher = v1.compare(VectorOperators.GT, top);
            top = top.blend(v1, higher);
            where = where.blend(k + LENGTH, higher.cast(INTS));
            higher = v2.compare(VectorOperators.GT, top);
            top = top.blend(v2, higher);
            where = where.blend(k + 2 * LENGTH, higher.cast(INTS));
            higher = v3.compare(VectorOperators.GT, top);
            top = top.blend(v3, higher);
            where = where.blend(k + 3 * LENGTH, higher.cast(INTS));
        }
        float most = Float.NEGATIVE_INFINITY;
        int best = from;
        for (int lane = 0; lane < LENGTH && k > from; lane++) {
            float value = top.lane(lane);
            int c = where.lane(lane) + lane;
            if (value > most || (value == most && value > Float.NEGATIVE_INFINITY && c < best)) {
                most = value;
                best = c;
            }
        }
        return k < to ? bestOfRest(gains, others, k, to, most, best) : best;
    }

    private static int bestOfRest(float[] gains, float[][] others, int from, int to, float least, int otherwise) {
        float most = least;
        int best = otherwise;
        for (int c = from; c < to; c++) {
            float value = gains[c];
            for (float[] other : others) {
                value -= other[c];
            }
            if (value > most) {
                most = value;
                best = c;
            }
        }
        return best;
    }
}
