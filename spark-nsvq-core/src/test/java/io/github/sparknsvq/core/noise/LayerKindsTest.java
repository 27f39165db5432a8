package io.github.sparknsvq.core.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.noise.SoftQuantization.Distance;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the kinds of layers have for themselves: own losses, soft choices, segments, draws. */
class LayerKindsTest {
    private static final int N = 37;
    private static final int D = 6;
    private static final int K = 5;
    private static final FloatMatrix ROWS = Numbers.matrix(N, D, 1);
    private static final FloatMatrix DOWNSTREAM = Numbers.matrix(N, D, 2);
    private static final Codebooks ONE = Codebooks.one(K, D);
    private static final Parameters PARAMETERS = Parameters.of(Numbers.matrix(K, D, 3));

    @Test
    void theStraightThroughLossesAndTheirGradients() {
        double r = 0.5;
        double beta = 0.3;
        Forward forward = new StraightThrough(ONE, beta, r).forward(PARAMETERS, ROWS, 1);
        Gradients gradients = forward.backward(DOWNSTREAM);
        Forward averaged = new MovingAverage(ONE, beta, 0.9, r).forward(PARAMETERS, ROWS, 1);
        double error = 0;
        float[] codewords = new float[K * D];
        for (int i = 0; i < N; i++) {
            error += forward.squaredErrors()[i];
            int k = forward.indices()[i];
            for (int j = 0; j < D; j++) {
                float difference = ROWS.get(i, j) - PARAMETERS.codewords().get(k, j);
                assertEquals(
                        DOWNSTREAM.get(i, j) + 2 * r * beta * difference,
                        gradients.input().get(i, j),
                        1e-5);
                codewords[k * D + j] -= (float) (2 * r * difference);
            }
        }
        assertArrayEquals(codewords, gradients.codewords().values(), 1e-4f);
        assertEquals(r * (1 + beta) * error, forward.ownLoss(), 1e-4);
        assertEquals(r * beta * error, averaged.ownLoss(), 1e-4);
        assertArrayEquals(
                gradients.input().values(),
                averaged.backward(DOWNSTREAM).input().values());
        assertArrayEquals(forward.output().values(), averaged.output().values());
    }

    static Stream<SoftQuantization> hard() {
        return Stream.of(
                SoftQuantization.soft(ONE, 1e6),
                SoftQuantization.soft(ONE, 1e6, Distance.PLAIN),
                SoftQuantization.gumbel(ONE, 1e6, 7));
    }

    @ParameterizedTest
    @MethodSource("hard")
    void aLargeTauIsTheHardChoiceAndItsGradient(SoftQuantization layer) {
        Forward forward = layer.forward(PARAMETERS, ROWS, 1);
        Gradients gradients = forward.backward(DOWNSTREAM);
        float[] codewords = new float[K * D];
        for (int i = 0; i < N; i++) {
            int k = forward.indices()[i];
            assertArrayEquals(PARAMETERS.codewords().row(k), forward.output().row(i), 1e-6f);
            for (int j = 0; j < D; j++) {
                codewords[k * D + j] += DOWNSTREAM.get(i, j);
            }
        }
        assertArrayEquals(codewords, gradients.codewords().values(), 1e-4f);
        assertArrayEquals(new float[N * D], gradients.input().values(), 1e-4f);
    }

    @Test
    void withoutNoiseTheSoftChoiceIsTheNearest() {
        int[] nearest =
                NoiseSubstitution.detached(ONE).forward(PARAMETERS, ROWS, 1).indices();
        assertArrayEquals(
                nearest,
                SoftQuantization.soft(ONE, 0.1).forward(PARAMETERS, ROWS, 1).indices());
    }

    @Test
    void aRowThatIsNoNumberHasNoSoftChoice() {
        FloatMatrix rows = Numbers.matrix(2, D, 1);
        rows.values()[D + 1] = Float.NaN;
        Forward forward = SoftQuantization.soft(ONE, 1).forward(PARAMETERS, rows, 1);
        Gradients gradients = forward.backward(Numbers.matrix(2, D, 2));
        for (int j = 0; j < D; j++) {
            assertTrue(Float.isNaN(forward.output().get(1, j)));
            assertTrue(Float.isNaN(gradients.input().get(1, j)));
            assertTrue(Float.isNaN(gradients.codewords().get(0, j)));
            assertFalse(Float.isNaN(forward.output().get(0, j)));
        }
    }

    /** A codeword is drawn with the probability softmax(-d), whatever tau. */
    @Test
    void gumbelDrawsCodewords() {
        int n = 20_000;
        Codebooks books = Codebooks.one(3, 1);
        float[] codewords = {0, 1, -1.5f};
        Parameters three = Parameters.of(new FloatMatrix(3, 1, codewords));
        FloatMatrix rows = new FloatMatrix(n, 1, new float[n]);
        Forward forward = SoftQuantization.gumbel(books, 3, 5).forward(three, rows, 1);
        double[] expected = {1, Math.exp(-1), Math.exp(-2.25)};
        double sum = Arrays.stream(expected).sum();
        for (int k = 0; k < 3; k++) {
            int codeword = k;
            double share =
                    Arrays.stream(forward.indices()).filter(i -> i == codeword).count() / (double) n;
            double p = expected[k] / sum;
            assertEquals(p, share, 4 * Math.sqrt(p * (1 - p) / n));
            assertEquals(k == 1 ? 1 : codewords[k] * codewords[k], forward.squaredErrors()[first(forward, k)]);
        }
    }

    private static int first(Forward forward, int codeword) {
        int i = 0;
        while (forward.indices()[i] != codeword) {
            i++;
        }
        return i;
    }

    @Test
    void rowsChooseTheNearestPointOfTheLine() {
        SpaceFillingDiveq layer = new SpaceFillingDiveq(ONE, 0.1, 7);
        Forward forward = layer.forward(PARAMETERS, ROWS, 5);
        double[] shares = layer.shares(5);
        for (int i = 0; i < N; i++) {
            double[] squared = new double[K - 1];
            for (int s = 0; s < K - 1; s++) {
                for (int j = 0; j < D; j++) {
                    double a = PARAMETERS.codewords().get(s, j);
                    double b = PARAMETERS.codewords().get(s + 1, j);
                    squared[s] += Math.pow(ROWS.get(i, j) - (1 - shares[s]) * a - shares[s] * b, 2);
                }
            }
            double least = Arrays.stream(squared).min().orElseThrow();
            assertEquals(least, squared[forward.segments()[i]]);
            assertEquals(least, forward.squaredErrors()[i], 1e-5 * least);
        }
        assertThrows(NsvqException.class, forward::indices);
        assertThrows(NsvqException.class, forward::statistics);
        Forward other = NoiseSubstitution.nsvq(ONE, 7).forward(PARAMETERS, ROWS, 1);
        assertThrows(NsvqException.class, other::segments);
    }

    @Test
    void drawsFollowFromSeedStepAndRow() {
        double[] first = new double[5];
        double[] again = new double[5];
        Draws.Rows rows = Draws.seeded(1).of(2);
        rows.gaussian(3, first);
        rows.uniform(4, again);
        rows.gaussian(3, again);
        assertArrayEquals(first, again);
        for (long[] other : new long[][] {{2, 2, 3}, {1, 3, 3}, {1, 2, 4}}) {
            Draws.seeded(other[0]).of(other[1]).gaussian(other[2], again);
            assertFalse(Arrays.equals(first, again));
        }
        int n = 20_000;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < n; i++) {
            rows.gaussian(i, first);
            sum += first[0];
            squares += first[0] * first[0];
        }
        assertEquals(0, sum / n, 4 / Math.sqrt(n));
        assertEquals(1, squares / n, 4 * Math.sqrt(2.0 / n));
    }

    @Test
    void rowsOnCornersAndCodewordsGiveNumbers() {
        FloatMatrix twice =
                new FloatMatrix(K, D, PARAMETERS.codewords().values().clone());
        System.arraycopy(twice.values(), 0, twice.values(), D, D);
        for (Layer layer : List.of(
                new SpaceFillingDiveq(ONE, 0, 1),
                new SpaceFillingDiveq(ONE, 0.1, 1),
                SoftQuantization.soft(ONE, 1, Distance.PLAIN),
                SoftQuantization.gumbel(ONE, 1, Distance.PLAIN, Draws.seeded(1)))) {
            Forward forward = layer.forward(Parameters.of(twice), twice, 1);
            Gradients gradients = forward.backward(Numbers.matrix(K, D, 4));
            for (int i = 0; i < K * D; i++) {
                assertTrue(Float.isFinite(forward.output().values()[i]));
                assertTrue(Float.isFinite(gradients.input().values()[i]));
                assertTrue(Float.isFinite(gradients.codewords().values()[i]));
            }
        }
    }
}
