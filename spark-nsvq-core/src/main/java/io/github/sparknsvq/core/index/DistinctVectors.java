package io.github.sparknsvq.core.index;

/** Leaves each vector once in what was found in lists that hold vectors twice. For one thread. */
final class DistinctVectors {
    private final InvertedLists lists;

    /** A hash table of the vectors of this call, at most half full, and in which call each place was filled. */
    private long[] vectors = new long[16];

    private int[] filled = new int[16];
    private int call;

    DistinctVectors(InvertedLists lists) {
        this.lists = lists;
    }

    /**
     * Keeps the first of each vector, in order.
     *
     * @param labels the list in the upper 32 bits, the position in the lower; receives those that are kept
     * @param distances of the labels; receives those that are kept
     * @param found number of labels
     * @param most how many are kept at most
     * @return how many were kept
     */
    int keep(long[] labels, float[] distances, int found, int most) {
        if (vectors.length < 2 * found) {
            int room = Integer.highestOneBit(2 * found - 1) << 1;
            vectors = new long[room];
            filled = new int[room];
            call = 0;
        }
        if (++call == Integer.MAX_VALUE) {
            filled = new int[filled.length];
            call = 1;
        }
        int kept = 0;
        for (int i = 0; i < found && kept < most; i++) {
            if (add(lists.vector((int) (labels[i] >>> 32), (int) labels[i]))) {
                labels[kept] = labels[i];
                distances[kept++] = distances[i];
            }
        }
        return kept;
    }

    /** Whether a vector is new to this call. */
    private boolean add(long vector) {
        int mask = vectors.length - 1;
        int at = (int) ((vector * 0x9E3779B97F4A7C15L) >>> 32) & mask;
        while (filled[at] == call) {
            if (vectors[at] == vector) {
                return false;
            }
            at = at + 1 & mask;
        }
        filled[at] = call;
        vectors[at] = vector;
        return true;
    }
}
