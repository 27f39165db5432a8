package io.github.sparknsvq.core.kernel;

/**
 * Distances of one query after the other from vectors that are rounded to 8 bits a value, measured on the bytes as
 * they are stored: byte {@code u} of dimension {@code j}, taken without a sign, stands for {@code first[j] + u
 * step[j]}. What does not depend on the vectors is worked into the query once. Results are those of vectors that are
 * decoded first, but for the rounding of float sums. For one thread.
 */
public interface ByteDistances {

    /**
     * Begins with a query whose squared Euclidean distances are to be measured.
     *
     * @param query holds the query, {@code D} values
     * @param offset where it starts
     * @throws IndexOutOfBoundsException if it does not lie in the array
     */
    void squaredDistancesFrom(float[] query, int offset);

    /**
     * Begins with a query that vectors are to be multiplied with.
     *
     * @param query holds the query, {@code D} values
     * @param offset where it starts
     * @throws IndexOutOfBoundsException if it does not lie in the array
     */
    void innerProductsWith(float[] query, int offset);

    /**
     * Measures what was begun with.
     *
     * @param codes holds the vectors, {@code D} bytes each, one after the other
     * @param offset where the first starts
     * @param count number of vectors, 0 or more
     * @param measured receives the squared distance, or the inner product, of vector {@code i} at {@code i}
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void measure(byte[] codes, int offset, int count, float[] measured);
}
