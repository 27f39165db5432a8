package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/** Projects rows on the nearer of the two segments beside the nearest corner. */
final class CornerProjector implements SpaceFillingCurve.Projector {
    private final NearestCodeword search;
    private final NearestSegment nearest;
    private int[] corner = new int[0];
    private float[] distance = new float[0];

    CornerProjector(FloatMatrix corners, double[] squaredLengths, NearestCodeword search) {
        this.search = search;
        this.nearest = new NearestSegment(corners, squaredLengths);
    }

    @Override
    public void project(float[] rows, int offset, int count, int[] segments, float[] shares, float[] distances) {
        int d = search.dimension();
        NearestSegment.check(rows, offset, count, d, segments, shares, distances);
        if (corner.length < Math.min(count, search.rowsPerCall())) {
            corner = new int[Math.min(count, search.rowsPerCall())];
            distance = new float[corner.length];
        }
        int last = search.codewords() - 1;
        for (int from = 0; from < count; from += corner.length) {
            int n = Math.min(corner.length, count - from);
            search.nearest(rows, offset + from * d, n, corner, distance);
            for (int i = 0; i < n; i++) {
                nearest.begin(rows, offset + (from + i) * d, Math.max(0, corner[i] - 1));
                if (corner[i] > 0 && corner[i] < last) {
                    nearest.offer(corner[i]);
                }
                nearest.put(from + i, segments, shares, distances);
            }
        }
    }
}
