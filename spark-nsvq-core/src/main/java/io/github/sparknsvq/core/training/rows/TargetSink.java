package io.github.sparknsvq.core.training.rows;

/** Receives the choices of rows: a codeword, and the target that the codeword should have been for this row. */
public interface TargetSink {

    /**
     * Takes one row's choice in one codebook.
     *
     * @param codeword the codeword chosen, numbered through all codebooks
     * @param targets block that holds the target
     * @param offset where the target starts
     * @param weight the row's weight
     * @param squaredDistance of the target from the codeword
     */
    void add(int codeword, float[] targets, int offset, float weight, float squaredDistance);
}
