package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * The nearest of the segments that are offered for a row, in double: with the row's own precision however far off it
 * lies and whatever its scale. For one thread.
 */
final class NearestSegment {
    private final float[] corners;
    private final int dimension;
    private final double[] squaredLengths;

    private float[] rows;
    private int at;

    /** The nearest so far, and where on it. */
    private int segment;

    private double share;
    private double squaredDistance;

    NearestSegment(FloatMatrix corners, double[] squaredLengths) {
        this.corners = corners.values();
        this.dimension = corners.columns();
        this.squaredLengths = squaredLengths;
    }

    /** Checks the arguments of a projection, once per call. */
    static void check(
            float[] rows, int offset, int count, int d, int[] segments, float[] shares, float[] squaredDistances) {
        Blocks.check("values", rows.length, offset, count, d);
        int room = Math.min(segments.length, Math.min(shares.length, squaredDistances.length));
        Blocks.check("results", room, 0, count, 1);
    }

    /** Goes on to a row, and offers it a first segment. */
    void begin(float[] block, int offset, int first) {
        rows = block;
        at = offset;
        squaredDistance = Double.POSITIVE_INFINITY;
        segment = first;
        offer(first);
    }

    /** Writes what was found for a row. */
    void put(int row, int[] segments, float[] shares, float[] squaredDistances) {
        segments[row] = segment;
        shares[row] = (float) share;
        squaredDistances[row] = (float) squaredDistance;
    }

    /** Takes a segment if it is nearer than those before it, or the first. */
    void offer(int candidate) {
        int a = candidate * dimension;
        double apart = 0;
        double apart2 = 0;
        double along = 0;
        double along2 = 0;
        int j = 0;
        // two chains for each sum: one would wait for itself
        for (; j + 1 < dimension; j += 2) {
            double start = corners[a + j];
            double start2 = corners[a + j + 1];
            double row = rows[at + j] - start;
            double row2 = rows[at + j + 1] - start2;
            double direction = corners[a + dimension + j] - start;
            double direction2 = corners[a + dimension + j + 1] - start2;
            apart += row * row;
            apart2 += row2 * row2;
            along += row * direction;
            along2 += row2 * direction2;
        }
        if (j < dimension) {
            double start = corners[a + j];
            double row = rows[at + j] - start;
            double direction = corners[a + dimension + j] - start;
            apart += row * row;
            along += row * direction;
        }
        take(candidate, apart + apart2, along + along2, squaredLengths[candidate]);
    }

    private void take(int candidate, double fromStart, double along, double squaredLength) {
        if (!(along > 0) || squaredLength == 0) {
            takeIfNearer(candidate, 0, fromStart);
        } else if (along >= squaredLength) {
            // summed as it is from the start of the next segment, so that the two tie
            takeIfNearer(candidate, 1, squaredDistance((candidate + 1) * dimension));
        } else {
            double t = along / squaredLength;
            takeIfNearer(candidate, t, Math.max(0, fromStart - t * along));
        }
    }

    private void takeIfNearer(int candidate, double where, double distance) {
        if (distance < squaredDistance || candidate == segment) {
            segment = candidate;
            share = where;
            squaredDistance = distance;
        }
    }

    private double squaredDistance(int corner) {
        double even = 0;
        double odd = 0;
        int j = 0;
        for (; j + 1 < dimension; j += 2) {
            double apart = (double) rows[at + j] - corners[corner + j];
            double apart2 = (double) rows[at + j + 1] - corners[corner + j + 1];
            even += apart * apart;
            odd += apart2 * apart2;
        }
        if (j < dimension) {
            double apart = (double) rows[at + j] - corners[corner + j];
            even += apart * apart;
        }
        return even + odd;
    }
}
