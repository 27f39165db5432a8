package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.CodewordSums;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.SummingSearch;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.List;

/**
 * One codebook: a row chooses the nearest codeword, and is its target.
 *
 * @param layout the codebook
 */
public record SingleAssignment(CodebookLayout layout) implements Assignment {

    /** Makes the assignment for {@code K} codewords of dimension {@code D}. */
    public SingleAssignment(int codewords, int dimension) {
        this(new CodebookLayout(dimension, codewords));
    }

    @Override
    public int rowDimension() {
        return layout.dimension();
    }

    @Override
    public Assigner prepare(float[] codewords, Device device, int most) {
        FloatMatrix codebook = new FloatMatrix(layout.total(), layout.dimension(), codewords);
        return assigner(NearestCodewordProviders.forDevice(device).prepare(codebook), 0, most);
    }

    @Override
    public float[] start(FloatMatrix sample, CodewordChooser chooser, Device device) {
        return chooser.choose(sample, layout.total(), 0).values();
    }

    @Override
    public List<Moments> moments(StatisticsSource source, float[] codewords, Device device) {
        return List.of(Moments.of(source));
    }

    /**
     * Makes an assigner of rows that choose the codeword that is nearest to them, and are its targets.
     *
     * @param search the codebook
     * @param first number of its first codeword among all
     * @param most the most rows of a call
     */
    static Assigner assigner(NearestCodeword search, int first, int most) {
        int d = search.dimension();
        int[] index = new int[most];
        float[] distance = new float[most];
        return (rows, offset, count, weights, firstWeight, sink) -> {
            if (search instanceof SummingSearch summing && sink instanceof CodewordSums sums) {
                summing.accumulate(rows, offset, count, weights, firstWeight, first, sums);
                return;
            }
            search.nearest(rows, offset, count, index, distance);
            for (int i = 0; i < count; i++) {
                float weight = weights == null ? 1f : weights[firstWeight + i];
                sink.add(first + index[i], rows, offset + i * d, weight, distance[i]);
            }
        };
    }
}
