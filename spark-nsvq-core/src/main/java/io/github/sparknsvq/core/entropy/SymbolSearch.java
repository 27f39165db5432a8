package io.github.sparknsvq.core.entropy;

import java.util.Arrays;

/** What coding needs of a table: where each symbol's parts start, and which symbol has a part. */
final class SymbolSearch {
    private static final int BUCKET_BITS = 14;

    /** More parts than these never share a bucket, so that few symbols do. */
    private static final int LARGEST_BUCKET_BITS = 6;

    final int precision;

    /** {@code K + 1}: where the parts of each symbol start, and of the next one. */
    final int[] starts;

    /** The symbols that have parts, in their order. */
    private final int[] used;

    /** Which of them has the first part of each bucket. */
    private final int[] first;

    private final int bucketShift;

    SymbolSearch(FrequencyTable table) {
        precision = table.precision();
        starts = new int[table.symbols() + 1];
        int[] found = new int[table.symbols()];
        int count = 0;
        for (int s = 0; s < table.symbols(); s++) {
            starts[s + 1] = starts[s] + table.frequency(s);
            if (table.frequency(s) > 0) {
                found[count++] = s;
            }
        }
        used = Arrays.copyOf(found, count);
        bucketShift = Math.max(0, Math.min(precision - BUCKET_BITS, LARGEST_BUCKET_BITS));
        first = new int[1 << (precision - bucketShift)];
        int at = 0;
        for (int b = 0; b < first.length; b++) {
            while (starts[used[at] + 1] <= b << bucketShift) {
                at++;
            }
            first[b] = at;
        }
    }

    /** Returns the symbol that has a part. */
    int symbol(int part) {
        int at = first[part >>> bucketShift];
        while (starts[used[at] + 1] <= part) {
            at++;
        }
        return used[at];
    }
}
