package io.github.sparknsvq.ml.index;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Queries on their way to a bin, with the lists of the bin that they look at.
 *
 * @param home where the queries come from, and in which order: see {@link Home}
 * @param keys what each query is known by
 * @param vectors the transformed queries, one after the other
 * @param starts where the lists of each query start, and last where they end
 * @param lists the lists
 * @param coarse distances of the queries from their lists' centroids
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record QueryBlock(long home, long[] keys, float[] vectors, int[] starts, int[] lists, float[] coarse)
        implements Serializable {

    /** A block that grows. */
    static final class Builder {
        private final int dimension;
        private int count;
        private long[] keys = new long[16];
        private float[] vectors;
        private int[] starts = new int[17];
        private int[] lists = new int[64];
        private float[] coarse = new float[64];

        Builder(int dimension) {
            this.dimension = dimension;
            this.vectors = new float[16 * dimension];
        }

        boolean isEmpty() {
            return count == 0;
        }

        /** Begins with a query. */
        void query(long key, float[] rows, int at) {
            if (count == keys.length) {
                keys = Arrays.copyOf(keys, 2 * count);
                vectors = Arrays.copyOf(vectors, 2 * count * dimension);
                starts = Arrays.copyOf(starts, 2 * count + 1);
            }
            keys[count] = key;
            System.arraycopy(rows, at, vectors, count * dimension, dimension);
            starts[count + 1] = starts[count];
            count++;
        }

        /** Adds a list to the last query. */
        void list(int list, float distance) {
            int at = starts[count];
            if (at == lists.length) {
                lists = Arrays.copyOf(lists, 2 * at);
                coarse = Arrays.copyOf(coarse, 2 * at);
            }
            lists[at] = list;
            coarse[at] = distance;
            starts[count]++;
        }

        /** Makes the block and empties this. */
        QueryBlock take(long home) {
            int end = starts[count];
            QueryBlock block = new QueryBlock(
                    home,
                    Arrays.copyOf(keys, count),
                    Arrays.copyOf(vectors, count * dimension),
                    Arrays.copyOf(starts, count + 1),
                    Arrays.copyOf(lists, end),
                    Arrays.copyOf(coarse, end));
            count = 0;
            return block;
        }
    }
}
