package io.github.sparknsvq.core.noise;

/**
 * Where a row goes in {@code x' = x + s q / w}: the vector {@code q}, a constant as far as gradients are concerned.
 * Vectors are in the units of the weighted distance.
 */
interface Direction {

    /** Whether the direction depends on random draws. */
    boolean isRandom();

    /** Whether {@code x'} is what the row chose, without rounding. */
    default boolean isExact() {
        return false;
    }

    /**
     * Finds the direction for some of the dimensions.
     *
     * @param error {@code w . (x - x^)}, not all zeros between the two ends
     * @param v draws of the standard normal distribution, as many
     * @param from the first dimension
     * @param to behind the last
     * @param q receives the direction between the two ends
     */
    void find(double[] error, double[] v, int from, int to, double[] q);

    /** NSVQ: {@code q = v / ||v||}. */
    static Direction random() {
        return new Direction() {
            @Override
            public boolean isRandom() {
                return true;
            }

            @Override
            public void find(double[] error, double[] v, int from, int to, double[] q) {
                System.arraycopy(v, from, q, from, to - from);
                scale(q, from, to, norm(q, from, to));
            }
        };
    }

    /** NSVQ without normalization: {@code q = v / sqrt(D)}, of length 1 in the root mean square alone. */
    static Direction unnormalized() {
        return new Direction() {
            @Override
            public boolean isRandom() {
                return true;
            }

            @Override
            public void find(double[] error, double[] v, int from, int to, double[] q) {
                System.arraycopy(v, from, q, from, to - from);
                scale(q, from, to, Math.sqrt(to - from));
            }
        };
    }

    /** DiVeQ: {@code q = n / ||n||, n = -error + sigma v}. */
    static Direction towardsCodeword(double sigma) {
        return new Direction() {
            @Override
            public boolean isRandom() {
                return sigma > 0;
            }

            @Override
            public boolean isExact() {
                return sigma == 0;
            }

            @Override
            public void find(double[] error, double[] v, int from, int to, double[] q) {
                for (int j = from; j < to; j++) {
                    q[j] = -error[j] + sigma * v[j];
                }
                scale(q, from, to, norm(q, from, to));
            }
        };
    }

    /** Returns the Euclidean norm of some dimensions. */
    static double norm(double[] values, int from, int to) {
        double sum = 0;
        for (int j = from; j < to; j++) {
            sum += values[j] * values[j];
        }
        return Math.sqrt(sum);
    }

    /** Divides some dimensions by a number; if that is zero they are zeros, and stay so. */
    private static void scale(double[] values, int from, int to, double divisor) {
        for (int j = from; j < to && divisor > 0; j++) {
            values[j] /= divisor;
        }
    }
}
