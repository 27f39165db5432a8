package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ScanKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Measures distances from the vectors themselves. */
final class FlatScanner implements SharedReading.Scanner {
    /** Bytes of vectors at a time: they should stay in a second-level cache until they are measured. */
    private static final int BYTES = 1 << 16;

    private final Metric metric;
    private final ScanKernel kernel;
    private final float[] query;
    private final float[] rows;
    private final float[] distances;
    private byte[] viewed = new byte[0];
    private FloatBuffer view = FloatBuffer.allocate(0);
    private int viewedFrom;
    private int taken;

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
    public int dimension() {
        return query.length;
    }

    @Override
    public int most() {
        return distances.length;
    }

    @Override
    public int codeBytes() {
        return query.length * Float.BYTES;
    }

    @Override
    public void take(byte[] codes, int offset, int count) {
        look(codes, offset);
        view.position((offset - viewedFrom) / Float.BYTES);
        view.get(rows, 0, count * query.length);
        taken = count;
    }

    @Override
    public void offer(long label, NearestLabels nearest) {
        measure(taken);
        nearest.offer(distances, 0, taken, label);
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
