package io.github.sparknsvq.core.kernel;

/**
 * Nearest-codeword search in one codebook: which of {@code K} codewords of dimension {@code D} is nearest to a row,
 * in squared Euclidean distance.
 *
 * <p>An instance is made for one codebook by {@link NearestCodewordProvider#prepare} and may be used by several
 * threads at once. It keeps its own packed copy of the codebook.
 *
 * <h2>What precision holds</h2>
 *
 * Codewords are compared by {@code <x - m, c - m> - ||c - m||^2 / 2} in float32, with {@code m} near the mean of the
 * codebook: the shift takes away an offset that rows and codewords share, which otherwise cancels badly (rows of norm
 * 10^4 at distance 1 would be compared at an error of 10). Two codewords whose squared distances differ by less than
 * about {@code 2^-22 * sqrt(D) * (||x - m|| + ||c - m||) * ||c - m||} may change places. Equal codewords go to the
 * lowest index, and so does every tie where the arithmetic is exact: vectors of bytes against codewords of whole
 * numbers.
 *
 * <p>The distance returned is summed again as {@code sum (x - c)^2} for the chosen codeword, so its relative error is
 * that of a float sum, however close the codeword. Squared distances beyond 3.4e38 come back as infinity, and below
 * 1.4e-45 as zero; the choice of the codeword is not touched by either.
 *
 * <p>A row that holds a NaN gets some index in range and the distance NaN; one that holds an infinity, some index in
 * range and the distance infinity. A codeword that holds either is chosen only where there is no other. A row gets
 * the same answer, bit for bit, whatever rows come with it in a call; but an implementation for a device may leave
 * calls that are too small for it, and all calls once the device failed, to the CPU, whose answers differ by
 * rounding.
 */
public interface NearestCodeword {

    /**
     * Rows that go through the CPU's loops at a time, unless a search wants more: a multiple of the tiles, enough to
     * fill them and few enough to stay in a cache.
     */
    int BATCH_ROWS = 960;

    /** Returns the dimension {@code D} of rows and codewords. */
    int dimension();

    /** Returns the number of codewords {@code K}. */
    int codewords();

    /**
     * Returns how many rows a call should bring to be fast, at least 1: enough to fill tiles, few enough to stay in a
     * cache on the CPU; enough to fill a device elsewhere. Any number is answered.
     */
    default int rowsPerCall() {
        return CallSize.ofCpu(dimension());
    }

    /**
     * Finds the nearest codeword of each row.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts in {@code rows}
     * @param count number of rows, 0 or more
     * @param index receives the codeword of row {@code i} at {@code i}, in {@code [0, K)}
     * @param squaredDistance receives its squared distance at {@code i}
     * @throws IndexOutOfBoundsException if an array is too short
     */
    default void nearest(float[] rows, int offset, int count, int[] index, float[] squaredDistance) {
        nearest(rows, offset, count, 1, index, squaredDistance);
    }

    /**
     * Finds the {@code p} nearest codewords of each row, nearest first; equal distances by index.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts in {@code rows}
     * @param count number of rows, 0 or more
     * @param p how many codewords, in {@code [1, K]}
     * @param index receives the codewords of row {@code i} from {@code i * p}
     * @param squaredDistance receives their squared distances from {@code i * p}
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws IllegalArgumentException if {@code p} is out of range
     */
    void nearest(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance);

    /**
     * Chooses the codewords that {@link #nearest(float[], int, int, int, int[], float[])} finds, without their
     * distances, which may be faster. Codewords whose distances differ by rounding may come in another order.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts in {@code rows}
     * @param count number of rows, 0 or more
     * @param p how many codewords, in {@code [1, K]}
     * @param index receives the codewords of row {@code i} from {@code i * p}, nearest first
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws IllegalArgumentException if {@code p} is out of range
     */
    default void choose(float[] rows, int offset, int count, int p, int[] index) {
        nearest(rows, offset, count, p, index, new float[index.length]);
    }

    /**
     * Checks the arguments of a search, once per call, so that its loops need not.
     *
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws IllegalArgumentException if {@code p} is not in {@code [1, K]}
     */
    default void checkSearch(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        checkSearch(rows, offset, count, p);
        if ((long) count * p > Math.min(index.length, squaredDistance.length)) {
            throw new IndexOutOfBoundsException(count + " x " + p + " results do not fit arrays of " + index.length
                    + " indices and " + squaredDistance.length + " distances");
        }
    }

    /** Checks the arguments of a search but for where its results go. */
    private void checkSearch(float[] rows, int offset, int count, int p) {
        if (p < 1 || p > codewords()) {
            throw new IllegalArgumentException(
                    "p = " + p + " nearest codewords asked for, the codebook allows 1 to " + codewords());
        }
        checkRows(rows, offset, count);
    }

    /** Checks the arguments of {@link #choose}, as {@link #checkSearch} does. */
    default void checkChoice(float[] rows, int offset, int count, int p, int[] index) {
        checkSearch(rows, offset, count, p);
        if ((long) count * p > index.length) {
            throw new IndexOutOfBoundsException(
                    count + " x " + p + " results do not fit an array of " + index.length + " indices");
        }
    }

    /**
     * Checks that rows lie in an array.
     *
     * @throws IndexOutOfBoundsException if they do not
     */
    default void checkRows(float[] rows, int offset, int count) {
        if (offset < 0 || count < 0 || offset + (long) count * dimension() > rows.length) {
            throw new IndexOutOfBoundsException(count + " rows of dimension " + dimension() + " from offset " + offset
                    + " do not lie in an array of " + rows.length);
        }
    }
}
