package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Receives, per codeword, how much weight chose it, the weighted sum of its rows and their weighted squared error.
 */
public interface CodewordSums {

    /**
     * Adds one row to the codeword that it chose.
     *
     * @param codeword the codeword
     * @param rows block that holds the row
     * @param offset where the row starts
     * @param weight the row's weight
     * @param squaredDistance its squared distance from the codeword
     */
    void add(int codeword, float[] rows, int offset, float weight, float squaredDistance);

    /**
     * Adds what many rows make together.
     *
     * @param first number of the codebook's first codeword
     * @param codebook {@code K x D} codewords
     * @param weights weight that chose each of them, {@code K} values or more
     * @param differences weighted sums of the rows less the codeword that they chose, {@code K x D} values or more
     * @param errors weighted squared error of each, {@code K} values or more
     */
    void add(int first, FloatMatrix codebook, float[] weights, float[] differences, float[] errors);
}
