package io.github.sparknsvq.core.training.rows;

/** Receives what rows want of codewords. */
public interface TargetSink {

    /**
     * Takes notice of one row's choice in one codebook.
     *
     * @param codeword the codeword chosen, numbered through all codebooks
     * @param targets block that holds what the row wants the codeword to be
     * @param offset where that starts
     * @param weight the row's weight
     * @param squaredDistance of the target from the codeword
     */
    void add(int codeword, float[] targets, int offset, float weight, float squaredDistance);
}
