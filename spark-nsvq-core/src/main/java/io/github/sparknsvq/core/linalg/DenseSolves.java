package io.github.sparknsvq.core.linalg;

import breeze.linalg.DenseMatrix;
import breeze.linalg.DenseVector;
import breeze.linalg.NotConvergedException;
import breeze.linalg.qr;
import breeze.linalg.svd;
import dev.ludovic.netlib.blas.BLAS;
import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;
import java.util.Random;

/**
 * Dense linear algebra on Breeze, and on the LAPACK under it: a native one where the machine has it, else one in
 * Java.
 *
 * <p>All matrices are row-major arrays of doubles.
 */
public final class DenseSolves {
    /**
     * What is added to the diagonal of a matrix that is not positive definite, in units of its mean: tried in turn.
     */
    private static final double[] RIDGES = {1e-10, 1e-8, 1e-6, 1e-4};

    /** The largest side: the values of a matrix then just fit one array. */
    private static final int MOST_EQUATIONS = 46_340;

    private DenseSolves() {}

    /**
     * Finds the rotation nearest to a matrix, its orthonormal polar factor {@code U V^T} with {@code A = U S V^T}: of
     * all orthonormal matrices the one with the largest {@code trace(R^T A)} (Schonemann, A generalized solution of
     * the orthogonal Procrustes problem, Psychometrika 1966). It may mirror as well as rotate.
     *
     * <p>For {@code A}, the sum of {@code y x^T} over rows {@code x} and what each is to become, {@code y}, this is
     * the {@code R} that makes the sum of {@code ||R x - y||^2} least.
     *
     * @param matrix {@code D x D} values
     * @return the rotation; where {@code matrix} is singular, one of several
     * @throws NsvqException if the matrix is not square or not finite
     */
    public static Rotation closestRotation(double[] matrix) {
        int d = side(matrix.length);
        checkFinite(matrix, "a matrix that a rotation is to be close to");
        // Breeze takes columns for rows and so sees the transposes of all: with A^T = V S U^T it all comes out right.
        svd.SVD<DenseMatrix<Object>, DenseVector<Object>> parts;
        try {
            parts = svd.Svd_DM_Impl$.MODULE$.apply(new DenseMatrix<>(d, d, matrix));
        } catch (NotConvergedException e) {
            throw new NsvqException("the singular values of a " + d + " x " + d + " matrix did not converge", e);
        }
        double[] product = new double[d * d];
        BLAS.getInstance().dgemm("N", "N", d, d, d, 1, values(parts.U()), d, values(parts.Vt()), d, 0, product, d);
        return new Rotation(d, toFloat(product));
    }

    /**
     * Draws an orthonormal matrix, all directions being as likely: {@code Q} of {@code Q R}, with a positive diagonal
     * of {@code R}, of a matrix of Gaussian numbers (Stewart, The efficient generation of random orthogonal matrices,
     * SIAM Journal on Numerical Analysis 1980).
     */
    static float[] randomOrthonormal(int d, long seed) {
        Random random = new Random(seed);
        double[] gaussian = new double[d * d];
        for (int i = 0; i < gaussian.length; i++) {
            gaussian[i] = random.nextGaussian();
        }
        qr.QR<DenseMatrix<Object>> parts = qr.impl_DM_Double$.MODULE$.apply(new DenseMatrix<>(d, d, gaussian));
        double[] q = values(parts.q());
        double[] r = values(parts.r());
        for (int column = 0; column < d; column++) {
            double sign = Math.copySign(1, r[column * d + column]);
            for (int i = column * d; i < (column + 1) * d; i++) {
                q[i] *= sign;
            }
        }
        return toFloat(q);
    }

    /**
     * Solves {@code A X = B} in place, {@code A} symmetric and positive definite, by Cholesky's decomposition.
     *
     * <p>Where {@code A} is singular, or so nearly so that rounding decides, a little is added to its diagonal: of
     * several solutions this is one that is not large. The work grows as {@code n^3}.
     *
     * @param a {@code n x n} values, both triangles; overwritten
     * @param b {@code n x d} right-hand sides; overwritten by {@code X}
     * @param n number of equations, at least 1
     * @param d number of right-hand sides, at least 1
     * @return what was added to the diagonal, 0 where nothing was
     * @throws NsvqException if {@code A} is not positive definite, even with 1/10000 of its mean diagonal added;
     *     or if the arrays have another length or hold values that are not finite
     */
    public static double solvePositiveDefinite(double[] a, double[] b, int n, int d) {
        NsvqException.unless(
                n >= 1 && d >= 1 && n <= MOST_EQUATIONS && a.length == n * n && b.length == (long) n * d,
                n + " equations with " + d + " right-hand sides need " + (long) n * n + " and "
                        + (long) n * d + " values and at most " + MOST_EQUATIONS + " equations, not " + a.length
                        + " and "
                        + b.length + " values");
        checkFinite(a, "the matrix of a system of equations");
        checkFinite(b, "the right-hand side of a system of equations");
        double ridge = decompose(a, n);
        // the rows of B are the columns of B^T: X^T (L L^T) = B^T
        BlockCholesky.solve(a, b, n, d);
        return ridge;
    }

    /**
     * Subtracts {@code A X} from {@code B}, {@code A} symmetric.
     *
     * @param a {@code n x n} values
     * @param x {@code n x d} values
     * @param b {@code n x d} values; overwritten
     */
    public static void subtractProduct(double[] a, double[] x, double[] b, int n, int d) {
        BLAS.getInstance().dgemm("N", "N", d, n, n, -1, x, d, a, n, 1, b, d);
    }

    /** Puts {@code L} of {@code A + ridge I = L L^T} in the lower triangle as LAPACK sees it; returns the ridge. */
    private static double decompose(double[] a, int n) {
        double[] diagonal = new double[n];
        for (int i = 0; i < n; i++) {
            diagonal[i] = a[i * n + i];
        }
        if (isDecomposed(a, n, diagonal, 0)) {
            return 0;
        }
        double mean = Arrays.stream(diagonal).sum() / n;
        for (double relative : RIDGES) {
            double ridge = relative * mean;
            restore(a, n, diagonal, ridge);
            if (ridge > 0 && isDecomposed(a, n, diagonal, ridge)) {
                return ridge;
            }
        }
        throw new NotPositiveDefiniteException("a system of " + n
                + " equations cannot be solved: its matrix is not positive definite (mean of its diagonal " + mean
                + "), even with " + RIDGES[RIDGES.length - 1] + " times that mean added");
    }

    /** Returns whether the decomposition reached the end and no pivot is a mere rounding error. */
    private static boolean isDecomposed(double[] a, int n, double[] diagonal, double ridge) {
        boolean good = BlockCholesky.decompose(a, n);
        for (int i = 0; i < n && good; i++) {
            double pivot = a[i * n + i] * a[i * n + i];
            good = pivot > n * Math.ulp(1.0) * (diagonal[i] + ridge);
        }
        return good;
    }

    /** Restores the triangle that LAPACK wrote to, by mirroring the other. */
    private static void restore(double[] a, int n, double[] diagonal, double ridge) {
        for (int i = 0; i < n; i++) {
            for (int j = i + 1; j < n; j++) {
                a[i * n + j] = a[j * n + i];
            }
            a[i * n + i] = diagonal[i] + ridge;
        }
    }

    private static int side(int length) {
        int side = (int) Math.round(Math.sqrt(length));
        NsvqException.unless(side >= 1 && side * side == length, "a matrix of " + length + " values is not square");
        return side;
    }

    private static void checkFinite(double[] values, String what) {
        for (double value : values) {
            if (!Double.isFinite(value)) {
                throw new NsvqException(what + " must be finite, and it holds " + value);
            }
        }
    }

    private static double[] values(DenseMatrix<Object> matrix) {
        return (double[]) matrix.data();
    }

    /** Rounds values to float32. */
    public static float[] toFloat(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
