package io.github.sparknsvq.core.training.rows;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Rows of one group, from one partition, in the order of the data set.
 *
 * @param positions of the rows in the data set
 * @param values the rows
 * @param weights of the rows, or null if all weigh 1
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
public record GroupedRows(long[] positions, float[] values, float[] weights) implements Serializable {

    /**
     * Sorts the rows of the next blocks of a partition by group.
     *
     * @param groups number of groups
     * @param most values after which no further block is taken
     * @param sink receives what the blocks have of each group
     */
    public static void next(
            Iterator<RowBlock> blocks,
            RowGrouping.ToGroup toGroup,
            int groups,
            long most,
            BiConsumer<Integer, GroupedRows> sink) {
        Part[] parts = new Part[groups];
        List<RowBlock> held = new ArrayList<>();
        long values = 0;
        while (values < most && blocks.hasNext()) {
            RowBlock block = blocks.next();
            int[] group = new int[block.rows()];
            toGroup.of(block, group);
            for (int i = 0; i < group.length; i++) {
                if (group[i] != RowGrouping.NONE) {
                    if (parts[group[i]] == null) {
                        parts[group[i]] = new Part();
                    }
                    parts[group[i]].add(held.size(), i);
                }
            }
            held.add(block);
            values += block.values().length;
        }
        for (int group = 0; group < groups; group++) {
            if (parts[group] != null) {
                sink.accept(group, parts[group].rows(held));
            }
        }
    }

    /** Rows of blocks, which are not copied yet. */
    private static final class Part {
        private int[] blocks = new int[8];
        private int[] rows = new int[8];
        private int count;

        void add(int block, int row) {
            if (count == rows.length) {
                blocks = Arrays.copyOf(blocks, 2 * count);
                rows = Arrays.copyOf(rows, 2 * count);
            }
            blocks[count] = block;
            rows[count++] = row;
        }

        GroupedRows rows(List<RowBlock> held) {
            int d = held.get(0).dimension();
            long[] positions = new long[count];
            float[] values = new float[count * d];
            float[] weights = held.get(0).weights() == null ? null : new float[count];
            for (int i = 0; i < count; i++) {
                RowBlock block = held.get(blocks[i]);
                positions[i] = block.start() + rows[i];
                System.arraycopy(block.values(), rows[i] * d, values, i * d, d);
                if (weights != null) {
                    weights[i] = block.weight(rows[i]);
                }
            }
            return new GroupedRows(positions, values, weights);
        }
    }

    /**
     * Puts the parts of a group together, in the order of the data set, however it was partitioned.
     *
     * @param parts at least one
     */
    public static RowBlock together(List<GroupedRows> parts) {
        List<GroupedRows> sorted = new ArrayList<>(parts);
        // partitions are runs of the data set, and so are the parts of one
        sorted.sort(Comparator.comparingLong(part -> part.positions[0]));
        int n = sorted.stream().mapToInt(part -> part.positions.length).sum();
        int d = sorted.get(0).values.length / sorted.get(0).positions.length;
        float[] values = new float[Math.multiplyExact(n, d)];
        float[] weights = sorted.get(0).weights == null ? null : new float[n];
        int at = 0;
        for (GroupedRows part : sorted) {
            System.arraycopy(part.values, 0, values, at * d, part.values.length);
            if (weights != null) {
                System.arraycopy(part.weights, 0, weights, at, part.weights.length);
            }
            at += part.positions.length;
        }
        return new RowBlock(0, new FloatMatrix(n, d, values), weights);
    }
}
