package io.github.sparknsvq.core.linalg;

import java.io.Serializable;

/**
 * A transform of rows before they are quantized or compared. It does not change and may be used by several threads at
 * once. The result for a row does not depend on the rows that come with it.
 */
public interface VectorTransform extends Serializable {

    /** Returns the dimension of rows before. */
    int inputDimension();

    /** Returns the dimension of rows after. */
    int outputDimension();

    /**
     * Transforms rows.
     *
     * @param rows row-major block that holds the rows, {@link #inputDimension} values each
     * @param offset where the first row starts
     * @param count number of rows, 0 or more
     * @param out receives the rows, {@link #outputDimension} values each; may be {@code rows} itself if the
     *     dimensions are equal and {@code to} is {@code offset}
     * @param to where the first goes
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void apply(float[] rows, int offset, int count, float[] out, int to);

    /**
     * Turns transformed rows back, as far as that is possible: what a transform drops, such as the length, is lost.
     *
     * @param rows row-major block that holds transformed rows, {@link #outputDimension} values each
     * @param offset where the first row starts
     * @param count number of rows, 0 or more
     * @param out receives the rows, {@link #inputDimension} values each; may be {@code rows} itself if the dimensions
     *     are equal and {@code to} is {@code offset}
     * @param to where the first goes
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void reverse(float[] rows, int offset, int count, float[] out, int to);
}
