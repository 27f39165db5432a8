/**
 * How rows choose codewords: of one codebook, of one for each part of a row, of levels of residuals; rotated or
 * priced. An {@link io.github.sparknsvq.core.training.assign.Assignment} says which codebooks there are and what each
 * of them quantizes.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.core.training.assign;
