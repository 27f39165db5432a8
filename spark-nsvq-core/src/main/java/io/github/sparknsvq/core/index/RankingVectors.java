package io.github.sparknsvq.core.index;

/**
 * Vectors by which the candidates that codes give are ranked again: the index's own vectors, or what closer codes
 * stand for. May be read by several threads at once.
 */
public interface RankingVectors {

    /** Returns the dimension of the vectors. */
    int dimension();

    /**
     * Copies vectors.
     *
     * @param places where the codes of the vectors are: the list in the upper 32 bits, the position in the lower
     * @param from first place
     * @param count number of places, 0 or more
     * @param rows receives the vectors, {@link #dimension} values each, from the start
     * @throws io.github.sparknsvq.core.NsvqException if there is no vector of a place
     */
    void read(long[] places, int from, int count, float[] rows);
}
