package io.github.sparknsvq.core.training;

/**
 * The joint least-squares problem of several codebooks: all codewords at once as the rows that chose them would have them,
 * given what they chose (Babenko and Lempitsky, CVPR 2014, section 3.3).
 *
 * <p>A small ridge pulls towards the codewords as they are. The problem needs it: a vector added to one codebook and taken
 * from another changes no sum, and a codeword that nothing chose has no say.
 */
final class NormalEquations {
    /** Columns that are eliminated together: what they hold of other rows fits a second-level cache. */
    private static final int PANEL = 64;

    private NormalEquations() {}

    /**
     * Moves codewords to the least-squares solution.
     *
     * @param codewords all codewords, codebook after codebook, row-major; moved
     * @param statistics what the rows chose
     * @param ridge weight of the pull on each codeword, in units of the mean weight that chose one; positive
     */
    static void update(float[] codewords, CooccurrenceStatistics statistics, double ridge) {
        int n = statistics.codewords();
        int d = statistics.dimension();
        double pull = ridge * statistics.weight() / n;
        if (!(pull > 0)) {
            return;
        }
        double[] a = new double[Math.multiplyExact(n, n)];
        double[] b = statistics.sums().clone();
        for (int c = 0; c < n; c++) {
            // what is wanted beyond what the codewords give: zero for those that nothing chose
            subtract(b, c * d, statistics.counts()[c], codewords, c * d, d);
            double[] with = statistics.pairs(c);
            for (int e = 0; e < with.length; e++) {
                if (with[e] != 0) {
                    subtract(b, c * d, with[e], codewords, e * d, d);
                    subtract(b, e * d, with[e], codewords, c * d, d);
                    a[e * n + c] = with[e];
                }
            }
            a[c * n + c] = statistics.counts()[c] + pull;
        }
        solve(a, b, n, d);
        for (int i = 0; i < codewords.length; i++) {
            codewords[i] += (float) b[i];
        }
    }

    private static void subtract(double[] from, int at, double factor, float[] vector, int offset, int d) {
        for (int j = 0; j < d; j++) {
            from[at + j] -= factor * vector[offset + j];
        }
    }

    /**
     * Solves {@code A X = B} for a symmetric positive definite matrix by Cholesky's factorization {@code A = U^T U}, by
     * panels of rows (Golub and Van Loan, Matrix computations, 4th edition, section 4.2).
     *
     * @param a {@code n x n} row-major, of which the upper triangle is read; receives {@code U} there
     * @param b {@code n x d} row-major right-hand sides; receives {@code X}
     * @param n number of unknowns
     * @param d number of right-hand sides
     */
    static void solve(double[] a, double[] b, int n, int d) {
        // loops over arrays of their own, at the same places, are what C2 turns into SIMD
        double[][] panel = new double[PANEL][n];
        double[] row = new double[n];
        for (int from = 0; from < n; from += PANEL) {
            int height = Math.min(PANEL, n - from);
            for (int k = 0; k < height; k++) {
                System.arraycopy(a, (from + k) * n, panel[k], 0, n);
            }
            factorize(panel, from, height, n);
            for (int k = 0; k < height; k++) {
                System.arraycopy(panel[k], 0, a, (from + k) * n, n);
            }
            for (int i = from + height; i < n; i++) {
                System.arraycopy(a, i * n + i, row, i, n - i);
                eliminate(panel, height, i, row, i, n);
                System.arraycopy(row, i, a, i * n + i, n - i);
            }
        }
        forward(a, b, n, d);
        backward(a, b, n, d);
    }

    /** Factorizes the rows of a panel, from which earlier panels are eliminated. */
    private static void factorize(double[][] panel, int from, int height, int n) {
        for (int k = 0; k < height; k++) {
            int i = from + k;
            double[] row = panel[k];
            eliminate(panel, k, i, row, i, n);
            double scale = 1 / Math.sqrt(row[i]);
            for (int j = i; j < n; j++) {
                row[j] *= scale;
            }
        }
    }

    /** Takes the first {@code height} rows of a panel from row {@code i}, in the columns {@code [from, to)}. */
    private static void eliminate(double[][] panel, int height, int i, double[] row, int from, int to) {
        int k = 0;
        for (; k + 3 < height; k += 4) {
            double[] p0 = panel[k];
            double[] p1 = panel[k + 1];
            double[] p2 = panel[k + 2];
            double[] p3 = panel[k + 3];
            double f0 = p0[i];
            double f1 = p1[i];
            double f2 = p2[i];
            double f3 = p3[i];
            for (int j = from; j < to; j++) {
                row[j] -= (f0 * p0[j] + f1 * p1[j]) + (f2 * p2[j] + f3 * p3[j]);
            }
        }
        for (; k < height; k++) {
            double[] p = panel[k];
            double f = p[i];
            for (int j = from; j < to; j++) {
                row[j] -= f * p[j];
            }
        }
    }

    /** Solves {@code U^T Y = B}. */
    private static void forward(double[] u, double[] b, int n, int d) {
        for (int k = 0; k < n; k++) {
            scale(b, k * d, 1 / u[k * n + k], d);
            for (int i = k + 1; i < n; i++) {
                subtract(b, i * d, u[k * n + i], b, k * d, d);
            }
        }
    }

    /** Solves {@code U X = Y}. */
    private static void backward(double[] u, double[] b, int n, int d) {
        for (int k = n - 1; k >= 0; k--) {
            for (int i = k + 1; i < n; i++) {
                subtract(b, k * d, u[k * n + i], b, i * d, d);
            }
            scale(b, k * d, 1 / u[k * n + k], d);
        }
    }

    private static void subtract(double[] from, int at, double factor, double[] vector, int offset, int d) {
        if (factor != 0) {
            for (int j = 0; j < d; j++) {
                from[at + j] -= factor * vector[offset + j];
            }
        }
    }

    private static void scale(double[] values, int at, double factor, int d) {
        for (int j = at; j < at + d; j++) {
            values[j] *= factor;
        }
    }
}
