/**
 * What follows from the statistics of a step: the new codewords by an {@link
 * io.github.sparknsvq.core.training.update.UpdateRule} (NSVQ, SGD, EMA, mini-batch k-means, Lloyd), and the
 * replacement of idle ones by {@link io.github.sparknsvq.core.training.update.ReseedingPolicy}.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.core.training.update;
