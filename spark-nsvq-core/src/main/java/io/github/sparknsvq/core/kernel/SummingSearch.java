package io.github.sparknsvq.core.kernel;

/**
 * A search that also adds up the rows that chose each codeword: on a device this brings back {@code K x D} numbers
 * instead of an index and a distance per row, for which the host would have to walk its rows again.
 */
public interface SummingSearch extends NearestCodeword {

    /**
     * Finds the nearest codeword of each row and adds the rows up by codeword.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts in {@code rows}
     * @param count number of rows, 0 or more
     * @param weights the rows' weights, or null if all weigh 1
     * @param firstWeight where those of these rows start
     * @param first number that the search's first codeword has in {@code sums}
     * @param sums receives what the codewords get
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void accumulate(
            float[] rows, int offset, int count, float[] weights, int firstWeight, int first, CodewordSums sums);
}
