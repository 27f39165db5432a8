package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;

/**
 * Decodes scalar codes some at a time, into memory that it keeps, and measures distances from there. Where codes are
 * of residuals, the query becomes one too, or its product with the centroid is added.
 */
final class ScalarScanner implements ListScanner {
    /** Bytes of decoded rows at a time: they should stay in a first-level cache until they are measured. */
    private static final int BYTES = 1 << 14;

    private final IvfQuantizer quantizer;
    private final ScalarQuantizer codes;
    private final ScanKernel kernel;
    private final float[] query;

    /** What decoded codes are compared with: the query, or its residual. */
    private final float[] compared;

    private final float[] rows;
    private final float[] distances;
    private final float[] withCentroid = new float[1];
    private final float[] centroid;
    private float start;

    ScalarScanner(IvfQuantizer quantizer, ScalarQuantizer codes, ScanKernel kernel) {
        this.quantizer = quantizer;
        this.codes = codes;
        this.kernel = kernel;
        int d = codes.dimension();
        this.query = new float[d];
        this.compared = new float[d];
        this.centroid = new float[d];
        this.distances = new float[Math.max(1, BYTES / Float.BYTES / d)];
        this.rows = new float[distances.length * d];
    }

    @Override
    public void query(float[] from, int offset) {
        System.arraycopy(from, offset, query, 0, query.length);
        System.arraycopy(from, offset, compared, 0, query.length);
    }

    @Override
    public void list(int list, float coarse) {
        if (!quantizer.byResidual()) {
            return;
        }
        int d = query.length;
        float[] centroids = quantizer.centroids().values();
        if (quantizer.metric() == Metric.L2) {
            for (int j = 0; j < d; j++) {
                compared[j] = query[j] - centroids[list * d + j];
            }
        } else {
            System.arraycopy(centroids, list * d, centroid, 0, d);
            kernel.innerProducts(query, centroid, 1, withCentroid);
            start = withCentroid[0];
        }
    }

    @Override
    public void scan(byte[] source, int offset, int count, long label, NearestLabels nearest) {
        for (int from = 0; from < count; from += distances.length) {
            int n = Math.min(distances.length, count - from);
            codes.decode(source, offset + from * codes.codeSize(), n, rows, 0);
            if (quantizer.metric() == Metric.L2) {
                kernel.squaredDistances(compared, rows, n, distances);
            } else {
                kernel.innerProducts(compared, rows, n, distances);
                for (int i = 0; i < n; i++) {
                    distances[i] = -(start + distances[i]);
                }
            }
            nearest.offer(distances, 0, n, label + from);
        }
    }
}
