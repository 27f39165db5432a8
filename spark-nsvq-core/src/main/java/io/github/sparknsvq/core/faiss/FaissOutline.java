package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.IvfQuantizer;

/**
 * An index but for its codes and ids.
 *
 * @param quantizer the trained parts of the index; an index that has no inverted lists has one, around 0
 * @param probes how many lists a search looks at unless it is told otherwise, in [1, lists]
 * @param type faiss's name for the index in its file without what is around it, such as {@code IwPQ}
 * @param count number of vectors
 * @param refine what candidates are ranked again by; null for nothing
 * @param searchable whether spark-nsvq searches it; if not, its codes can be read all the same
 */
public record FaissOutline(
        IvfQuantizer quantizer, int probes, String type, long count, Refine refine, boolean searchable) {
    /**
     * Vectors by which candidates are ranked again.
     *
     * @param type faiss's name for the index that they are in, such as {@code IxF2}
     * @param factor candidates for each neighbor, at least 1
     */
    public record Refine(String type, float factor) {}
}
