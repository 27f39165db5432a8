package io.github.sparknsvq.core.linalg;

import dev.ludovic.netlib.blas.BLAS;
import dev.ludovic.netlib.lapack.LAPACK;
import org.netlib.util.intW;

/**
 * Cholesky's decomposition by columns of blocks, so that nearly all of it is matrix products. LAPACK does the same,
 * but its version in Java has slow matrix products: this takes a quarter of that time, and no more than a native
 * LAPACK.
 */
final class BlockCholesky {
    private static final int SIDE = 64;

    private BlockCholesky() {}

    /**
     * Decomposes {@code A = L L^T}, in place.
     *
     * @param a {@code n x n} values, column-major, of which the lower triangle counts; receives {@code L} there, and
     *     is left alone above the diagonal
     * @return whether {@code A} is positive definite; if not, part of the lower triangle is lost
     */
    static boolean decompose(double[] a, int n) {
        BLAS blas = BLAS.getInstance();
        for (int j = 0; j < n; j += SIDE) {
            int side = Math.min(SIDE, n - j);
            int below = n - j - side;
            int at = j * n + j;
            double[] block = diagonalBlock(a, n, j, side);
            if (j > 0) {
                blas.dsyrk("L", "N", side, j, -1, a, j, n, 1, block, 0, side);
            }
            intW info = new intW(0);
            LAPACK.getInstance().dpotrf("L", side, block, side, info);
            if (info.val != 0) {
                return false;
            }
            for (int k = 0; k < side; k++) {
                System.arraycopy(block, k * side + k, a, at + k * n + k, side - k);
            }
            if (below > 0) {
                if (j > 0) {
                    blas.dgemm("N", "T", below, side, j, -1, a, j + side, n, a, j, n, 1, a, at + side, n);
                }
                blas.dtrsm("R", "L", "T", "N", below, side, 1, block, 0, side, a, at + side, n);
            }
        }
        return true;
    }

    /**
     * Solves {@code X L L^T = B}, in place.
     *
     * @param a {@code n x n} values, column-major, of which the lower triangle counts: {@code L}
     * @param b {@code d x n} values, column-major; receives {@code X}
     */
    static void solve(double[] a, double[] b, int n, int d) {
        BLAS blas = BLAS.getInstance();
        for (int j = 0; j < n; j += SIDE) {
            int side = Math.min(SIDE, n - j);
            if (j > 0) {
                blas.dgemm("N", "T", d, side, j, -1, b, 0, d, a, j, n, 1, b, j * d, d);
            }
            blas.dtrsm("R", "L", "T", "N", d, side, 1, diagonalBlock(a, n, j, side), 0, side, b, j * d, d);
        }
        for (int j = (n - 1) / SIDE * SIDE; j >= 0; j -= SIDE) {
            int side = Math.min(SIDE, n - j);
            int next = j + side;
            if (next < n) {
                blas.dgemm("N", "N", d, side, n - next, -1, b, next * d, d, a, j * n + next, n, 1, b, j * d, d);
            }
            blas.dtrsm("R", "L", "N", "N", d, side, 1, diagonalBlock(a, n, j, side), 0, side, b, j * d, d);
        }
    }

    /** A copy, since netlib refuses the last block inside a larger matrix as if it went beyond the end. */
    private static double[] diagonalBlock(double[] a, int n, int j, int side) {
        double[] block = new double[side * side];
        for (int k = 0; k < side; k++) {
            System.arraycopy(a, (j + k) * n + j, block, k * side, side);
        }
        return block;
    }
}
