package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.quantizer.ScalarQuantizer;

/**
 * Vectors by which the candidates that codes give are ranked again: the index's own vectors, or what closer codes
 * stand for. May be read by several threads at once.
 */
public interface RankingVectors {

    /** Returns the dimension of the vectors. */
    int dimension();

    /** Returns what the vectors are stored as codes of, or null where they are stored as float32. */
    ScalarQuantizer quantizer();

    /**
     * Copies vectors, decoded where they are codes.
     *
     * @param places where the codes of the vectors are: the list in the upper 32 bits, the position in the lower
     * @param from first place
     * @param count number of places, 0 or more
     * @param rows receives the vectors, {@link #dimension} values each, from the start
     * @throws io.github.sparknsvq.core.NsvqException if there is no vector of a place
     */
    void read(long[] places, int from, int count, float[] rows);

    /**
     * Copies the codes of vectors; only where there is a {@link #quantizer}.
     *
     * @param places as above
     * @param from as above
     * @param count as above
     * @param codes receives the codes, one after the other, from the start
     * @throws io.github.sparknsvq.core.NsvqException if there is no vector of a place
     */
    void codes(long[] places, int from, int count, byte[] codes);

    /**
     * Checks that what the vectors are read from is as it was when it was opened.
     *
     * @throws io.github.sparknsvq.core.NsvqException if it is not
     */
    default void checkUnchanged() {
        // arrays do not change
    }

    /** Lets go of what the vectors are read from. */
    default void close() {
        // nothing but memory
    }
}
