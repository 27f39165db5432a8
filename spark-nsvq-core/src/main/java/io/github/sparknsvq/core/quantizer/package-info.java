/**
 * API. Quantizers with given codebooks: rows to codes and back. {@link
 * io.github.sparknsvq.core.quantizer.VectorQuantizer} has one codebook, {@link
 * io.github.sparknsvq.core.quantizer.ProductQuantizer} one for each part of a row, {@link
 * io.github.sparknsvq.core.quantizer.ResidualQuantizer} and {@link
 * io.github.sparknsvq.core.quantizer.AdditiveQuantizer} add up one codeword of each codebook, and {@link
 * io.github.sparknsvq.core.quantizer.RotatedQuantizer} rotates rows for another. {@link
 * io.github.sparknsvq.core.quantizer.SpaceFillingQuantizer} has points along a line, a {@link
 * io.github.sparknsvq.core.quantizer.SpaceFillingCurve}.
 *
 * <p>Codes are packed as {@link io.github.sparknsvq.core.quantizer.CodeBits} says, which is how FAISS packs them.
 */
package io.github.sparknsvq.core.quantizer;
