package io.github.sparknsvq.core.index;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Scans lists for several queries at a time: all that look at a list share the reading of its codes. For one thread.
 */
interface ListByList {
    /**
     * Returns how lists are scanned for several queries at a time; null if the scanner cannot, or gains nothing by
     * it.
     *
     * @param scanner of one query after the other
     * @param lists the lists
     * @param kept receives what is kept of them, for scanners of all threads; null where there is no room
     * @param keepsCodes whether there is room for the codes, too
     * @param ranksAgain whether what is found is ranked again, so that distances need not be exact
     */
    static ListByList of(
            ListScanner scanner,
            InvertedLists lists,
            AtomicReferenceArray<KeptList> kept,
            boolean keepsCodes,
            boolean ranksAgain) {
        if (scanner instanceof SharedReading.Scanner shared) {
            return new SharedReading(lists, shared);
        }
        if (!(scanner instanceof BatchScanner batch)
                || batch.several == null
                || !batch.several.lists(lists, kept, keepsCodes)) {
            return null;
        }
        if (ranksAgain) {
            batch.several.measureRoughly();
        }
        return batch.several;
    }

    /** Returns the bytes that are held for each query. */
    int bytesPerQuery();

    /**
     * Begins with queries, which stay as they are until the next.
     *
     * @param queries as {@link IvfQuantizer#transform} gives them, one behind the other
     * @param count how many they are
     */
    void queries(float[] queries, int count);

    /**
     * Scans a list.
     *
     * @param list the list
     * @param visitors numbers of the queries that look at it
     * @param coarse their distances from it
     * @param many how many they are
     * @param nearest takes codes that are near enough, of each query by its number
     */
    void scan(int list, int[] visitors, float[] coarse, int many, NearestLabels[] nearest);
}
