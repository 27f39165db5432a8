package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Projects rows on the nearest of all segments of a line. Scores in float32 tell which segments may be the nearest,
 * with a generous allowance for their rounding, and those are measured in double.
 */
final class ExactProjector implements SpaceFillingCurve.Projector {
    /** Most rows at a time, and most of their products. */
    private static final int ROWS = 192;

    private static final int PRODUCTS = 1 << 19;

    private final SegmentScores segmentScores;
    private final NearestSegment nearest;
    private final int dimension;
    private final int mostRows;
    private final float[] scores;
    private final float[] along;
    private final float[] clamped;
    private float[] shifted = new float[0];
    private float[][] products = new float[0][];

    ExactProjector(FloatMatrix corners, double[] squaredLengths, SegmentScores segmentScores) {
        this.segmentScores = segmentScores;
        this.nearest = new NearestSegment(corners, squaredLengths);
        this.dimension = corners.columns();
        this.mostRows = Math.max(4, Math.min(ROWS, PRODUCTS / corners.rows()));
        this.scores = new float[segmentScores.segments()];
        this.along = new float[scores.length];
        this.clamped = new float[scores.length];
    }

    @Override
    public void project(float[] rows, int offset, int count, int[] segments, float[] shares, float[] distances) {
        NearestSegment.check(rows, offset, count, dimension, segments, shares, distances);
        makeRoom(Math.min(count, mostRows));
        for (int from = 0; from < count; from += products.length) {
            int n = Math.min(products.length, count - from);
            segmentScores.multiply(rows, offset + from * dimension, n, shifted, products);
            for (int i = 0; i < n; i++) {
                choose(rows, offset + (from + i) * dimension, i);
                nearest.put(from + i, segments, shares, distances);
            }
        }
    }

    private void makeRoom(int count) {
        if (products.length < count) {
            shifted = new float[count * dimension];
            products = new float[count][scores.length + 1];
        }
    }

    private void choose(float[] rows, int at, int row) {
        float least = segmentScores.score(products[row], scores, along, clamped);
        float limit = segmentScores.limit(least, shifted, row * dimension);
        int first = 0;
        // without a limit all are measured: what is not "above" need not be below
        while (first < scores.length - 1 && scores[first] > limit) {
            first++;
        }
        nearest.begin(rows, at, first);
        for (int s = first + 1; s < scores.length; s++) {
            if (!(scores[s] > limit)) {
                nearest.offer(s);
            }
        }
    }
}
