package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;

/**
 * Rows that are rotated before they choose. The codewords and the targets are those of rotated rows; squared errors
 * are the same in both.
 *
 * @param rotation turns the rows
 * @param inner how rotated rows choose
 */
public record RotatedAssignment(Rotation rotation, ProductAssignment inner) implements Assignment {

    @Override
    public CodebookLayout layout() {
        return inner.layout();
    }

    @Override
    public int rowDimension() {
        return inner.rowDimension();
    }

    @Override
    public Assigner prepare(float[] codewords, Device device, int most) {
        Assigner assigner = inner.prepare(codewords, device, most);
        float[] rotated = new float[most * rowDimension()];
        return (rows, offset, count, weights, firstWeight, sink) -> {
            rotation.apply(rows, offset, count, rotated, 0);
            assigner.assign(rotated, 0, count, weights, firstWeight, sink);
        };
    }

    @Override
    public float[] start(FloatMatrix sample, CodewordChooser chooser, Device device) {
        float[] rotated = new float[sample.values().length];
        rotation.apply(sample.values(), 0, sample.rows(), rotated, 0);
        return inner.start(new FloatMatrix(sample.rows(), sample.columns(), rotated), chooser, device);
    }
}
