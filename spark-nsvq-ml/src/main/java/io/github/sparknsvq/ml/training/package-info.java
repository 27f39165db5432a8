/**
 * Training rows packed once on the executors, and the distributed side of the training loop over them.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.training;
