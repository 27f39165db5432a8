package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.linalg.VectorMath;

/**
 * The table of a query for a list, made when it is first needed; one query and list after the other. For one thread.
 */
final class QueryTable {
    private final CodeTables tables;
    private final float[] query;
    private final float[] residual;
    private final float[] table;
    private final float[] own;
    private float[] shifted = new float[0];
    private float[] products;
    private int productsAt;
    private float queryTerm;
    private int list;
    private float start;
    private boolean stale;

    /** The table for codes with terms, made when first asked for. */
    private float[] common;

    private boolean commonStale;

    QueryTable(CodeTables tables) {
        this.tables = tables;
        this.query = new float[tables.quantizer.innerDimension()];
        this.residual = new float[query.length];
        this.table = new float[tables.size()];
        this.own = new float[tables.takesQueryProducts() ? tables.size() : 0];
        this.products = own;
    }

    /** Goes to a query. */
    void query(float[] from, int offset) {
        tables.shift(from, offset, query, 0, query.length);
        if (tables.takesQueryProducts()) {
            tables.products(query, 1, own);
        }
        begin(own, 0);
    }

    /** Goes to a query whose products are there. */
    void query(float[] from, int offset, float[] products, int at) {
        tables.shift(from, offset, query, 0, query.length);
        begin(products, at);
    }

    /** Returns how many values {@link #products} gives for a query; 0 where they are not needed. */
    int productsSize(boolean withTerms) {
        return withTerms || tables.takesQueryProducts() ? tables.size() : 0;
    }

    /** Computes the products of queries. */
    void products(float[] queries, int offset, int count, float[] to) {
        int d = query.length;
        if (shifted.length < count * d) {
            shifted = new float[count * d];
        }
        for (int i = 0; i < count; i++) {
            tables.shift(queries, offset + i * d, shifted, i * d, d);
        }
        tables.products(shifted, count, to);
    }

    private void begin(float[] from, int at) {
        products = from;
        productsAt = at;
        queryTerm = 0;
        stale = true;
        commonStale = true;
        if (tables.quantizer.metric() == Metric.L2 && !tables.perList) {
            queryTerm = (float) VectorMath.squaredNorm(query, 0, query.length);
        }
    }

    /** Goes to a list. */
    void list(int next, float coarse) {
        list = next;
        start = tables.quantizer.byResidual() ? coarse : queryTerm;
        stale |= tables.perList;
    }

    /** What all codes of the list have in common. */
    float start() {
        return start;
    }

    /** Whether {@link #table()} changes when next called. */
    boolean isStale() {
        return stale;
    }

    /** The table of the query for the list. */
    float[] table() {
        if (stale) {
            stale = false;
            if (!tables.perList) {
                tables.queryTable(products, productsAt, table);
            } else if (tables.takesQueryProducts()) {
                tables.listTable(list, products, productsAt, table);
            } else {
                tables.residualTable(list, query, residual, table);
            }
        }
        return table;
    }

    /** The table of the query for codes with terms, whatever the list. */
    float[] commonTable() {
        if (common == null) {
            common = new float[tables.size()];
        }
        if (commonStale) {
            commonStale = false;
            tables.commonTable(products, productsAt, common);
        }
        return common;
    }

    /** Whether {@link #commonTable()} changes when next called. */
    boolean isCommonStale() {
        return commonStale;
    }

    /** Whether codes have terms. */
    boolean hasTerms() {
        return tables.perList;
    }

    /** The table whose sums are the terms of a list's codes. */
    float[] termsTable(int of) {
        return tables.termsTable(of);
    }
}
