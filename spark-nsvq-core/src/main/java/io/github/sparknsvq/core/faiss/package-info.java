/**
 * API. Index files of <a href="https://github.com/facebookresearch/faiss">FAISS</a>: codebooks and codes, written for
 * it and read from it. The layout is that of faiss 1.7.3 to 1.15, which are alike.
 *
 * <p>{@link io.github.sparknsvq.core.faiss.FaissFiles} reads, writes and maps whole files on one machine. {@link
 * io.github.sparknsvq.core.faiss.FaissWriter} and {@link io.github.sparknsvq.core.faiss.FaissIvfWriter} write the
 * parts of a file, so that several machines can write one. {@link io.github.sparknsvq.core.faiss.MappedIndex} is a
 * file that is searched where it lies.
 */
package io.github.sparknsvq.core.faiss;
