package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.Serializable;

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

    /**
     * Returns the rows of a selection, as two numbers: they stand at {@code [from, to)} of an order of
     * the block's rows. The order is
     * worked out once per pass and kept, since a pass asks for each of its steps.
     */
    Range select(RowSelection selection) {
        Schedule current = schedule;
        if (current == null || !current.serves(selection)) {
            current = Schedule.of(this, selection);
            schedule = current;
        }
        return new Range(current.order, current.starts[selection.step()], current.starts[selection.step() + 1]);
    }

    /** Rows {@code order[from..to)} of a block. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Range(int[] order, int from, int to) {}

    /** A block's rows sorted by their step in one pass. */
    private static final class Schedule {
        private final long seed;
        private final long pass;
        private final int steps;
        private final int[] order;
        private final int[] starts;

        private Schedule(RowSelection selection, int[] order, int[] starts) {
            this.seed = selection.seed();
            this.pass = selection.pass();
            this.steps = selection.steps();
            this.order = order;
            this.starts = starts;
        }

        boolean serves(RowSelection selection) {
            return seed == selection.seed() && pass == selection.pass() && steps == selection.steps();
        }

        static Schedule of(RowBlock block, RowSelection selection) {
            int[] stepOf = new int[block.rows];
            int[] starts = new int[selection.steps() + 1];
            for (int i = 0; i < block.rows; i++) {
                stepOf[i] = selection.stepOf(block.start + i);
                starts[stepOf[i] + 1]++;
            }
            for (int s = 0; s < selection.steps(); s++) {
                starts[s + 1] += starts[s];
            }
            int[] next = starts.clone();
            int[] order = new int[block.rows];
            for (int i = 0; i < block.rows; i++) {
                order[next[stepOf[i]]++] = i;
            }
            return new Schedule(selection, order, starts);
        }
    }

    /** Returns the same rows at another position, sharing their values. */
    public RowBlock at(long position) {
        return new RowBlock(position, rows, dimension, values, weights);
    }
}
