package io.github.sparknsvq.ml.index;

import java.util.Arrays;

/**
 * The nearest neighbors of a query that bins have found so far, nearest first; equal distances by id.
 *
 * @param ids of the neighbors
 * @param distances of the neighbors, as scanners give them
 * @param names the ids as the user gave them, in UTF-8, or null where ids are numbers
 */
@SuppressWarnings("ArrayRecordComponent") // is never compared
record Neighbors(long[] ids, float[] distances, byte[][] names) {
    /** No neighbors. */
    static final Neighbors NONE = new Neighbors(new long[0], new float[0], null);

    /**
     * Returns these and what a bin found for a query, at most the {@code k} nearest. A neighbor that comes twice
     * counts once: two rows may hold the same query.
     */
    Neighbors with(FoundBlock found, int query, int k) {
        int from = found.starts()[query];
        int to = found.starts()[query + 1];
        long[] mergedIds = new long[Math.min(k, ids.length + to - from)];
        float[] mergedDistances = new float[mergedIds.length];
        byte[][] mergedNames = found.names() == null ? null : new byte[mergedIds.length][];
        int count = 0;
        int own = 0;
        int other = from;
        while (count < mergedIds.length && (own < ids.length || other < to)) {
            boolean takesOwn = other == to
                    || (own < ids.length
                            && isNotAfter(distances[own], ids[own], found.distances()[other], found.ids()[other]));
            long id = takesOwn ? ids[own] : found.ids()[other];
            if (count > 0 && mergedIds[count - 1] == id) {
                count--; // the same neighbor again, at the same distance
            }
            mergedIds[count] = id;
            mergedDistances[count] = takesOwn ? distances[own] : found.distances()[other];
            if (mergedNames != null) {
                mergedNames[count] = takesOwn ? names[own] : found.names()[other];
            }
            count++;
            own += takesOwn ? 1 : 0;
            other += takesOwn ? 0 : 1;
        }
        return new Neighbors(
                Arrays.copyOf(mergedIds, count),
                Arrays.copyOf(mergedDistances, count),
                mergedNames == null ? null : Arrays.copyOf(mergedNames, count));
    }

    private static boolean isNotAfter(float distance, long id, float other, long otherId) {
        return distance < other || (distance == other && id <= otherId);
    }
}
