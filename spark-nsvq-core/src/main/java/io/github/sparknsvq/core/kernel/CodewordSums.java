package io.github.sparknsvq.core.kernel;

/** Receives, per codeword, how much weight chose it, the weighted sum of its rows and their weighted squared error. */
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
     * @param first codeword that the arrays start with
     * @param weights weight that chose each of {@code K} codewords
     * @param sums weighted sums of their rows, {@code K x D} row-major
     * @param errors weighted squared error of each
     * @param codewords number of codewords {@code K}; the arrays may be longer
     */
    void add(int first, float[] weights, float[] sums, float[] errors, int codewords);
}
