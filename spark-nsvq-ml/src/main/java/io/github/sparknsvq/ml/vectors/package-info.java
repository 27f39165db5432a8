/**
 * A column of vectors of any supported type: the check of its type, its reader in a task, and the error for invalid
 * vectors.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.vectors;
