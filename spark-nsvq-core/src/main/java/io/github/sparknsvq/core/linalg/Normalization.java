package io.github.sparknsvq.core.linalg;

/** Scales rows to length 1; rows of length 0 stay. The inverse leaves rows as they are. */
public final class Normalization implements VectorTransform {
    private static final long serialVersionUID = 1L;

    private final int dimension;

    /**
     * Makes the transform of rows of a dimension.
     *
     * @param dimension at least 1
     */
    public Normalization(int dimension) {
        this.dimension = dimension;
    }

    @Override
    public int inputDimension() {
        return dimension;
    }

    @Override
    public int outputDimension() {
        return dimension;
    }

    @Override
    public void apply(float[] rows, int offset, int count, float[] out, int to) {
        System.arraycopy(rows, offset, out, to, count * dimension);
        for (int i = 0; i < count; i++) {
            UnitLength.normalize(out, to + i * dimension, dimension);
        }
    }

    @Override
    public void reverse(float[] rows, int offset, int count, float[] out, int to) {
        System.arraycopy(rows, offset, out, to, count * dimension);
    }
}
