/**
 * Training of a line through the data, and codebooks that are cut from it.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.core.training.curve;
