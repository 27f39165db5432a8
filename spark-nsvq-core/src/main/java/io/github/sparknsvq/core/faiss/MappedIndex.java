package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Refinement;

/**
 * An index whose codes and ids stay in a mapped file.
 *
 * @param quantizer the trained parts of the index; an index that has no inverted lists has one, around 0
 * @param lists its codes and ids, read from the file as they are asked for
 * @param probes how many lists a search looks at unless it is told otherwise, in [1, lists]
 * @param type faiss's name for the index in its file without what is around it, such as {@code IwPQ}
 * @param count number of vectors
 * @param refinement what candidates are ranked again by, in the file, too; null for nothing
 */
public record MappedIndex(
        IvfQuantizer quantizer, InvertedLists lists, int probes, String type, long count, Refinement refinement)
        implements AutoCloseable {

    /** Lets go of the file. Whoever reads lists after that gets an {@link IllegalStateException}. */
    @Override
    public void close() {
        lists.close();
    }
}
