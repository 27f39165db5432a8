package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ByteDistances;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;

/**
 * Measures distances from scalar codes: on their bytes where each value is one, else decoded some at a time, into
 * memory that it keeps. Where codes are of residuals, the query becomes one too, or its product with the centroid is
 * added.
 */
final class ScalarScanner implements SharedReading.Scanner {
    /**
     * Bytes of decoded rows, or of codes that are measured as they are, at a time: they should stay in a second-level
     * cache until they are measured.
     */
    private static final int BYTES = 1 << 16;

    private final IvfQuantizer quantizer;
    private final ScalarQuantizer codes;
    private final ScanKernel kernel;
    private final float[] query;

    /** What decoded codes are compared with: the query, or its residual. */
    private final float[] compared;

    /** Measures codes of bytes as they are; null for others. */
    private final ByteDistances bytes;

    private final float[] rows;
    private final float[] distances;
    private final float[] withCentroid = new float[1];
    private final float[] centroid;
    private float start;

    private byte[] takenFrom;
    private int takenAt;
    private int taken;

    ScalarScanner(IvfQuantizer quantizer, ScalarQuantizer codes, ScanKernel kernel) {
        this.quantizer = quantizer;
        this.codes = codes;
        this.kernel = kernel;
        int d = codes.dimension();
        this.query = new float[d];
        this.compared = new float[d];
        this.centroid = new float[d];
        this.bytes = codes.isBytes() ? kernel.bytes(codes.first(), codes.step()) : null;
        this.distances = new float[Math.max(1, BYTES / d / (bytes == null ? Float.BYTES : 1))];
        this.rows = new float[bytes == null ? distances.length * d : 0];
    }

    @Override
    public void query(float[] from, int offset) {
        System.arraycopy(from, offset, query, 0, query.length);
        if (!isCentered()) {
            System.arraycopy(from, offset, compared, 0, query.length);
            begin();
        }
    }

    /** Whether codes are compared with the query's residual, which each list has its own of. */
    private boolean isCentered() {
        return quantizer.byResidual() && quantizer.metric() == Metric.L2;
    }

    /** Begins with what codes are compared with now. */
    private void begin() {
        if (bytes != null && quantizer.metric() == Metric.L2) {
            bytes.squaredDistancesFrom(compared, 0);
        } else if (bytes != null) {
            bytes.innerProductsWith(compared, 0);
        }
    }

    @Override
    public void list(int list, float coarse) {
        if (!quantizer.byResidual()) {
            return;
        }
        int d = query.length;
        float[] centroids = quantizer.centroids().values();
        if (isCentered()) {
            for (int j = 0; j < d; j++) {
                compared[j] = query[j] - centroids[list * d + j];
            }
            begin();
        } else {
            System.arraycopy(centroids, list * d, centroid, 0, d);
            kernel.innerProducts(query, centroid, 1, withCentroid);
            start = withCentroid[0];
        }
    }

    @Override
    public int dimension() {
        return query.length;
    }

    @Override
    public int most() {
        return distances.length;
    }

    @Override
    public int codeBytes() {
        return codes.codeSize();
    }

    @Override
    public void take(byte[] source, int offset, int count) {
        taken = count;
        if (bytes == null) {
            codes.decode(source, offset, count, rows, 0);
        } else {
            takenFrom = source;
            takenAt = offset;
        }
    }

    @Override
    public void offer(long label, NearestLabels nearest) {
        if (bytes != null) {
            bytes.measure(takenFrom, takenAt, taken, distances);
        } else if (quantizer.metric() == Metric.L2) {
            kernel.squaredDistances(compared, rows, taken, distances);
        } else {
            kernel.innerProducts(compared, rows, taken, distances);
        }
        if (quantizer.metric() == Metric.INNER_PRODUCT) {
            for (int i = 0; i < taken; i++) {
                distances[i] = -(start + distances[i]);
            }
        }
        nearest.offer(distances, 0, taken, label);
    }
}
