package io.github.sparknsvq.core.linalg;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;

/**
 * Multiplies each dimension by a weight: {@code y = w . x}. Its inverse divides by the weights, which is exact but
 * for rounding.
 *
 * <p>The Euclidean distance between scaled rows is the weighted one between the rows, {@code ||w . (x - c)||}: the
 * distance of NSVQ with weights (Vali and Bäckström, IEEE Access 2022, equation 9).
 */
public final class Scaling implements VectorTransform {
    private static final long serialVersionUID = 1L;

    private final float[] weights;

    /**
     * Makes a transform.
     *
     * @param weights one for each dimension, at least one, positive and finite; copied
     * @throws NsvqException if a weight is not positive, not finite, or not so as float32
     */
    public Scaling(double... weights) {
        NsvqException.unless(weights.length > 0, "a scaling needs a weight for each dimension");
        this.weights = new float[weights.length];
        for (int j = 0; j < weights.length; j++) {
            checkWeight(j, weights[j]);
            this.weights[j] = (float) weights[j];
        }
    }

    private Scaling(float[] weights) {
        this.weights = weights;
    }

    private static void checkWeight(int j, double weight) {
        float narrowed = (float) weight;
        NsvqException.unless(
                narrowed > 0 && narrowed < Float.POSITIVE_INFINITY,
                "dimensionWeights has " + weight + " for dimension " + j
                        + ": it must be positive and finite, as float32" + " too");
    }

    /** Returns a copy of the weights. */
    public float[] weights() {
        return weights.clone();
    }

    /** Returns the scaling of a part of a row: of {@code count} dimensions from {@code from} on. */
    public Scaling part(int from, int count) {
        return new Scaling(Arrays.copyOfRange(weights, from, from + count));
    }

    @Override
    public int inputDimension() {
        return weights.length;
    }

    @Override
    public int outputDimension() {
        return weights.length;
    }

    @Override
    public void apply(float[] rows, int offset, int count, float[] out, int to) {
        check(rows, offset, count, out, to);
        for (int i = 0; i < count; i++) {
            int from = offset + i * weights.length;
            int at = to + i * weights.length;
            for (int j = 0; j < weights.length; j++) {
                out[at + j] = weights[j] * rows[from + j];
            }
        }
    }

    @Override
    public void reverse(float[] rows, int offset, int count, float[] out, int to) {
        check(rows, offset, count, out, to);
        for (int i = 0; i < count; i++) {
            int from = offset + i * weights.length;
            int at = to + i * weights.length;
            for (int j = 0; j < weights.length; j++) {
                out[at + j] = rows[from + j] / weights[j];
            }
        }
    }

    private void check(float[] rows, int offset, int count, float[] out, int to) {
        VectorMath.checkRows(rows, offset, count, weights.length);
        VectorMath.checkRows(out, to, count, weights.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Scaling that && Arrays.equals(weights, that.weights);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(weights);
    }

    @Override
    public String toString() {
        return "weights " + Arrays.toString(weights);
    }
}
