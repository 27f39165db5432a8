/**
 * Encoding the vectors of a column with a trained codebook on the executors: row by row in meaning, in batches when
 * run.
 */
package io.github.sparknsvq.ml.encoding;
