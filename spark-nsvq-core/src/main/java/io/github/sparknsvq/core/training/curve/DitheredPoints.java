package io.github.sparknsvq.core.training.curve;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.SeededHash;

/**
 * One point on each segment of a curve, {@code p_j = (1 - l_j) c_j + l_j c_(j+1)}, to which the rows of a batch go as
 * if they were codewords (Vali and Bäckström, Interspeech 2023). The shares are drawn anew for every batch, so that
 * the corners learn to have the whole line near the rows, not the corners alone.
 *
 * <p>The error {@code ||x - p_j||^2} has the gradient {@code 2 (1 - l_j) (p_j - x)} for corner {@code j} and
 * {@code 2 l_j (p_j - x)} for the next. The shares are constants of a batch, so the three numbers per segment suffice
 * for those of the corners.
 *
 * @param corners {@code K x D} corners
 * @param dimension dimension {@code D}
 * @param shares {@code K - 1} values {@code l_j} in (0, 1)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record DitheredPoints(float[] corners, int dimension, double[] shares) {

    /**
     * Draws the shares of a batch.
     *
     * @param seed the training's seed
     * @param stream number of the batch among all of a training
     */
    static DitheredPoints draw(float[] corners, int dimension, long seed, long stream) {
        double[] shares = new double[corners.length / dimension - 1];
        for (int j = 0; j < shares.length; j++) {
            shares[j] = SeededHash.uniform(seed, stream, j);
        }
        return new DitheredPoints(corners, dimension, shares);
    }

    /** Returns the points, {@code (K - 1) x D}. */
    public float[] points() {
        float[] points = new float[shares.length * dimension];
        for (int i = 0; i < points.length; i++) {
            points[i] = (float) point(i);
        }
        return points;
    }

    private double point(int i) {
        double share = shares[i / dimension];
        return (1 - share) * corners[i] + share * corners[i + dimension];
    }

    /**
     * Returns what a batch says of the corners. A row that goes to {@code p_j} counts for corner {@code j} with the
     * weight {@code 1 - l_j} and the target {@code x - p_j + c_j}, and for the next likewise with {@code l_j}: then
     * {@code 2 (n c - S)}, the gradient that every update rule goes down, is that of the error above.
     *
     * @param segments what the batch says of the points
     * @return statistics of {@code K} corners, of the same weight and error
     */
    CodebookStatistics ofCorners(CodebookStatistics segments) {
        CodebookStatistics all = new CodebookStatistics(shares.length + 1, dimension);
        for (int j = 0; j < shares.length; j++) {
            add(segments, j, 1 - shares[j], all, j);
            add(segments, j, shares[j], all, j + 1);
        }
        return all;
    }

    private void add(CodebookStatistics segments, int segment, double share, CodebookStatistics all, int corner) {
        double n = segments.counts()[segment];
        all.counts()[corner] += share * n;
        all.errors()[corner] += share * segments.errors()[segment];
        for (int j = 0; j < dimension; j++) {
            int from = segment * dimension + j;
            int to = corner * dimension + j;
            all.sums()[to] += share * (segments.sums()[from] + n * (corners[to] - point(from)));
        }
    }
}
