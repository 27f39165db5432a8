package io.github.sparknsvq.core.index;

/**
 * A scanner that measures the same codes for one query after the other: what it does with the codes alone, as
 * decoding them, is done once. Codes lie one after the other. For one thread.
 */
interface SharedScanner extends ListScanner {
    /** Returns the dimension of transformed queries. */
    int dimension();

    /**
     * Returns how many codes are taken at a time at most: so many that to begin with a query and a list costs little
     * beside them.
     */
    int most();

    /** Returns the bytes of a code. */
    int codeBytes();

    /**
     * Takes codes, for all queries that are to come.
     *
     * @param codes holds them, unchanged until others are taken
     * @param offset where they start
     * @param count number of codes, {@link #most} at most
     */
    void take(byte[] codes, int offset, int count);

    /**
     * Offers the codes that were taken with their distances from the query, for the list that the scanner is at.
     *
     * @param label of the first code; the others follow
     * @param nearest takes those that are near enough
     */
    void offer(long label, NearestLabels nearest);

    @Override
    default void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest) {
        for (int from = 0; from < count; from += most()) {
            take(codes, offset + from * codeBytes(), Math.min(most(), count - from));
            offer(label + from, nearest);
        }
    }
}
