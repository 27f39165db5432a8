package io.github.sparknsvq.core.training.rows;

import java.io.Serializable;

/**
 * Which rows a training step sees: each row of the data set belongs to one of the {@code steps} steps of a pass,
 * drawn anew for every pass from (seed, pass, position of the row in the data set).
 *
 * @param seed the training's seed
 * @param pass number of the pass, from 0
 * @param step number of the step in the pass, in {@code [0, steps)}
 * @param steps steps in the pass; 1 selects every row
 */
public record RowSelection(long seed, long pass, int step, int steps) implements Serializable {
    /** Every row. */
    public static final RowSelection ALL = new RowSelection(0, 0, 0, 1);

    /** Checks the step against the number of steps. */
    public RowSelection {
        if (steps < 1 || step < 0 || step >= steps) {
            throw new IllegalArgumentException("step " + step + " of " + steps + " does not exist");
        }
    }

    /** Returns the step, in {@code [0, steps)}, that the row at a position belongs to in this selection's pass. */
    public int stepOf(long position) {
        return (int) (SeededHash.uniform(seed, pass, position) * steps);
    }
}
