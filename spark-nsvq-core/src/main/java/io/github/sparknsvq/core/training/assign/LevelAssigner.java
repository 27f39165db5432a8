package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.linalg.VectorMath;
import io.github.sparknsvq.core.training.rows.TargetSink;

/**
 * Assigns rows level by level, each level on the residuals of the levels before. A search of one dimension more than
 * the rows has prices in that dimension, which is 0 in the rows.
 */
final class LevelAssigner implements Assigner {
    private final CodebookLayout layout;
    private final float[] codewords;
    private final NearestCodeword[] searches;
    private final int width;
    private final float[] residuals;
    private final int[] index;
    private final float[] distance;

    LevelAssigner(CodebookLayout layout, float[] codewords, NearestCodeword[] searches, int most) {
        this.layout = layout;
        this.codewords = codewords;
        this.searches = searches;
        this.width = searches[0].dimension();
        this.residuals = new float[most * width];
        this.index = new int[most];
        this.distance = new float[most];
    }

    @Override
    public void assign(float[] rows, int offset, int count, float[] weights, int firstWeight, TargetSink sink) {
        int d = layout.dimension();
        boolean priced = width > d;
        for (int i = 0; i < count; i++) {
            System.arraycopy(rows, offset + i * d, residuals, i * width, d);
            if (priced) {
                residuals[i * width + d] = 0;
            }
        }
        for (int m = 0; m < searches.length; m++) {
            searches[m].nearest(residuals, 0, count, index, distance);
            int start = layout.start(m);
            for (int i = 0; i < count; i++) {
                float weight = weights == null ? 1f : weights[firstWeight + i];
                // without the price
                float error = priced
                        ? VectorMath.squaredDistance(residuals, i * width, codewords, (start + index[i]) * d, d)
                        : distance[i];
                sink.add(start + index[i], residuals, i * width, weight, error);
            }
            for (int i = 0; i < count; i++) {
                subtract((start + index[i]) * d, i * width, d);
            }
        }
    }

    private void subtract(int codeword, int at, int d) {
        for (int j = 0; j < d; j++) {
            residuals[at + j] -= codewords[codeword + j];
        }
    }
}
