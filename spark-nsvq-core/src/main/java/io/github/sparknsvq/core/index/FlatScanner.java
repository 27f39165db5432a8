package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ScanKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Measures distances from the vectors themselves. */
final class FlatScanner implements ListScanner {
    /** Bytes of vectors at a time: they should stay in a first-level cache until they are measured. */
    private static final int BYTES = 1 << 14;

    private final Metric metric;
    private final ScanKernel kernel;
    private final float[] query;
    private final float[] rows;
    private final float[] distances;
    private byte[] viewed = new byte[0];
    private FloatBuffer view = FloatBuffer.allocate(0);
    private int viewedFrom;

    FlatScanner(IvfQuantizer quantizer, ScanKernel kernel) {
        this.metric = quantizer.metric();
        this.kernel = kernel;
        this.query = new float[quantizer.innerDimension()];
        this.distances = new float[Math.max(1, BYTES / quantizer.codeSize())];
        this.rows = new float[distances.length * query.length];
    }

    @Override
    public void query(float[] from, int offset) {
        System.arraycopy(from, offset, query, 0, query.length);
    }

    @Override
    public void list(int list, float coarse) {
        // vectors are compared as they are
    }

    @Override
    public void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest) {
        look(codes, offset);
        int size = query.length * Float.BYTES;
        for (int from = 0; from < count; from += distances.length) {
            int n = Math.min(distances.length, count - from);
            view.position((offset - viewedFrom + from * size) / Float.BYTES);
            view.get(rows, 0, n * query.length);
            measure(n);
            nearest.offer(distances, 0, n, label + from);
        }
    }

    /** Looks at bytes as floats; mostly they come in the same array, from a multiple of four. */
    private void look(byte[] codes, int offset) {
        if (codes != viewed || (offset - viewedFrom) % Float.BYTES != 0 || offset < viewedFrom) {
            viewed = codes;
            viewedFrom = offset % Float.BYTES;
            view = ByteBuffer.wrap(codes, viewedFrom, codes.length - viewedFrom)
                    .slice()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
        }
    }

    private void measure(int n) {
        if (metric == Metric.L2) {
            kernel.squaredDistances(query, rows, n, distances);
            return;
        }
        kernel.innerProducts(query, rows, n, distances);
        for (int i = 0; i < n; i++) {
            distances[i] = -distances[i];
        }
    }
}
