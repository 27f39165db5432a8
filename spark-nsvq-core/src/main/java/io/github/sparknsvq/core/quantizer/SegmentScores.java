package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.SumKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * What the inner products of a row with the corners of a line say of its squared distances from all segments, in
 * float32. Does not change and may be used by several threads at once.
 *
 * <p>Rows and corners are shifted by the corners' mean and scaled by a power of two, so that an offset that they
 * share does not cancel and products neither overflow nor vanish.
 */
final class SegmentScores {
    /** What rounding may add to a score, in units of {@code sqrt(D) ||x|| ||c||}: some times what it usually does. */
    private static final double ROUNDING = 0x1p-20;

    private final int dimension;
    private final float[] mean;
    private final float scale;
    private final SumKernel.Products kernel;

    /** Of each segment {@code ||a||^2, <a, b - a>, ||b - a||^2} and its inverse, 0 for a segment without length. */
    private final float[] starts;

    private final float[] offsets;
    private final float[] lengths;
    private final float[] inverses;

    /** The greatest length of a shifted corner. */
    private final double radius;

    SegmentScores(FloatMatrix corners) {
        int k = corners.rows();
        this.dimension = corners.columns();
        this.mean = mean(corners);
        float[] packed = new float[corners.values().length];
        shift(corners.values(), 0, k, 1, packed);
        this.scale = scale(packed);
        for (int i = 0; i < packed.length; i++) {
            packed[i] *= scale;
        }
        this.kernel = NearestCodewordProviders.cpu().sums().prepare(new FloatMatrix(k, dimension, packed));
        this.starts = new float[k - 1];
        this.offsets = new float[k - 1];
        this.lengths = new float[k - 1];
        this.inverses = new float[k - 1];
        double furthest = 0;
        for (int s = 0; s < k - 1; s++) {
            furthest = Math.max(furthest, measure(packed, s));
        }
        this.radius = Math.sqrt(furthest);
    }

    private static float[] mean(FloatMatrix corners) {
        double[] sums = new double[corners.columns()];
        for (int i = 0; i < corners.values().length; i++) {
            sums[i % sums.length] += corners.values()[i];
        }
        float[] mean = new float[sums.length];
        for (int j = 0; j < mean.length; j++) {
            mean[j] = (float) (sums[j] / corners.rows());
        }
        return mean;
    }

    private void shift(float[] rows, int offset, int count, float by, float[] to) {
        for (int i = 0, at = offset, out = 0; i < count; i++) {
            for (int j = 0; j < dimension; j++) {
                to[out++] = (rows[at++] - mean[j]) * by;
            }
        }
    }

    private static float scale(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest > 0 ? Math.scalb(1f, -Math.max(-120, Math.min(120, Math.getExponent(largest)))) : 1;
    }

    /** Fills in what is known of a segment. Returns the larger squared length of its two corners. */
    private double measure(float[] packed, int segment) {
        double start = 0;
        double end = 0;
        double offset = 0;
        double length = 0;
        for (int i = segment * dimension; i < (segment + 1) * dimension; i++) {
            double a = packed[i];
            double b = packed[i + dimension];
            start += a * a;
            end += b * b;
            offset += a * (b - a);
            length += (b - a) * (b - a);
        }
        starts[segment] = (float) start;
        offsets[segment] = (float) offset;
        lengths[segment] = (float) length;
        float inverse = (float) (1 / length);
        inverses[segment] = Float.isFinite(inverse) ? inverse : 0;
        return Math.max(start, end);
    }

    /** Returns the number of segments. */
    int segments() {
        return starts.length;
    }

    /**
     * Fills in the products of some rows.
     *
     * @param shifted receives the rows as they are multiplied
     * @param products receives {@code K} products for each row
     */
    void multiply(float[] rows, int offset, int count, float[] shifted, float[][] products) {
        shift(rows, offset, count, scale, shifted);
        kernel.fill(shifted, 0, count, products);
    }

    /**
     * Fills in the scores of a row: its squared distances from all segments, less {@code ||x||^2}.
     *
     * @param p its products
     * @param scores receives the scores
     * @param along receives anything, as does {@code shares}
     * @return the lowest; NaN if one is NaN
     */
    float score(float[] p, float[] scores, float[] along, float[] shares) {
        int n = starts.length;
        // C2 makes SIMD of short loops over arrays that are all read at the same place
        System.arraycopy(p, 1, scores, 0, n);
        for (int s = 0; s < n; s++) {
            along[s] = scores[s] - p[s] - offsets[s];
        }
        for (int s = 0; s < n; s++) {
            shares[s] = Math.max(0f, Math.min(1f, along[s] * inverses[s]));
        }
        for (int s = 0; s < n; s++) {
            scores[s] = starts[s] - 2 * p[s] - shares[s] * (2 * along[s] - shares[s] * lengths[s]);
        }
        float least = Float.POSITIVE_INFINITY;
        for (int s = 0; s < n; s++) {
            least = Math.min(least, scores[s]);
        }
        return least;
    }

    /**
     * Returns what the score of the nearest segment does not exceed, unless products were rounded many times worse
     * than they usually are. NaN or infinite for a row that is not finite, or so large that its products are not.
     *
     * @param shifted the row as it was multiplied
     * @param at where
     */
    float limit(float least, float[] shifted, int at) {
        double norm = 0;
        for (int i = at; i < at + dimension; i++) {
            norm += (double) shifted[i] * shifted[i];
        }
        return (float) (least + ROUNDING * Math.sqrt(dimension) * (Math.sqrt(norm) + radius) * radius);
    }
}
