/**
 * Spark data sources for files of vectors: {@code spark.read().format("fvecs")}, {@code bvecs}, {@code ivecs} and
 * {@code npy}, split into ranges of rows; see {@link io.github.sparknsvq.ml.source.VectorFileSource}.
 *
 * <p>The names of the formats, their columns and their options are API; the classes are not.
 */
package io.github.sparknsvq.ml.source;
