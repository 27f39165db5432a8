package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import io.github.sparknsvq.core.kernel.ByteDistances;
import java.util.Objects;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Distances from rows of bytes with the Vector API. A vector of bytes is looked at as ints of four bytes each, from
 * which shifts and masks take one byte after the other: so all vectors are of the preferred shape, see {@link
 * SingleRow}. The query's values lie in the order that this gives: of {@code 4 L} dimensions first those of the first
 * byte of each int.
 */
final class VectorByteDistances implements ByteDistances {
    /** Dimensions that one vector of bytes has. */
    private static final int BYTES = 4 * LENGTH;

    private final int dimension;
    private final float[] first;

    /** The query, for squares less what the first steps stand for; zeros behind the last dimension. */
    private final float[] query;

    /** The steps, and what the first ones stand for, in the same order. */
    private final float[] steps;

    private final float[] firsts;

    /** The last row, where a vector would reach beyond the codes. */
    private final byte[] last;

    private boolean squares;

    VectorByteDistances(float[] first, float[] step) {
        this.dimension = first.length;
        this.first = first;
        int padded = (dimension + BYTES - 1) / BYTES * BYTES;
        this.query = new float[padded];
        this.steps = new float[padded];
        this.firsts = new float[padded];
        this.last = new byte[padded];
        for (int j = 0; j < dimension; j++) {
            steps[place(j)] = step[j];
            firsts[place(j)] = first[j];
        }
    }

    private static int place(int j) {
        return j / BYTES * BYTES + j % 4 * LENGTH + j % BYTES / 4;
    }

    @Override
    public void squaredDistancesFrom(float[] from, int offset) {
        Objects.checkFromIndexSize(offset, dimension, from.length);
        squares = true;
        for (int j = 0; j < dimension; j++) {
            query[place(j)] = from[offset + j] - first[j];
        }
    }

    @Override
    public void innerProductsWith(float[] from, int offset) {
        Objects.checkFromIndexSize(offset, dimension, from.length);
        squares = false;
        for (int j = 0; j < dimension; j++) {
            query[place(j)] = from[offset + j];
        }
    }

    @Override
    public void measure(byte[] codes, int offset, int count, float[] measured) {
        Objects.checkFromIndexSize(offset, count * dimension, codes.length);
        for (int i = 0; i < count; i++) {
            int at = offset + i * dimension;
            byte[] row = codes;
            if (at + query.length > codes.length) {
                System.arraycopy(codes, at, last, 0, dimension);
                row = last;
                at = 0;
            }
            measured[i] = squares ? squaredDistance(row, at) : innerProduct(row, at);
        }
    }

    private float squaredDistance(byte[] codes, int at) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int j = 0; j < query.length; j += BYTES) {
            IntVector four = four(codes, at + j);
            FloatVector d0 = apart(four.and(0xFF), j);
            FloatVector d1 = apart(four.lanewise(VectorOperators.LSHR, 8).and(0xFF), j + LENGTH);
            FloatVector d2 = apart(four.lanewise(VectorOperators.LSHR, 16).and(0xFF), j + 2 * LENGTH);
            FloatVector d3 = apart(four.lanewise(VectorOperators.LSHR, 24), j + 3 * LENGTH);
            s0 = d0.fma(d0, s0);
            s1 = d1.fma(d1, s1);
            s2 = d2.fma(d2, s2);
            s3 = d3.fma(d3, s3);
        }
        return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
    }

    private static IntVector four(byte[] codes, int at) {
        return ByteVector.fromArray(ByteVector.SPECIES_PREFERRED, codes, at).reinterpretAsInts();
    }

    /** The query's values less those of the vector, with the sign turned. */
    private FloatVector apart(IntVector bytes, int j) {
        return floats(bytes)
                .mul(FloatVector.fromArray(SPECIES, steps, j))
                .sub(FloatVector.fromArray(SPECIES, query, j));
    }

    private static FloatVector floats(IntVector bytes) {
        return (FloatVector) bytes.convert(VectorOperators.I2F, 0);
    }

    private float innerProduct(byte[] codes, int at) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int j = 0; j < query.length; j += BYTES) {
            IntVector four = four(codes, at + j);
            s0 = multiplied(four.and(0xFF), j, s0);
            s1 = multiplied(four.lanewise(VectorOperators.LSHR, 8).and(0xFF), j + LENGTH, s1);
            s2 = multiplied(four.lanewise(VectorOperators.LSHR, 16).and(0xFF), j + 2 * LENGTH, s2);
            s3 = multiplied(four.lanewise(VectorOperators.LSHR, 24), j + 3 * LENGTH, s3);
        }
        return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
    }

    private FloatVector multiplied(IntVector bytes, int j, FloatVector sum) {
        return floats(bytes)
                .fma(FloatVector.fromArray(SPECIES, steps, j), FloatVector.fromArray(SPECIES, firsts, j))
                .fma(FloatVector.fromArray(SPECIES, query, j), sum);
    }
}
