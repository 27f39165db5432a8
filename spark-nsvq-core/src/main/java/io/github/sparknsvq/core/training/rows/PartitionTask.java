package io.github.sparknsvq.core.training.rows;

import java.io.Serializable;
import java.util.Iterator;

/**
 * Work on one partition's rows. It travels to where the rows are, so it carries what it needs and nothing else.
 *
 * @param <R> the result, serializable
 */
public interface PartitionTask<R> extends Serializable {

    /**
     * Does the work.
     *
     * @param blocks the partition's rows, in order; may be empty
     */
    R run(Iterator<RowBlock> blocks);

    /** Returns about how many bytes the task carries, which decides how it is sent. */
    default long bytes() {
        return 0;
    }
}
