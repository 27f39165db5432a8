package io.github.sparknsvq.core.index;

/** Reads the codes of a list once, some at a time, and has them measured for all queries that look at it. */
final class SharedReading implements ListByList {
    /**
     * A scanner that measures the same codes for one query after the other: what it does with the codes alone, as
     * decoding them, is done once. Codes lie one after the other. For one thread.
     */
    interface Scanner extends ListScanner {
        /** Returns the dimension of transformed queries. */
        int dimension();

        /**
         * Returns how many codes are taken at a time at most: so many that to begin with a query and a list costs
         * little beside them.
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

    /** Bytes of codes that are read at a time for one query: they should stay in a first-level cache. */
    private static final int BYTES_FOR_ONE = 1 << 14;

    private final InvertedLists lists;
    private final Scanner scanner;
    private final int dimension;
    private final int forOne;
    private final byte[] read;
    private float[] queries = new float[0];

    /**
     * Makes it.
     *
     * @param lists whose codes lie one after the other
     * @param scanner measures them
     */
    SharedReading(InvertedLists lists, Scanner scanner) {
        this.lists = lists;
        this.scanner = scanner;
        this.dimension = scanner.dimension();
        this.forOne = Math.max(1, BYTES_FOR_ONE / scanner.codeBytes());
        this.read = new byte[(int) lists.format().bytes(scanner.most())];
    }

    @Override
    public int bytesPerQuery() {
        return Float.BYTES * dimension;
    }

    @Override
    public void queries(float[] transformed, int count) {
        queries = transformed;
    }

    @Override
    public void scan(int list, int[] visitors, float[] coarse, int many, NearestLabels[] nearest) {
        int size = lists.size(list);
        int chunk = many == 1 ? Math.min(forOne, scanner.most()) : scanner.most();
        if (many == 1) {
            begin(visitors[0], list, coarse[0]);
        }
        for (int from = 0; from < size; from += chunk) {
            int n = Math.min(chunk, size - from);
            lists.codes(list, from, n, read);
            scanner.take(read, 0, n);
            for (int i = 0; i < many; i++) {
                if (many > 1) {
                    begin(visitors[i], list, coarse[i]);
                }
                scanner.offer((long) list << 32 | from, nearest[visitors[i]]);
            }
        }
    }

    private void begin(int query, int list, float coarse) {
        scanner.query(queries, query * dimension);
        scanner.list(list, coarse);
    }
}
