package io.github.sparknsvq.core.training.rows;

import java.io.Serializable;

/** Says which group each row belongs to. It travels to where the rows are. */
public interface RowGrouping extends Serializable {

    /** Returns the number of groups. */
    int groups();

    /** Prepares the groups of rows, for one thread. */
    ToGroup prepare();

    /** The groups of rows. */
    @FunctionalInterface
    interface ToGroup {
        /**
         * Finds the groups of the rows of a block.
         *
         * @param block the rows
         * @param group receives the group of row {@code i} at {@code i}, or {@link #NONE}
         */
        void of(RowBlock block, int[] group);
    }

    /** The group of a row that belongs to none. */
    int NONE = -1;
}
