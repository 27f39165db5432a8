package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Rows after hard quantization: what every layer does at inference.
 *
 * @param output what the codes stand for, {@code N x D}: the nearest codeword, or those of several codebooks added up
 *     or side by side
 * @param indices the codewords, {@code M} for each row, each counted from 0 within its codebook
 * @param squaredErrors the squared distance of each row from its output, {@code N} values, with the weights if there
 *     are any
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Quantized(FloatMatrix output, int[] indices, float[] squaredErrors) {}
