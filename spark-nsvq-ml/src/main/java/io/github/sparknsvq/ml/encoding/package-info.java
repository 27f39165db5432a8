/** Encoding the vectors of a column with a trained codebook, row by row on the executors. */
package io.github.sparknsvq.ml.encoding;
