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
            // a copy, since netlib refuses the last block inside a larger matrix as if it went beyond the end
            double[] block = new double[side * side];
            for (int k = 0; k < side; k++) {
                System.arraycopy(a, at + k * n, block, k * side, side);
            }
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
}
