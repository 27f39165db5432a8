package io.github.sparknsvq.core.index;

/** A scanner that works out what several queries need of it together, which is faster than one by one. */
interface BatchScanner extends ListScanner {

    /** Returns the values that a query needs, or 0 where nothing can be prepared. */
    int preparedSize();

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
}
