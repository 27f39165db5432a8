package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.SumKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Projects rows on the nearest of all segments of a line. The inner products of a row with all corners, in float32,
 * give its squared distance from each segment but for {@code ||x||^2}; those segments whose distance may be the least,
 * given how products are rounded, are then measured in double. So the result is as if all had been.
 *
 * <p>Rows and corners are shifted by the corners' mean and scaled by a power of two, so that an offset that they share
 * does not cancel and products neither overflow nor vanish.
 */
final class ExactProjector implements SpaceFillingCurve.Projector {
    /** Most rows at a time, and most of their products. */
    private static final int ROWS = 192;

    private static final int PRODUCTS = 1 << 19;

    /** What rounding may add to a score, in units of {@code sqrt(D) ||x|| ||c||}; about four times what is usual. */
    private static final double ROUNDING = 0x1p-20;

    private final int dimension;
    private final int segments;
    private final float[] mean;
    private final float scale;
    private final SumKernel.Products kernel;
    private final float[] shifted;
    private final float[][] products;
    private final float[] scores;
    private final NearestSegment nearest;

    /** Of each segment: ||a||^2, <a, b - a>, ||b - a||^2 and its inverse, 0 for a segment without length. */
    private final float[] starts;

    private final float[] offsets;
    private final float[] lengths;
    private final float[] inverses;

    /** The greatest length of a shifted corner. */
    private final double radius;

    ExactProjector(FloatMatrix corners) {
        int k = corners.rows();
        this.dimension = corners.columns();
        this.segments = k - 1;
        this.mean = mean(corners);
        float[] packed = shifted(corners.values(), 0, k, new float[k * dimension], 1);
        this.scale = scale(packed);
        for (int i = 0; i < packed.length; i++) {
            packed[i] *= scale;
        }
        this.kernel = NearestCodewordProviders.cpu().sums().prepare(new FloatMatrix(k, dimension, packed));
        int chunk = Math.max(4, Math.min(ROWS, PRODUCTS / k));
        this.shifted = new float[chunk * dimension];
        this.products = new float[chunk][k];
        this.scores = new float[segments];
        this.nearest = new NearestSegment(corners.values(), dimension);
        this.starts = new float[segments];
        this.offsets = new float[segments];
        this.lengths = new float[segments];
        this.inverses = new float[segments];
        double furthest = 0;
        for (int s = 0; s < segments; s++) {
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

    private float[] shifted(float[] rows, int offset, int count, float[] to, float by) {
        for (int i = 0, at = offset, out = 0; i < count; i++) {
            for (int j = 0; j < dimension; j++) {
                to[out++] = (rows[at++] - mean[j]) * by;
            }
        }
        return to;
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

    @Override
    public void project(float[] rows, int offset, int count, int[] segment, float[] shares, float[] squaredDistances) {
        Blocks.check("values", rows.length, offset, count, dimension);
        Blocks.check(
                "segments", Math.min(segment.length, Math.min(shares.length, squaredDistances.length)), 0, count, 1);
        for (int from = 0; from < count; from += products.length) {
            int n = Math.min(products.length, count - from);
            shifted(rows, offset + from * dimension, n, shifted, scale);
            kernel.fill(shifted, 0, n, products);
            for (int i = 0; i < n; i++) {
                choose(rows, offset + (from + i) * dimension, i);
                segment[from + i] = nearest.segment;
                shares[from + i] = (float) nearest.share;
                squaredDistances[from + i] = (float) nearest.squaredDistance;
            }
        }
    }

    private void choose(float[] rows, int at, int row) {
        float least = score(products[row]);
        double norm = 0;
        for (int i = row * dimension; i < (row + 1) * dimension; i++) {
            norm += shifted[i] * shifted[i];
        }
        float limit = (float) (least + ROUNDING * Math.sqrt(dimension) * (Math.sqrt(norm) + radius) * radius);
        int first = 0;
        // not "less or equal": rows that are not finite have no limit
        while (first < segments - 1 && scores[first] > limit) {
            first++;
        }
        nearest.begin(rows, at, first);
        for (int s = first + 1; s < segments; s++) {
            if (!(scores[s] > limit)) {
                nearest.offer(s);
            }
        }
    }

    /** Fills in the squared distances from all segments, less ||x||^2. Returns the least. */
    private float score(float[] p) {
        for (int s = 0; s < scores.length; s++) {
            float along = p[s + 1] - p[s] - offsets[s];
            float t = Math.max(0f, Math.min(1f, along * inverses[s]));
            scores[s] = starts[s] - 2 * p[s] - t * (2 * along - t * lengths[s]);
        }
        float least = Float.POSITIVE_INFINITY;
        for (float score : scores) {
            least = Math.min(least, score);
        }
        return least;
    }
}
