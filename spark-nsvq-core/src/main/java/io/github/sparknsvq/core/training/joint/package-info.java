/**
 * All codebooks of a residual or additive quantizer at once: encode, then solve for the codewords by least squares.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.core.training.joint;
