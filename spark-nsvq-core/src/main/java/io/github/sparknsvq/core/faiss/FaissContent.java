package io.github.sparknsvq.core.faiss;

/**
 * An index with its codes and ids.
 *
 * @param index the rest of it
 * @param codes {@code index.count()} codes of {@code index.quantizer().codeSize()} bytes, one after the other
 * @param ids the id of each code, or null where {@code index.hasIds()} is false
 */
public record FaissContent(FaissIndex index, byte[] codes, long[] ids) {}
