package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * The gradient of the loss, which is the downstream loss and the layer's own losses, summed over the rows of a batch.
 *
 * @param input with respect to the rows {@code x}, {@code N x D}
 * @param codewords with respect to the codewords, in the shape of {@link Parameters#codewords}; zeros for those that
 *     had no part in the output
 * @param weights with respect to the weights, {@code D} values; null if the layer had none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Gradients(FloatMatrix input, FloatMatrix codewords, float[] weights) {}
