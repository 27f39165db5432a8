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
        this(start, rows.rows(), rows.columns(), rows.values(), weights);
    }

    private RowBlock(long start, int rows, int dimension, float[] values, float[] weights) {
        if (weights != null && weights.length != rows) {
            throw new IllegalArgumentException(weights.length + " weights for " + rows + " rows");
        }
        this.start = start;
        this.rows = rows;
        this.dimension = dimension;
        this.values = values;
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
     * Returns the rows of a selection, as two numbers: they stand at {@code [from, to)} of an order of
     * the block's rows. The order is
     * worked out once per pass and kept, since a pass asks for each of its steps.
     */
    public Range select(RowSelection selection) {
        Schedule current = schedule;
        if (current == null || !current.serves(selection)) {
            current = Schedule.of(this, selection);
            schedule = current;
        }
        return new Range(current.order, current.first(selection.step()), current.first(selection.step() + 1));
    }

    /** Rows {@code order[from..to)} of a block. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Range(int[] order, int from, int to) {}

    /**
     * A block's rows sorted by their step in one pass; no room for each step, of which there may be more than rows.
     */
    private static final class Schedule {
        private final long seed;
        private final long pass;
        private final int steps;
        private final int[] stepOf;
        private final int[] order;

        private Schedule(RowSelection selection, int[] stepOf, int[] order) {
            this.seed = selection.seed();
            this.pass = selection.pass();
            this.steps = selection.steps();
            this.stepOf = stepOf;
            this.order = order;
        }

        boolean serves(RowSelection selection) {
            return seed == selection.seed() && pass == selection.pass() && steps == selection.steps();
        }

        /** Returns where in the order the rows of a step begin, or would. */
        int first(int step) {
            int low = 0;
            int high = stepOf.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (stepOf[middle] < step) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        static Schedule of(RowBlock block, RowSelection selection) {
            long[] sorted = new long[block.rows];
            for (int i = 0; i < block.rows; i++) {
                sorted[i] = (long) selection.stepOf(block.start + i) << 32 | i;
            }
            Arrays.sort(sorted);
            int[] stepOf = new int[block.rows];
            int[] order = new int[block.rows];
            for (int i = 0; i < block.rows; i++) {
                stepOf[i] = (int) (sorted[i] >> 32);
                order[i] = (int) sorted[i];
            }
            return new Schedule(selection, stepOf, order);
        }
    }

    /** Returns the same rows at another position, sharing their values. */
    public RowBlock at(long position) {
        return new RowBlock(position, rows, dimension, values, weights);
    }
}
