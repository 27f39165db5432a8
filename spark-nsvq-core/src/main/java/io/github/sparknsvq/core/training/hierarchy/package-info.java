/**
 * Codebooks of very many codewords, as the lists of large indexes are: cells first, then the codewords of each cell
 * by themselves, then all together.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.core.training.hierarchy;
