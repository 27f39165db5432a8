package io.github.sparknsvq.core.training.rows;

import java.io.Serializable;

/**
 * Work on the rows of a group, wherever they were before. It travels to where they come together.
 *
 * @param <R> the result, serializable
 */
@FunctionalInterface
public interface GroupTask<R> extends Serializable {

    /**
     * Does the work.
     *
     * @param group number of the group
     * @param rows its rows, at least one, in the order that they have in the data set
     */
    R run(int group, RowBlock rows);
}
