/**
 * Encoding the vectors of a column with a trained codebook on the executors: row by row in meaning, in batches when
 * run.
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.encoding;
