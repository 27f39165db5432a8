package io.github.sparknsvq.core.index;

/** Reads the codes of a list once, some at a time, and has them measured for all queries that look at it. */
final class SharedReading implements ListByList {
    /** Bytes of codes that are read at a time for one query: they should stay in a first-level cache. */
    private static final int BYTES_FOR_ONE = 1 << 14;

    private final InvertedLists lists;
    private final SharedScanner scanner;
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
    SharedReading(InvertedLists lists, SharedScanner scanner) {
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
