package io.github.sparknsvq.core.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is known of the gradients of noise substitution and DiVeQ, for one row and one codeword, in double. */
class IdentitiesTest {
    private static final int D = 7;
    private static final int DRAWS = 5;
    private static final Codebooks ONE = Codebooks.one(1, D);
    private static final double[] X = Numbers.gaussian(D, 11);
    private static final double[] C = Numbers.gaussian(D, 12);
    private static final double[] W = Numbers.positive(D, 13);
    private static final double[] NONE = null;
    private static final NoiseSubstitution NSVQ = NoiseSubstitution.nsvq(ONE, 3);

    /** A pass over the one row by a step's draws, and what it gave. */
    private record Row(RowPass pass, double[] output) {
        static Row of(NoiseSubstitution layer, double[] weights, long step) {
            RowPass pass = layer.pass(C, weights, Draws.seeded(3).of(step));
            double[] output = new double[D];
            pass.forward(X, 0, new int[1], 0, output);
            return new Row(pass, output);
        }

        RowPass.Sums backward(double[] g) {
            RowPass.Sums sums = new RowPass.Sums(new double[D], new double[D], new double[D]);
            pass.backward(X, 0, new int[1], 0, g, sums);
            return sums;
        }
    }

    private static double[] minus(double[] a, double[] b) {
        double[] difference = a.clone();
        for (int j = 0; j < a.length; j++) {
            difference[j] -= b[j];
        }
        return difference;
    }

    private static double[] times(double factor, double[] a) {
        double[] product = a.clone();
        for (int j = 0; j < a.length; j++) {
            product[j] *= factor;
        }
        return product;
    }

    private static double[] times(double[] factors, double[] a) {
        double[] product = a.clone();
        for (int j = 0; j < a.length; j++) {
            product[j] *= factors[j];
        }
        return product;
    }

    private static double square(double[] a) {
        return Numbers.dot(a, a);
    }

    static Stream<NoiseSubstitution> layers() {
        return Stream.of(
                NSVQ,
                NoiseSubstitution.unnormalized(ONE, 3),
                NoiseSubstitution.diveq(ONE, 0.5, 3),
                NoiseSubstitution.detached(ONE));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void gradientsOfRowAndCodewordAddUpToTheDownstreamOne(NoiseSubstitution layer) {
        double[] g = Numbers.gaussian(D, 14);
        RowPass.Sums sums = Row.of(layer, NONE, 1).backward(g);
        assertArrayEquals(g, minus(sums.input(), times(-1, sums.codewords())), 1e-13);
    }

    @ParameterizedTest
    @MethodSource("layers")
    void theCodewordMovesAlongTheError(NoiseSubstitution layer) {
        double[] error = minus(X, C);
        double[] gradient =
                Row.of(layer, NONE, 1).backward(Numbers.gaussian(D, 15)).codewords();
        double along = Numbers.dot(gradient, error) / square(error);
        assertArrayEquals(times(along, error), gradient, 1e-13);
        assertTrue(Math.abs(along) > 1e-3);
    }

    @Test
    void nsvqHasTheLossOfKMeansForEveryDraw() {
        for (int step = 0; step < DRAWS; step++) {
            Row row = Row.of(NSVQ, NONE, step);
            double[] noise = minus(row.output, X);
            RowPass.Sums sums = row.backward(times(2, noise));
            assertEquals(square(minus(X, C)), square(noise), 1e-12);
            assertArrayEquals(times(2, minus(C, X)), sums.codewords(), 1e-12);
            // the loss depends on the row by itself, too
            assertArrayEquals(times(2, minus(X, C)), minus(sums.input(), times(2, noise)), 1e-12);
        }
    }

    @Test
    void weightedNsvqHasSoForTheWeightedLossAlone() {
        double weighted = square(times(W, minus(X, C)));
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        for (int step = 0; step < DRAWS; step++) {
            Row row = Row.of(NSVQ, W, step);
            double[] noise = minus(row.output, X);
            assertEquals(weighted, square(times(W, noise)), 1e-12);
            RowPass.Sums sums = row.backward(times(2, times(W, times(W, noise))));
            assertArrayEquals(times(2, times(W, times(W, minus(C, X)))), sums.codewords(), 1e-12);
            least = Math.min(least, square(noise));
            most = Math.max(most, square(noise));
        }
        assertTrue(most > 1.2 * least, "the plain loss goes from " + least + " to " + most);
    }

    @Test
    void withoutNormalizationTheLossIsNoisyAndRightInTheMean() {
        NoiseSubstitution layer = NoiseSubstitution.unnormalized(ONE, 3);
        int n = 4000;
        double sum = 0;
        double squares = 0;
        for (int step = 0; step < n; step++) {
            double loss = square(minus(Row.of(layer, NONE, step).output, X)) / square(minus(X, C));
            sum += loss;
            squares += loss * loss;
        }
        double deviation = Math.sqrt(squares / n - sum / n * sum / n);
        // a chi-squared of D degrees over D
        assertEquals(Math.sqrt(2.0 / D), deviation, 0.05);
        assertEquals(1, sum / n, 4 * deviation / Math.sqrt(n));
    }

    static Stream<double[]> targets() {
        return Stream.of(Numbers.gaussian(D, 21), times(30, Numbers.gaussian(D, 22)));
    }

    /** For a quadratic loss NSVQ's gradient is (tr H / D)(c - x) in the mean, wherever the loss has its minimum. */
    @ParameterizedTest
    @MethodSource("targets")
    void nsvqKnowsTheCurvatureAndNotTheTarget(double[] target) {
        double[] factor = Numbers.gaussian(D * D, 16);
        double trace = square(factor);
        double[] error = minus(X, C);
        int n = 40_000;
        double sum = 0;
        double squares = 0;
        for (int step = 0; step < n; step++) {
            Row row = Row.of(NSVQ, NONE, step);
            double[] gradient =
                    row.backward(quadratic(factor, minus(row.output, target))).codewords();
            double along = Numbers.dot(gradient, error) / square(error);
            sum += along;
            squares += along * along;
        }
        double mean = sum / n;
        double standardError = Math.sqrt((squares / n - mean * mean) / n);
        assertEquals(-trace / D, mean, 4 * standardError);
        assertTrue(standardError < 0.2 * trace / D, "nothing is shown by a standard error of " + standardError);
    }

    /** {@code A' A z}. */
    private static double[] quadratic(double[] a, double[] z) {
        double[] gradient = new double[D];
        for (int i = 0; i < D; i++) {
            double row = 0;
            for (int j = 0; j < D; j++) {
                row += a[i * D + j] * z[j];
            }
            for (int j = 0; j < D; j++) {
                gradient[j] += row * a[i * D + j];
            }
        }
        return gradient;
    }

    @Test
    void diveqKnowsTheGradientAtTheCodewordAlongTheError() {
        double[] g = Numbers.gaussian(D, 17);
        double[] error = minus(C, X);
        double[] unit = times(1 / Math.sqrt(square(error)), error);
        double[] expected = times(Numbers.dot(g, unit), unit);
        Row row = Row.of(NoiseSubstitution.detached(ONE), NONE, 1);
        assertArrayEquals(C, row.output, 0);
        assertArrayEquals(expected, row.backward(g).codewords(), 1e-13);
        Row noisy = Row.of(NoiseSubstitution.diveq(ONE, 1e-6, 3), NONE, 1);
        assertArrayEquals(expected, noisy.backward(g).codewords(), 1e-5);
        assertArrayEquals(C, noisy.output, 1e-5);
    }

    @Test
    void withoutNoiseSpaceFillingGivesThePointOnTheSegment() {
        double[] corners = Numbers.gaussian(3 * D, 18);
        SpaceFillingDiveq layer = new SpaceFillingDiveq(Codebooks.one(3, D), 0, 4);
        double[] shares = layer.shares(9);
        RowPass pass = layer.pass(corners, shares, Draws.seeded(4).of(9));
        double[] output = new double[D];
        double squaredError = pass.forward(X, 0, new int[] {1}, 0, output);
        double[] g = Numbers.gaussian(D, 19);
        RowPass.Sums sums = new RowPass.Sums(new double[D], new double[3 * D], new double[D]);
        pass.backward(X, 0, new int[] {1}, 0, g, sums);
        double[] point = new double[D];
        for (int j = 0; j < D; j++) {
            point[j] = (1 - shares[1]) * corners[D + j] + shares[1] * corners[2 * D + j];
            double all = sums.input()[j] + sums.codewords()[D + j] + sums.codewords()[2 * D + j];
            assertEquals(g[j], all, 1e-13);
            assertEquals(0, sums.codewords()[j]);
        }
        assertArrayEquals(point, output, 1e-13);
        assertEquals(square(minus(X, point)), squaredError, 1e-12);
    }
}
