package io.github.sparknsvq.core.index;

/** A scanner whose distances come from tables, and which computes what several queries need for these together. */
abstract class BatchScanner implements ListScanner {
    /** The table of the query for the list. */
    final QueryTable table;

    /** Scans lists of this kind for several queries at a time; null where that gains nothing. */
    final QueriesScanner several;

    BatchScanner(QueryTable table, QueriesScanner several) {
        this.table = table;
        this.several = several;
    }

    @Override
    public final void query(float[] from, int offset) {
        table.query(from, offset);
    }

    @Override
    public final void list(int list, float coarse) {
        table.list(list, coarse);
    }

    /**
     * Returns whether each code has a term that does not depend on the query; then a query needs one table for all
     * lists instead of one for each.
     */
    boolean hasTerms() {
        return false;
    }

    /**
     * Computes the terms of codes; only where {@link #hasTerms}.
     *
     * @param list the list that the codes are in
     * @param codes codes in the scanning's format, from the start of a group
     * @param offset where they start
     * @param count number of codes
     * @param terms receives the terms
     * @param to where the first goes
     */
    void terms(int list, byte[] codes, int offset, int count, float[] terms, int to) {
        throw new UnsupportedOperationException("these codes have no terms");
    }

    /**
     * Offers codes as {@link #scan(byte[], int, int, long, NearestLabels)} does, of a query that was prepared; only
     * where {@link #hasTerms}.
     *
     * @param terms the codes' terms
     * @param from where the first is
     */
    void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest, float[] terms, int from) {
        throw new UnsupportedOperationException("these codes have no terms");
    }
}
