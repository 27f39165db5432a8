package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
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
        return new SearchAssigner(NearestCodewordProviders.forDevice(device).prepare(codebook), 0, most);
    }

    @Override
    public float[] start(FloatMatrix sample, CodewordChooser chooser, Device device) {
        return chooser.choose(sample, layout.total(), 0).values();
    }

    @Override
    public List<Moments> moments(StatisticsSource source, float[] codewords, Device device) {
        return List.of(Moments.of(source));
    }
}
