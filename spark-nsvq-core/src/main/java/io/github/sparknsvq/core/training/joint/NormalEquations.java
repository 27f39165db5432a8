package io.github.sparknsvq.core.training.joint;

import io.github.sparknsvq.core.linalg.DenseSolves;

/**
 * The joint least-squares problem of several codebooks: all codewords that minimize the rows' squared error,
 * given the codes (Babenko and Lempitsky, CVPR 2014, section 3.3).
 *
 * <p>A small ridge pulls towards the codewords as they are. The problem needs it: a vector added to one codebook and
 * taken from another changes no sum, and an unused codeword appears in no equation.
 */
final class NormalEquations {
    private NormalEquations() {}

    /**
     * Moves codewords to the least-squares solution.
     *
     * @param codewords all codewords, codebook after codebook, row-major; moved
     * @param statistics what the rows chose
     * @param ridge weight of the pull on each codeword, in units of the mean weight that chose one; positive
     */
    static void update(float[] codewords, CooccurrenceStatistics statistics, double ridge) {
        int n = statistics.each().codewords();
        int d = statistics.each().dimension();
        double pull = ridge * statistics.weight() / n;
        if (!(pull > 0)) {
            return;
        }
        double[] a = new double[Math.multiplyExact(n, n)];
        double[] b = statistics.each().sums().clone();
        double[] x = new double[codewords.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = codewords[i];
        }
        for (int c = 0; c < n; c++) {
            double[] with = statistics.pairs(c);
            System.arraycopy(with, 0, a, c * n, with.length);
            for (int e = 0; e < with.length; e++) {
                a[e * n + c] = with[e];
            }
            a[c * n + c] = statistics.each().counts()[c];
        }
        // what is wanted beyond what the codewords give: zero for those that nothing chose
        DenseSolves.subtractProduct(a, x, b, n, d);
        for (int c = 0; c < n; c++) {
            a[c * n + c] += pull;
        }
        DenseSolves.solvePositiveDefinite(a, b, n, d);
        for (int i = 0; i < codewords.length; i++) {
            codewords[i] += (float) b[i];
        }
    }
}
