package io.github.sparknsvq.core.index;

/** A scanner that works out what several queries need of it together, which is faster than one by one. */
interface BatchScanner extends ListScanner {

    /**
     * Returns the values that a query needs, or 0 where nothing can be prepared.
     *
     * @param withTerms whether scans are given terms
     */
    int preparedSize(boolean withTerms);

    /**
     * Prepares queries.
     *
     * @param queries transformed queries
     * @param offset where the first starts
     * @param count how many
     * @param prepared receives {@link #preparedSize} values for each
     */
    void prepare(float[] queries, int offset, int count, float[] prepared);

    /** Begins with a query as {@link #query(float[], int)} does, with the values that were prepared for it. */
    void query(float[] queries, int offset, float[] prepared, int at);

    /**
     * Returns whether codes have terms: a number for each, the same for all queries, with which a query needs one table for
     * all lists instead of one for each.
     */
    boolean hasTerms();

    /**
     * Works out the terms of codes.
     *
     * @param list the list that the codes are in
     * @param codes codes in the scanning's format, from the start of a group
     * @param offset where they start
     * @param count number of codes
     * @param terms receives the terms
     * @param to where the first goes
     */
    void terms(int list, byte[] codes, int offset, int count, float[] terms, int to);

    /**
     * Offers codes as {@link #scan(byte[], int, int, long, NearestLabels)} does, of a query that was prepared.
     *
     * @param terms the codes' terms
     * @param from where the first is
     */
    void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest, float[] terms, int from);
}
