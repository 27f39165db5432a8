package io.github.sparknsvq.core.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DenseSolvesTest {
    private static double[] gaussian(int n, long seed) {
        Random random = new Random(seed);
        return random.doubles(n).map(x -> random.nextGaussian()).toArray();
    }

    /** {@code G G^T} of an {@code n x rank} matrix of Gaussian numbers. */
    private static double[] gram(int n, int rank, long seed) {
        double[] g = gaussian(n * rank, seed);
        double[] a = new double[n * n];
        for (int i = 0; i < n * n; i++) {
            for (int k = 0; k < rank; k++) {
                a[i] += g[i / n * rank + k] * g[i % n * rank + k];
            }
        }
        return a;
    }

    private static double[] product(double[] a, double[] x, int n, int d) {
        double[] b = new double[n * d];
        for (int i = 0; i < n * d; i++) {
            for (int k = 0; k < n; k++) {
                b[i] += a[i / d * n + k] * x[k * d + i % d];
            }
        }
        return b;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 3", "2, 1", "7, 5", "63, 8", "64, 1", "65, 2", "128, 3", "129, 1", "300, 20"})
    void solvesSystems(int n, int d) {
        double[] a = gram(n, 2 * n, 1);
        double[] x = gaussian(n * d, 2);
        double[] b = product(a, x, n, d);
        assertEquals(0, DenseSolves.solvePositiveDefinite(a, b, n, d));
        for (int i = 0; i < n * d; i++) {
            assertEquals(x[i], b[i], 1e-8);
        }
    }

    /** Solutions are many, and some are huge. */
    @ParameterizedTest
    @CsvSource({"2, 1", "10, 9", "50, 20", "200, 150"})
    void singularSystemsGetSmallSolutions(int n, int rank) {
        double[] a = gram(n, rank, 3);
        double[] before = a.clone();
        double[] x = gaussian(n * 2, 4);
        double[] b = product(a, x, n, 2);
        double[] expected = b.clone();
        double ridge = DenseSolves.solvePositiveDefinite(a, b, n, 2);
        assertTrue(ridge > 0);
        double[] again = product(before, b, n, 2);
        for (int i = 0; i < again.length; i++) {
            assertEquals(expected[i], again[i], 1e-5 * rank);
            assertTrue(Math.abs(b[i]) < 10, "solution " + b[i]);
        }
    }

    /** As a codeword that no row chose makes it. */
    @Test
    void anEquationOfZerosGivesZero() {
        double[] b = {4, 0};
        assertTrue(DenseSolves.solvePositiveDefinite(new double[] {2, 0, 0, 0}, b, 2, 1) > 0);
        assertEquals(2, b[0], 1e-8);
        assertEquals(0, b[1]);
    }

    @Test
    void namesSystemsThatCannotBeSolved() {
        String message = assertThrows(
                        NotPositiveDefiniteException.class,
                        () -> DenseSolves.solvePositiveDefinite(new double[] {1, 2, 2, 1}, new double[2], 2, 1))
                .getMessage();
        assertEquals(
                "a system of 2 equations cannot be solved: its matrix is not positive definite (mean of its diagonal"
                        + " 1.0), even with 1.0E-4 times that mean added",
                message);
        assertThrows(
                NotPositiveDefiniteException.class,
                () -> DenseSolves.solvePositiveDefinite(new double[] {-1}, new double[1], 1, 1));
        assertThrows(
                NotPositiveDefiniteException.class,
                () -> DenseSolves.solvePositiveDefinite(new double[4], new double[2], 2, 1));
    }

    @Test
    void refusesWhatIsNoSystem() {
        assertEquals(
                "2 equations with 1 right-hand sides need 4 and 2 values and at most 46340 equations, not 3 and 2"
                        + " values",
                refusal(new double[3], new double[2], 2, 1));
        assertTrue(refusal(new double[0], new double[0], 1 << 16, 1).startsWith("65536 equations"));
        assertTrue(refusal(new double[0], new double[0], 0, 1).startsWith("0 equations"));
        assertEquals(
                "the matrix of a system of equations must be finite, and it holds NaN",
                refusal(new double[] {Double.NaN}, new double[1], 1, 1));
        assertEquals(
                "the right-hand side of a system of equations must be finite, and it holds Infinity",
                refusal(new double[] {1}, new double[] {Double.POSITIVE_INFINITY}, 1, 1));
    }

    private static String refusal(double[] a, double[] b, int n, int d) {
        return assertThrows(NsvqException.class, () -> DenseSolves.solvePositiveDefinite(a, b, n, d))
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 30})
    void findsTheRotationThatMadeTheRows(int d) {
        Rotation rotation = Rotation.random(d, 9);
        double[] x = gaussian(3 * d * d, 8);
        double[] sum = new double[d * d]; // of y x^T
        for (int row = 0; row < 3 * d; row++) {
            float[] y = new float[d];
            for (int j = 0; j < d; j++) {
                y[j] = (float) x[row * d + j];
            }
            rotation.apply(y, 0, 1, y, 0);
            for (int i = 0; i < d * d; i++) {
                sum[i] += y[i / d] * x[row * d + i % d];
            }
        }
        float[] found = DenseSolves.closestRotation(sum).matrix().values();
        for (int i = 0; i < d * d; i++) {
            assertEquals(rotation.matrix().values()[i], found[i], 1e-5);
        }
    }

    /** The polar factor is the one rotation for which {@code R^T A} is symmetric and has no negative eigenvalue. */
    @Test
    void noRotationIsCloser() {
        int d = 4;
        double[] a = gaussian(d * d, 11);
        double[] inner = new double[d * d];
        double[] before = a.clone();
        FloatMatrix best = DenseSolves.closestRotation(a).matrix();
        assertArrayEquals(before, a);
        for (int i = 0; i < d * d; i++) {
            for (int k = 0; k < d; k++) {
                inner[i] += best.get(k, i / d) * a[k * d + i % d];
            }
        }
        for (int i = 0; i < d * d; i++) {
            assertEquals(inner[i], inner[i % d * d + i / d], 1e-5);
        }
        double trace = trace(best, a);
        for (int seed = 0; seed < 50; seed++) {
            assertTrue(trace(Rotation.random(d, seed).matrix(), a) < trace);
        }
    }

    private static double trace(FloatMatrix rotation, double[] a) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += rotation.values()[i] * a[i];
        }
        return sum;
    }

    @Test
    void singularMatricesHaveARotationToo() {
        assertEquals(3, DenseSolves.closestRotation(new double[9]).dimension());
        assertEquals(
                1,
                DenseSolves.closestRotation(new double[] {0, 0, 0, 1}).matrix().get(1, 1));
    }

    @Test
    void refusesMatricesThatHaveNone() {
        assertEquals(
                "a matrix of 5 values is not square",
                assertThrows(NsvqException.class, () -> DenseSolves.closestRotation(new double[5]))
                        .getMessage());
        assertEquals(
                "a matrix that a rotation is to be close to must be finite, and it holds NaN",
                assertThrows(NsvqException.class, () -> DenseSolves.closestRotation(new double[] {Double.NaN}))
                        .getMessage());
        assertThrows(NsvqException.class, () -> DenseSolves.closestRotation(new double[0]));
    }
}
