package io.github.sparknsvq.core.training.hierarchy;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.SeededHash;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Rows without those that another one before them is equal to: a list holds all of these, however many they are. */
final class DifferentRows {
    private DifferentRows() {}

    /** Returns the rows that differ, each with the weight of its first; the block itself where all do. */
    static RowBlock of(RowBlock block) {
        long[] hashes = IntStream.range(0, block.rows())
                .mapToLong(row -> hash(block, row))
                .toArray();
        long[] sorted = hashes.clone();
        Arrays.sort(sorted);
        long[] repeated = IntStream.range(1, sorted.length)
                .filter(i -> sorted[i] == sorted[i - 1])
                .mapToLong(i -> sorted[i])
                .distinct()
                .toArray();
        if (repeated.length == 0) {
            return block;
        }
        boolean[] seen = new boolean[repeated.length];
        int[] first = IntStream.range(0, hashes.length)
                .filter(row -> {
                    int of = Arrays.binarySearch(repeated, hashes[row]);
                    boolean again = of >= 0 && seen[of];
                    if (of >= 0) {
                        seen[of] = true;
                    }
                    return !again;
                })
                .toArray();
        FloatMatrix all = new FloatMatrix(block.rows(), block.dimension(), block.values());
        float[] weights = block.weights() == null ? null : new float[first.length];
        for (int i = 0; weights != null && i < first.length; i++) {
            weights[i] = block.weight(first[i]);
        }
        return new RowBlock(block.start(), all.select(first), weights);
    }

    private static long hash(RowBlock block, int row) {
        int d = block.dimension();
        long hash = 0;
        for (int j = row * d; j < (row + 1) * d; j++) {
            hash = SeededHash.mix(hash + Float.floatToIntBits(block.values()[j] + 0f)); // 0 equals -0
        }
        return hash;
    }

    /** Returns the weight of all rows together. */
    static double weight(RowBlock block) {
        return IntStream.range(0, block.rows()).mapToDouble(block::weight).sum();
    }
}
