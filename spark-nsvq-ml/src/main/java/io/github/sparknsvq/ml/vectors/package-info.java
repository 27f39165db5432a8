/**
 * A column of vectors, whatever its type: its check at the door, its reader in a task, and what an invalid vector gets.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.vectors;
