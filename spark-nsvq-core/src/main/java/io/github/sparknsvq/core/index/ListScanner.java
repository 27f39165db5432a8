package io.github.sparknsvq.core.index;

/**
 * Distances of one query after the other from the codes of one list after the other. For one thread; what is shared
 * by threads is in the supplier of {@link ListScanning#of} that made it.
 */
public interface ListScanner {

    /**
     * Begins with a query.
     *
     * @param query holds the query as {@link IvfQuantizer#transform} gives it
     * @param offset where it starts
     */
    void query(float[] query, int offset);

    /**
     * Goes to a list.
     *
     * @param list the list
     * @param coarse its distance from the query, as {@link IvfQuantizer#probes} gives it
     */
    void list(int list, float coarse);

    /**
     * Offers codes of the list with their distances from the query.
     *
     * @param codes codes in the scanning's {@link ListFormat}, from the start of a group
     * @param offset where they start
     * @param count number of codes, 0 or more
     * @param label of the first code; the others follow
     * @param nearest takes those that are near enough
     */
    void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest);
}
