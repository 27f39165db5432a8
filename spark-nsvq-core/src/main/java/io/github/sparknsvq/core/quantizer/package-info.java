/**
 * Quantizers with given codebooks: rows to codes and back. {@link io.github.sparknsvq.core.quantizer.VectorQuantizer} has
 * one codebook, {@link io.github.sparknsvq.core.quantizer.ProductQuantizer} one for each part of a row, {@link
 * io.github.sparknsvq.core.quantizer.ResidualQuantizer} and {@link
 * io.github.sparknsvq.core.quantizer.AdditiveQuantizer} add a codeword of each of theirs up, and {@link
 * io.github.sparknsvq.core.quantizer.RotatedQuantizer} turns rows for another.
 *
 * <p>Codes are packed as {@link io.github.sparknsvq.core.quantizer.CodeBits} says, which is how FAISS packs them.
 */
package io.github.sparknsvq.core.quantizer;
