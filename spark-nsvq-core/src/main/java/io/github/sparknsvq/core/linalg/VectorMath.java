package io.github.sparknsvq.core.linalg;

/** Sums over vectors that lie in arrays, by plain loops. */
public final class VectorMath {
    /** The greatest Euclidean length of vectors that are taken: squared distances stay in float32's range. */
    public static final double MAX_LENGTH = 1e18;

    private VectorMath() {}

    /** Returns the squared Euclidean norm of the {@code n} values from {@code at}, summed in double. */
    public static double squaredNorm(float[] values, int at, int n) {
        double sum = 0;
        for (int i = at; i < at + n; i++) {
            sum += (double) values[i] * values[i];
        }
        return sum;
    }

    /** Returns the squared Euclidean distance of {@code n} values of one array from those of another. */
    public static float squaredDistance(float[] a, int from, float[] b, int at, int n) {
        float sum = 0;
        for (int j = 0; j < n; j++) {
            float apart = a[from + j] - b[at + j];
            sum += apart * apart;
        }
        return sum;
    }

    /**
     * Subtracts their mean from some vectors.
     *
     * @param values vectors of dimension {@code d}, row-major; changed
     * @param from the first vector
     * @param to behind the last
     * @param means the mean is added to what stands here
     * @param at where
     */
    public static void center(float[] values, int from, int to, int d, float[] means, int at) {
        for (int j = 0; j < d; j++) {
            double sum = 0;
            for (int i = from; i < to; i++) {
                sum += values[i * d + j];
            }
            float mean = (float) (sum / (to - from));
            for (int i = from; i < to; i++) {
                values[i * d + j] -= mean;
            }
            means[at + j] += mean;
        }
    }

    /** Checks that {@code count} rows of {@code dimension} values lie in an array. */
    public static void checkRows(float[] block, int offset, int count, int dimension) {
        if (offset < 0 || count < 0 || offset + (long) count * dimension > block.length) {
            throw new IndexOutOfBoundsException(count + " rows of " + dimension + " values from " + offset
                    + " do not lie in an array of " + block.length);
        }
    }
}
