package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * The inner loops of searches for sums of codewords, which compare what each codeword would gain. Has no state and
 * may be used by several threads at once.
 *
 * <p>The result of a loop depends on what it is given for one row, not on what other rows come with it.
 */
public interface SumKernel {

    /**
     * Packs codewords for inner products.
     *
     * @param codewords {@code K x D}, both at least 1; copied
     * @throws IllegalArgumentException if there are none, or they do not fit one array
     */
    Products prepare(FloatMatrix codewords);

    /** Returns how many values {@link #subtract} works out before it may stop. */
    int block();

    /**
     * Writes {@code a - b} into {@code difference} from {@code from} on, up to the end of the first block in which
     * some difference may exceed a threshold.
     *
     * @param a values
     * @param b what to subtract, at the same places
     * @param difference receives the differences, at the same places; may be {@code a}
     * @param from first place
     * @param to behind the last place
     * @param threshold what to stop at; NaN stops nowhere
     * @return where the block starts, in which all differences up to {@code to} or the next {@link #block()} are
     *     written; or {@code to} if no difference exceeds the threshold
     * @throws IndexOutOfBoundsException if an array is too short
     */
    int subtract(float[] a, float[] b, float[] difference, int from, int to, float threshold);

    /**
     * Writes {@code a - b} into {@code difference}.
     *
     * @param a holds the values
     * @param atA where the first is
     * @param b holds what to subtract
     * @param atB where the first is
     * @param difference receives the differences; neither of the others
     * @param to where the first goes
     * @param count how many there are
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void subtract(float[] a, int atA, float[] b, int atB, float[] difference, int to, int count);

    /** Returns how many values {@link #reach} collects, 0 or more. */
    int tops();

    /**
     * Writes {@code start + (a - b)} into {@code reached}, and collects large ones.
     *
     * @param a holds the values
     * @param atA where the first is
     * @param b holds what to subtract
     * @param atB where the first is
     * @param start what to add
     * @param reached receives the results; neither of the others
     * @param to where the first goes
     * @param count how many there are
     * @param tops {@link #tops} values, minus infinity at first: each becomes, over all calls, one of the results or
     *     stays as it is, no result serves twice, and most are among the largest; some may be NaN where results are
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void reach(float[] a, int atA, float[] b, int atB, float start, float[] reached, int to, int count, float[] tops);

    /**
     * Returns the first place in {@code [from, to)} with a value above a threshold, or {@code to}. A value that is
     * not a number may hide others near it.
     *
     * @throws IndexOutOfBoundsException if the array is too short
     */
    int above(float[] values, int from, int to, float threshold);

    /**
     * Finds the codeword that gains most beside others.
     *
     * @param gains what each codeword gains alone
     * @param others arrays of what must be subtracted from that, at the same places, each in turn
     * @param scratch receives anything, at the same places
     * @param from first codeword
     * @param to behind the last codeword, more than {@code from}
     * @return the codeword, the lowest of equals; {@code from} if all gain NaN or minus infinity
     * @throws IndexOutOfBoundsException if an array is too short
     */
    int best(float[] gains, float[][] others, float[] scratch, int from, int to);

    /** Codewords packed for inner products, safe for use by several threads. */
    interface Products {

        /**
         * Fills in the inner products of rows with all codewords.
         *
         * @param rows row-major block that holds the rows
         * @param offset where the first row starts in {@code rows}
         * @param count number of rows, 0 or more
         * @param products receives the products of each row in an array of its own, which may be longer
         * @throws IndexOutOfBoundsException if an array is too short
         */
        void fill(float[] rows, int offset, int count, float[][] products);
    }
}
