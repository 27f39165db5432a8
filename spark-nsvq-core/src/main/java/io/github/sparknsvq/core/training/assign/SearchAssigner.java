package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.CodewordSums;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.SummingSearch;
import io.github.sparknsvq.core.training.rows.TargetSink;

/** Rows choose the codeword that is nearest to them, and are its targets. */
final class SearchAssigner implements Assigner {
    private final NearestCodeword search;
    private final int first;
    private final int[] index;
    private final float[] distance;

    /**
     * Makes an assigner.
     *
     * @param search the codebook
     * @param first number of its first codeword among all
     * @param most the most rows of a call
     */
    SearchAssigner(NearestCodeword search, int first, int most) {
        this.search = search;
        this.first = first;
        this.index = new int[most];
        this.distance = new float[most];
    }

    @Override
    public void assign(float[] rows, int offset, int count, float[] weights, int firstWeight, TargetSink sink) {
        if (search instanceof SummingSearch summing && sink instanceof CodewordSums sums) {
            summing.accumulate(rows, offset, count, weights, firstWeight, first, sums);
            return;
        }
        search.nearest(rows, offset, count, index, distance);
        int d = search.dimension();
        for (int i = 0; i < count; i++) {
            float weight = weights == null ? 1f : weights[firstWeight + i];
            sink.add(first + index[i], rows, offset + i * d, weight, distance[i]);
        }
    }
}
