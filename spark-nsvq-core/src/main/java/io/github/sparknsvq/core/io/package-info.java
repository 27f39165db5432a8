/**
 * Files of vectors: fvecs, bvecs, ivecs and npy, parsed with every size checked before anything is allocated.
 *
 * <p>{@link io.github.sparknsvq.core.io.VectorFiles} reads and writes whole files on one machine. What it is made of,
 * {@link io.github.sparknsvq.core.io.VectorFileLayout} (where the rows lie) and
 * {@link io.github.sparknsvq.core.io.VectorReader} (a range of rows from a stream), knows no file system, so that the
 * Spark data sources read with the same code. API.
 */
package io.github.sparknsvq.core.io;
