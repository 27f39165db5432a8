package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/** How codewords are chosen among a sample of what a codebook quantizes. */
@FunctionalInterface
public interface CodewordChooser {
    /**
     * Chooses codewords.
     *
     * @param targets what the codebook quantizes, one for each row of the sample
     * @param k how many codewords
     * @param from the first row to take, if rows are taken as they come
     * @return {@code k x dimension} codewords
     */
    FloatMatrix choose(FloatMatrix targets, int k, int from);
}
