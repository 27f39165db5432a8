package io.github.sparknsvq.core.training.rows;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.Serializable;
import java.util.Arrays;

/**
 * A run of consecutive rows of the data set: float32 values, optional weights, and where in the data set they stand.
 * This is the form in which training data is packed once and kept in memory.
 */
public final class RowBlock implements Serializable {
    private static final long serialVersionUID = 1L;

    private final long start;
    private final int rows;
    private final int dimension;
    private final float[] values;
    private final float[] weights;

    /** The rows sorted by the step of the last pass asked for; derived, so neither saved nor shared. */
    private transient volatile Schedule schedule;

    /**
     * Wraps rows without copying them.
     *
     * @param start position of the first row in the data set (or in its partition, see {@link #at})
     * @param rows the rows
     * @param weights a positive weight for each row, or null if all weigh 1
     * @throws IllegalArgumentException if there are weights, but not one for each row
     */
    public RowBlock(long start, FloatMatrix rows, float[] weights) {
        if (weights != null && weights.length != rows.rows()) {
            throw new IllegalArgumentException(weights.length + " weights for " + rows.rows() + " rows");
        }
        this.start = start;
        this.rows = rows.rows();
        this.dimension = rows.columns();
        this.values = rows.values();
        this.weights = weights;
    }

    /** Returns the position of the first row. */
    public long start() {
        return start;
    }

    /** Returns the number of rows. */
    public int rows() {
        return rows;
    }

    /** Returns the dimension of the rows. */
    public int dimension() {
        return dimension;
    }

    /** Returns the values, {@code rows * dimension}, not copied. */
    public float[] values() {
        return values;
    }

    /** Returns the weight of a row. */
    public float weight(int row) {
        return weights == null ? 1f : weights[row];
    }

    /** Returns the weights of all rows, not copied, or null if all weigh 1. */
    public float[] weights() {
        return weights;
    }

    /**
     * Returns the numbers of the rows of a selection. Their order is worked out once per pass and kept, since a pass
     * asks for each of its steps.
     */
    public int[] select(RowSelection selection) {
        Schedule current = schedule;
        if (current == null || !current.serves(selection)) {
            current = Schedule.of(this, selection);
            schedule = current;
        }
        return current.rows(selection.step());
    }

    /**
     * A block's rows sorted by their step in one pass, a number of a step in the upper and one of a row in the lower
     * half of a value; no room for each step, of which there may be more than rows.
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Schedule(long seed, long pass, int steps, long[] sorted) {
        boolean serves(RowSelection selection) {
            return seed == selection.seed() && pass == selection.pass() && steps == selection.steps();
        }

        int[] rows(int step) {
            int first = first(step);
            int[] rows = new int[first(step + 1) - first];
            Arrays.setAll(rows, i -> (int) sorted[first + i]);
            return rows;
        }

        /** Returns where the rows of a step begin, or would. */
        private int first(int step) {
            int found = Arrays.binarySearch(sorted, (long) step << 32);
            return found < 0 ? -1 - found : found;
        }

        static Schedule of(RowBlock block, RowSelection selection) {
            long[] sorted = new long[block.rows];
            if (selection.steps() > block.rows) {
                Arrays.setAll(sorted, i -> (long) selection.stepOf(block.start + i) << 32 | i);
                Arrays.sort(sorted);
            } else {
                byCounting(block, selection, sorted);
            }
            return new Schedule(selection.seed(), selection.pass(), selection.steps(), sorted);
        }

        /** Sorts in linear time, where steps are few. */
        private static void byCounting(RowBlock block, RowSelection selection, long[] sorted) {
            int[] stepOf = new int[block.rows];
            int[] next = new int[selection.steps() + 1];
            for (int i = 0; i < block.rows; i++) {
                stepOf[i] = selection.stepOf(block.start + i);
                next[stepOf[i] + 1]++;
            }
            for (int step = 0; step < selection.steps(); step++) {
                next[step + 1] += next[step];
            }
            for (int i = 0; i < block.rows; i++) {
                sorted[next[stepOf[i]]++] = (long) stepOf[i] << 32 | i;
            }
        }
    }

    /**
     * Returns those of the rows whose positions are in {@code [from, to)}: this block itself if they all are.
     *
     * @return a copy, or null if there are none
     */
    public RowBlock within(long from, long to) {
        if (to <= start || from >= start + rows || from >= to) {
            return null;
        }
        int first = (int) Math.max(0, from - start);
        int end = (int) Math.min(rows, to - start);
        if (end - first == rows) {
            return this;
        }
        float[] some = Arrays.copyOfRange(values, first * dimension, end * dimension);
        return new RowBlock(
                start + first,
                new FloatMatrix(end - first, dimension, some),
                weights == null ? null : Arrays.copyOfRange(weights, first, end));
    }

    /** Returns the same rows at another position, sharing their values. */
    public RowBlock at(long position) {
        return new RowBlock(position, new FloatMatrix(rows, dimension, values), weights);
    }
}
