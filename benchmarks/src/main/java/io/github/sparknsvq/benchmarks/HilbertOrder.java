package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The order of points of the plane along Hilbert's curve (Hilbert, Mathematische Annalen 1891). */
final class HilbertOrder {
    /** Bits of a cell in each direction. */
    static final int BITS = 16;

    private HilbertOrder() {}

    /**
     * Returns where a cell stands along the curve through all {@code 2^BITS x 2^BITS} cells, from 0. Cells that
     * follow each other share a side.
     */
    static long position(int x, int y) {
        int a = x;
        int b = y;
        long position = 0;
        for (int side = 1 << BITS - 1; side > 0; side >>= 1) {
            boolean right = (a & side) != 0;
            boolean up = (b & side) != 0;
            int quarter = right ? (up ? 2 : 3) : (up ? 1 : 0);
            position += (long) side * side * quarter;
            // the first and last quarter are turned, and the last mirrored
            if (!up) {
                int mirror = right ? side - 1 : 0;
                int turned = (a & side - 1) ^ mirror;
                a = (b & side - 1) ^ mirror;
                b = turned;
            }
        }
        return position;
    }

    /**
     * Orders points along the curve.
     *
     * @param points {@code N x 2}
     * @return the points' numbers in order
     */
    static int[] of(FloatMatrix points) {
        float[] low = {Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY};
        float[] high = {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY};
        for (int i = 0; i < points.values().length; i++) {
            low[i % 2] = Math.min(low[i % 2], points.values()[i]);
            high[i % 2] = Math.max(high[i % 2], points.values()[i]);
        }
        long[] positions = new long[points.rows()];
        Arrays.setAll(
                positions,
                i -> position(cell(points.get(i, 0), low[0], high[0]), cell(points.get(i, 1), low[1], high[1])));
        return IntStream.range(0, positions.length)
                .boxed()
                .sorted((i, j) -> Long.compare(positions[i], positions[j]))
                .mapToInt(i -> i)
                .toArray();
    }

    private static int cell(float value, float low, float high) {
        double share = high > low ? (value - low) / ((double) high - low) : 0;
        return (int) Math.min((1 << BITS) - 1, share * (1 << BITS));
    }
}
