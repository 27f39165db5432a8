package io.github.sparknsvq.core.index;

/** Reads distances of codes one after the other from the query's table. */
final class TableScanner extends BatchScanner {
    private static final int BLOCK = 512;

    private final CodeSums sums;
    private final ListFormat format;
    private final NormFormat norms;
    private final float[] distances = new float[BLOCK];
    private final float[] squaredNorms;
    private Taken taken = Taken.NONE;

    /**
     * Makes a scanner.
     *
     * @param table the tables
     * @param sums sums up their entries
     * @param format of the lists, without groups
     * @param addsNorms whether the norms in the format are added
     * @param several scans for several queries at a time; null for none
     */
    TableScanner(QueryTable table, CodeSums sums, ListFormat format, boolean addsNorms, QueriesScanner several) {
        super(table, several);
        this.sums = sums;
        this.format = format;
        this.norms = addsNorms ? (NormFormat) format : null;
        this.squaredNorms = new float[addsNorms ? BLOCK : 0];
    }

    /** The table that the sums took last: that of the query and the list, that of the query alone, or another. */
    private enum Taken {
        OWN,
        COMMON,
        NONE
    }

    /** Sums of table entries, for one thread. */
    interface CodeSums {
        /** Takes a table. */
        void table(float[] table);

        /** Sums up entries for codes, beginning with {@code start}. */
        void sum(byte[] codes, int offset, int count, float start, float[] sums);
    }

    @Override
    public void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest) {
        if (count > 0 && (table.isStale() || taken != Taken.OWN)) {
            taken = Taken.OWN;
            sums.table(table.table());
        }
        for (int from = 0; from < count; from += BLOCK) {
            int n = Math.min(BLOCK, count - from);
            measure(codes, offset + (int) format.bytes(from), n);
            nearest.offer(distances, 0, n, label + from);
        }
    }

    private void measure(byte[] codes, int at, int n) {
        sums.sum(codes, at, n, table.start(), distances);
        if (norms != null) {
            norms.norms(codes, at, n, squaredNorms, 0);
            for (int i = 0; i < n; i++) {
                distances[i] += squaredNorms[i];
            }
        }
    }

    @Override
    boolean hasTerms() {
        return table.hasTerms();
    }

    @Override
    void terms(int list, byte[] codes, int offset, int count, float[] terms, int to) {
        taken = Taken.NONE;
        sums.table(table.termsTable(list));
        for (int from = 0; from < count; from += BLOCK) {
            int n = Math.min(BLOCK, count - from);
            sums.sum(codes, offset + (int) format.bytes(from), n, 0, distances);
            System.arraycopy(distances, 0, terms, to + from, n);
        }
    }

    @Override
    void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest, float[] terms, int first) {
        if (table.isCommonStale() || taken != Taken.COMMON) {
            taken = Taken.COMMON;
            sums.table(table.commonTable());
        }
        for (int from = 0; from < count; from += BLOCK) {
            int n = Math.min(BLOCK, count - from);
            measure(codes, offset + (int) format.bytes(from), n);
            for (int i = 0; i < n; i++) {
                distances[i] += terms[first + from + i];
            }
            nearest.offer(distances, 0, n, label + from);
        }
    }
}
