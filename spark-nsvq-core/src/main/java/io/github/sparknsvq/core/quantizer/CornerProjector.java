package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/** Projects rows on the nearer of the two segments beside the nearest corner. */
final class CornerProjector implements SpaceFillingCurve.Projector {
    private final NearestCodeword search;
    private final NearestSegment nearest;
    private final int[] corner;
    private final float[] distance;

    CornerProjector(FloatMatrix corners, NearestCodeword search) {
        this.search = search;
        this.nearest = new NearestSegment(corners.values(), corners.columns());
        this.corner = new int[search.rowsPerCall()];
        this.distance = new float[corner.length];
    }

    @Override
    public void project(float[] rows, int offset, int count, int[] segments, float[] shares, float[] squaredDistances) {
        int d = search.dimension();
        Blocks.check("values", rows.length, offset, count, d);
        int room = Math.min(segments.length, Math.min(shares.length, squaredDistances.length));
        Blocks.check("segments", room, 0, count, 1);
        int last = search.codewords() - 2;
        for (int from = 0; from < count; from += corner.length) {
            int n = Math.min(corner.length, count - from);
            search.nearest(rows, offset + from * d, n, corner, distance);
            for (int i = 0; i < n; i++) {
                nearest.begin(rows, offset + (from + i) * d, Math.max(0, corner[i] - 1));
                if (corner[i] > 0 && corner[i] <= last) {
                    nearest.offer(corner[i]);
                }
                segments[from + i] = nearest.segment;
                shares[from + i] = (float) nearest.share;
                squaredDistances[from + i] = (float) nearest.squaredDistance;
            }
        }
    }
}
