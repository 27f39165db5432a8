package io.github.sparknsvq.core.index;

/** A scanner whose distances come from tables. */
abstract class TableBasedScanner implements BatchScanner {
    /** The table of the query for the list. */
    final QueryTable table;

    TableBasedScanner(QueryTable table) {
        this.table = table;
    }

    @Override
    public final void query(float[] from, int offset) {
        table.query(from, offset);
    }

    @Override
    public final int preparedSize(boolean withTerms) {
        return table.productsSize(withTerms);
    }

    @Override
    public final void prepare(float[] queries, int offset, int count, float[] prepared) {
        table.products(queries, offset, count, prepared);
    }

    @Override
    public final void query(float[] queries, int offset, float[] prepared, int at) {
        table.query(queries, offset, prepared, at);
    }

    @Override
    public final void list(int list, float coarse) {
        table.list(list, coarse);
    }
}
