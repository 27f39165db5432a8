package io.github.sparknsvq.core.lattice;

import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.training.rows.SeededHash;
import java.util.Arrays;

/**
 * How often each point of a lattice is used. Points are told apart by 64 well-mixed bits of their coordinates.
 *
 * @param histogram one count for each point that is used
 */
record PointCounts(CodeHistogram histogram) {
    /**
     * Counts points.
     *
     * @param coordinates the rows' coordinates
     * @param from where those of the first point start
     * @param stride from one row's to the next one's
     * @param n coordinates of a point
     * @param count number of rows, at least 1
     */
    static PointCounts of(int[] coordinates, int from, int stride, int n, int count) {
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            long key = 0;
            for (int j = 0; j < n; j++) {
                key = SeededHash.mix(key ^ coordinates[from + i * stride + j]);
            }
            keys[i] = key;
        }
        Arrays.sort(keys);
        double[] counts = new double[count];
        int last = 0;
        for (int i = 0; i < count; i++) {
            if (i > 0 && keys[i] != keys[i - 1]) {
                last++;
            }
            counts[last]++;
        }
        return new PointCounts(new CodeHistogram(Arrays.copyOf(counts, last + 1)));
    }

    double entropyBits() {
        return histogram.entropyBits();
    }

    int points() {
        return histogram.counts().length;
    }
}
