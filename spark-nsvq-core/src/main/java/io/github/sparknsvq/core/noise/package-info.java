/**
 * Vector quantization as a layer of a network: forward and backward passes for one and for several codebooks.
 *
 * <p>A {@link io.github.sparknsvq.core.noise.Layer} is given rows and codewords and returns {@code x'}; given the
 * gradient of a loss with respect to {@code x'}, it returns those with respect to the rows and to the codewords. What
 * layers differ in is what stands in for the choice of a codeword, which has no gradient:
 *
 * <ul>
 *   <li>{@link io.github.sparknsvq.core.noise.NoiseSubstitution#nsvq NSVQ} adds noise as long as the quantization
 *       error, in a random direction. The gradient knows how much the decoder cares about errors as long as this
 *       one. It does not know where the decoder would have the codeword: in expectation, for a quadratic loss of
 *       Hessian {@code H}, it is {@code (tr H / D)(c - x)}, whatever the loss wants. So codewords move as in
 *       k-means, with each row weighted by the curvature of the loss. For plain reconstruction,
 *       {@code ||x - x'||^2}, it is exactly the gradient of k-means, without any noise. A single draw may deviate
 *       from the expectation by several times its size.
 *   <li>{@link io.github.sparknsvq.core.noise.NoiseSubstitution#diveq DiVeQ} adds a vector of that length which
 *       points near the codeword, and without noise to it. The gradient does know what the decoder wants at the
 *       codeword, but only its part along the error: a codeword is moved towards a row or away from it by one row,
 *       never sideways. (That holds for NSVQ as well.)
 *   <li>{@link io.github.sparknsvq.core.noise.SpaceFillingDiveq SF-DiVeQ} does so for points on the line through all
 *       codewords, in their order.
 *   <li>{@link io.github.sparknsvq.core.noise.StraightThrough} outputs the codeword and copies the gradient past
 *       it: the rows' gradient is that of another place, and the codewords know nothing of the decoder. They follow
 *       k-means.
 *   <li>{@link io.github.sparknsvq.core.noise.MovingAverage} does so with averages in place of gradients.
 *   <li>{@link io.github.sparknsvq.core.noise.SoftQuantization} weights all codewords by their distances, and so
 *       has the true gradient of a function that is not the one used at inference. The codewords know the decoder.
 * </ul>
 *
 * <p>At inference all layers choose the nearest codeword. No layer has a gradient for the choice itself, so none
 * knows that a row near a border might better cross it; and codewords that no row chooses have none at all (except
 * in soft quantization), which is what {@link io.github.sparknsvq.core.noise.Replacement} is for.
 *
 * <p>Arrays are float32; the arithmetic of a row is in double.
 */
package io.github.sparknsvq.core.noise;
