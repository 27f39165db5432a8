package io.github.sparknsvq.core.training.rows;

import java.io.Serializable;
import java.util.List;

/**
 * What a partition found of each codeword of a codebook. It can be cut by codewords, and what several partitions
 * found of the same codewords merges without looking at other codewords: large results come together range by range,
 * where the rows are, and give the same bits as if they had been merged whole.
 *
 * @param <R> the type itself
 */
public interface CodewordResult<R extends CodewordResult<R>> extends Serializable {

    /**
     * Returns a copy of what concerns the codewords {@code [from, to)}.
     *
     * @throws IndexOutOfBoundsException if there are no such codewords
     */
    R range(int from, int to);

    /**
     * Merges into this what the partitions behind this one found of the same codewords.
     *
     * @param later their results, in the order of the partitions; may be empty
     */
    void mergeAll(List<R> later);

    /**
     * Receives merged results.
     *
     * @param <R> the results
     */
    @FunctionalInterface
    interface Sink<R> {

        /**
         * Takes what all partitions found of some codewords.
         *
         * @param from the first of these codewords
         * @param merged what was found of them; not used afterwards by anybody else
         */
        void accept(int from, R merged);
    }
}
