/**
 * The index in Spark: its directory ({@link io.github.sparknsvq.ml.index.IndexDirectory}), how vectors get into it
 * ({@link io.github.sparknsvq.ml.index.StoredIndex}) and how batches of queries are searched in it
 * ({@link io.github.sparknsvq.ml.index.BatchSearch}).
 *
 * <p>Not API: used by other modules of spark-nsvq, and may change in any release.
 */
package io.github.sparknsvq.ml.index;
