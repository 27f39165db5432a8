package io.github.sparknsvq.core.index;

/** Reads distances of codes one after the other from the query's table. */
final class TableScanner extends TableBasedScanner {
    private static final int BLOCK = 512;

    private final CodeSums sums;
    private final ListFormat format;
    private final NormFormat norms;
    private final float[] distances = new float[BLOCK];
    private final float[] squaredNorms;

    /**
     * Makes a scanner.
     *
     * @param table the tables
     * @param sums sums up their entries
     * @param format of the lists, without groups
     * @param addsNorms whether the norms in the format are added
     */
    TableScanner(QueryTable table, CodeSums sums, ListFormat format, boolean addsNorms) {
        super(table);
        this.sums = sums;
        this.format = format;
        this.norms = addsNorms ? (NormFormat) format : null;
        this.squaredNorms = new float[addsNorms ? BLOCK : 0];
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
        if (count > 0 && table.isStale()) {
            sums.table(table.table());
        }
        for (int from = 0; from < count; from += BLOCK) {
            int n = Math.min(BLOCK, count - from);
            int at = offset + (int) format.bytes(from);
            sums.sum(codes, at, n, table.start(), distances);
            if (norms != null) {
                norms.norms(codes, at, n, squaredNorms, 0);
                for (int i = 0; i < n; i++) {
                    distances[i] += squaredNorms[i];
                }
            }
            nearest.offer(distances, 0, n, label + from);
        }
    }
}
