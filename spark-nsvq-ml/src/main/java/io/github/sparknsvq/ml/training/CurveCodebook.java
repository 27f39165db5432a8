package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.kernel.Device;

/**
 * What a codebook that is cut from a line should be like.
 *
 * @param codewords how many, at least 1
 * @param ofRows whether they are means of the rows themselves rather than of their nearest points on the line
 * @param evenIter how often the cuts are moved by how many rows choose each codeword; 0 leaves parts of equal weight
 * @param unitLength whether codewords have length 1, as the rows do
 * @param device where rows are counted by their nearest codewords
 */
public record CurveCodebook(int codewords, boolean ofRows, int evenIter, boolean unitLength, Device device) {}
