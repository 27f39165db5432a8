package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import io.github.sparknsvq.core.kernel.ByteDistances;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The scan kernel with the Vector API. */
final class VectorScanKernel implements ScanKernel {
    @Override
    public Products prepare(List<FloatMatrix> codebooks) {
        return new VectorPartProducts(codebooks);
    }

    @Override
    public BlockSums nibbleBlocks(int parts) {
        return new NibbleBlockSums(parts);
    }

    @Override
    public BlockSums byteBlocks(int parts) {
        return sumsBytesFast() ? new ByteBlockSums(parts) : ScanKernel.super.byteBlocks(parts);
    }

    @Override
    public boolean sumsBytesFast() {
        return ByteLanes.LENGTH == 2 * BLOCK;
    }

    @Override
    public void ranges(float[] table, int at, int parts, int entries, float[] lowest, float[] highest) {
        Rounding.ranges(table, at, parts, entries, lowest, highest);
    }

    @Override
    public void roundDown(
            float[] table, int at, int parts, int entries, float[] lowest, float scale, byte[] rounded, int to) {
        Rounding.roundDown(table, at, parts, entries, lowest, scale, rounded, to);
    }

    @Override
    public boolean addTerms(
            short[] sums, int at, int count, float[] terms, int from, float least, float scale, float most, int low) {
        return Rounding.addTerms(sums, at, count, terms, from, least, scale, most, low);
    }

    @Override
    public int low(short[] sums, int at, int count, int bound, int[] places) {
        return Rounding.low(sums, at, count, bound, places);
    }

    @Override
    public ByteDistances bytes(float[] first, float[] step) {
        return new VectorByteDistances(first, step);
    }

    @Override
    public void squaredDistances(float[] query, float[] rows, int count, float[] distances) {
        int d = query.length;
        for (int i = 0; i < count; i++) {
            distances[i] = squaredDistance(query, rows, i * d, d);
        }
    }

    private static float squaredDistance(float[] query, float[] rows, int at, int d) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int j = 0;
        for (; j <= d - 4 * LENGTH; j += 4 * LENGTH) {
            FloatVector d0 = difference(query, rows, at, j);
            FloatVector d1 = difference(query, rows, at, j + LENGTH);
            FloatVector d2 = difference(query, rows, at, j + 2 * LENGTH);
            FloatVector d3 = difference(query, rows, at, j + 3 * LENGTH);
            s0 = d0.fma(d0, s0);
            s1 = d1.fma(d1, s1);
            s2 = d2.fma(d2, s2);
            s3 = d3.fma(d3, s3);
        }
        for (; j <= d - LENGTH; j += LENGTH) {
            FloatVector d0 = difference(query, rows, at, j);
            s0 = d0.fma(d0, s0);
        }
        float sum = d < LENGTH ? 0 : s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
        for (; j < d; j++) {
            float apart = query[j] - rows[at + j];
            sum += apart * apart;
        }
        return sum;
    }

    private static FloatVector difference(float[] query, float[] rows, int at, int j) {
        return FloatVector.fromArray(SPECIES, query, j).sub(FloatVector.fromArray(SPECIES, rows, at + j));
    }

    @Override
    public void innerProducts(float[] query, float[] rows, int count, float[] products) {
        int d = query.length;
        for (int i = 0; i < count; i++) {
            products[i] = innerProduct(query, rows, i * d, d);
        }
    }

    private static float innerProduct(float[] query, float[] rows, int at, int d) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int j = 0;
        for (; j <= d - 4 * LENGTH; j += 4 * LENGTH) {
            s0 = multiplied(query, rows, at, j, s0);
            s1 = multiplied(query, rows, at, j + LENGTH, s1);
            s2 = multiplied(query, rows, at, j + 2 * LENGTH, s2);
            s3 = multiplied(query, rows, at, j + 3 * LENGTH, s3);
        }
        for (; j <= d - LENGTH; j += LENGTH) {
            s0 = multiplied(query, rows, at, j, s0);
        }
        float sum = d < LENGTH ? 0 : s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
        for (; j < d; j++) {
            sum += query[j] * rows[at + j];
        }
        return sum;
    }

    private static FloatVector multiplied(float[] query, float[] rows, int at, int j, FloatVector sum) {
        return FloatVector.fromArray(SPECIES, query, j).fma(FloatVector.fromArray(SPECIES, rows, at + j), sum);
    }
}
