package io.github.sparknsvq.core.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.update.NsvqRule;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What layers count, and what replacement and averages make of it. */
class ReplacementTest {
    private static final int N = 400;
    private static final int D = 4;
    private static final int K = 16;
    private static final FloatMatrix ROWS = Numbers.matrix(N, D, 1);

    static Stream<Codebooks> books() {
        return Stream.of(
                Codebooks.one(K, D),
                Codebooks.product(2, K, D),
                Codebooks.residual(2, K, D, 1),
                Codebooks.additive(2, K, D, 2, 1));
    }

    /** Codewords of which the odd ones lie far from all rows. */
    private static FloatMatrix halfIdle(Codebooks books) {
        FloatMatrix codewords = Numbers.matrix(books.codewords(), books.codewordDimension(), 2);
        for (int i = 0; i < codewords.values().length; i++) {
            codewords.values()[i] += i / codewords.columns() % 2 == 1 ? 100 : 0;
        }
        return codewords;
    }

    static Stream<Function<Codebooks, Layer>> layers() {
        return Stream.of(
                books -> NoiseSubstitution.nsvq(books, 1),
                books -> NoiseSubstitution.diveq(books, 0.1, 1),
                books -> new StraightThrough(books, 0.25),
                books -> new MovingAverage(books, 0.25, 0.99));
    }

    @ParameterizedTest
    @MethodSource("books")
    void statisticsAreWhatAnUpdateNeeds(Codebooks books) {
        FloatMatrix codewords = halfIdle(books);
        Forward forward = NoiseSubstitution.nsvq(books, 1).forward(Parameters.of(codewords), ROWS, 1);
        CodebookStatistics statistics = forward.statistics();
        assertEquals(N * books.count(), statistics.weight());
        // the gradient of the squared error, 2 (n c - S), is that of the layer for plain reconstruction
        Layer layer = new StraightThrough(books, 0);
        float[] gradient = layer.forward(Parameters.of(codewords), ROWS, 1)
                .backward(new FloatMatrix(N, D, new float[N * D]))
                .codewords()
                .values();
        int d = books.codewordDimension();
        for (int i = 0; i < gradient.length; i++) {
            double n = statistics.counts()[i / d];
            assertEquals(2 * (n * codewords.values()[i] - statistics.sums()[i]), gradient[i], 1e-2);
        }
        double error = 0;
        for (float each : forward.squaredErrors()) {
            error += each;
        }
        boolean product = d < D;
        assertEquals(product ? error : error * books.count(), statistics.error(), 1e-3 * error);
        Arrays.fill(codewords.values(), 9f); // as an optimizer's step does
        assertArrayEquals(statistics.sums(), forward.statistics().sums());
        assertEquals(statistics.error(), forward.statistics().error());
    }

    /** The layer's noise cancels in plain reconstruction: its gradient is the one that the training goes down. */
    @Test
    void nsvqHasTheGradientOfTheTraining() {
        Codebooks books = Codebooks.one(K, D);
        FloatMatrix codewords = Numbers.matrix(K, D, 2);
        Forward forward = NoiseSubstitution.nsvq(books, 1).forward(Parameters.of(codewords), ROWS, 1);
        float[] g = forward.output().values().clone();
        for (int i = 0; i < g.length; i++) {
            g[i] = 2 * (g[i] - ROWS.values()[i]);
        }
        float[] gradient =
                forward.backward(new FloatMatrix(N, D, g)).codewords().values();
        float[] moved = codewords.values().clone();
        new NsvqRule(K, new float[] {1, 1, 1, 1}).update(moved, forward.statistics(), 1e-3);
        for (int i = 0; i < gradient.length; i++) {
            double n = forward.statistics().counts()[i / D];
            double expected =
                    2 * (n * codewords.values()[i] - forward.statistics().sums()[i]);
            assertEquals(expected, gradient[i], 1e-4 * Math.max(1, Math.abs(expected)));
            // Adam's first step is the sign of the gradient
            assertEquals(
                    n == 0 ? 0 : -1e-3 * Math.signum(expected),
                    moved[i] - codewords.values()[i],
                    1e-5);
        }
    }

    @ParameterizedTest
    @MethodSource("layers")
    void idleCodewordsAreReplacedAlikeForEveryLayer(Function<Codebooks, Layer> of) {
        Codebooks books = Codebooks.one(K, D);
        FloatMatrix codewords = halfIdle(books);
        FloatMatrix expected = halfIdle(books);
        Replacement replacement = Replacement.byError(books, 0, 3);
        Replacement other = Replacement.byError(books, 0, 3);
        replacement.observe(of.apply(books).forward(Parameters.of(codewords), ROWS, 1));
        other.observe(books.statistics(
                expected,
                ROWS,
                new StraightThrough(books, 0)
                        .infer(Parameters.of(expected), ROWS)
                        .indices()));
        assertEquals(K / 2, replacement.replace(codewords, k -> {}, 9));
        other.replace(expected, k -> {}, 9);
        assertArrayEquals(expected.values(), codewords.values());
    }

    static Stream<Function<Codebooks, Replacement>> policies() {
        return Stream.of(
                books -> Replacement.byError(books, 0, 3),
                books -> Replacement.byError(books, Replacement.IDLE_SHARE, 3),
                books -> Replacement.byPresence(books, 0.1, 1e-3, 3));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void movedCodewordsAreForgottenAndComeToLife(Function<Codebooks, Replacement> of) {
        books().forEach(books -> {
            Replacement replacement = of.apply(books);
            FloatMatrix codewords = halfIdle(books);
            float[] before = codewords.values().clone();
            for (int step = 0; step < 3; step++) {
                replacement.observe(NoiseSubstitution.nsvq(books, 1).forward(Parameters.of(codewords), ROWS, step));
            }
            Set<Integer> forgotten = new TreeSet<>();
            int replaced = replacement.replace(codewords, forgotten::add, 9);
            int d = books.codewordDimension();
            Set<Integer> moved = new TreeSet<>();
            for (int k = 0; k < books.codewords(); k++) {
                if (!Arrays.equals(before, k * d, (k + 1) * d, codewords.values(), k * d, (k + 1) * d)) {
                    moved.add(k);
                }
            }
            assertEquals(moved, forgotten);
            assertTrue(replaced >= books.codewords() / 2 && replaced <= moved.size(), replaced + " replaced");
            for (float value : codewords.values()) {
                assertTrue(Math.abs(value) < 20, "no codeword is left behind");
            }
            assertEquals(0, of.apply(books).replace(codewords, k -> {}, 10), "there are no rows to go by");
        });
    }

    @Test
    void averagesStartFromTheFirstRowsAndForget() {
        Codebooks books = Codebooks.one(2, 1);
        MovingAverage layer = new MovingAverage(books, 0.25, 0.75);
        FloatMatrix codewords = new FloatMatrix(2, 1, new float[] {0, 100});
        layer.update(codewords, forward(layer, codewords, 1, 3));
        assertArrayEquals(new float[] {2, 100}, codewords.values(), 1e-6f);
        // M = .25 * 2, Y = .25 * 4; then both .75 of it and .25 * (1, 8)
        layer.update(codewords, forward(layer, codewords, 8));
        assertArrayEquals(new float[] {(0.75f + 2) / (0.375f + 0.25f), 100}, codewords.values(), 1e-5f);
        layer.forget(0);
        layer.update(codewords, forward(layer, codewords, 7, 7, 90));
        assertArrayEquals(new float[] {7, 90}, codewords.values(), 1e-6f);
    }

    private static Forward forward(Layer layer, FloatMatrix codewords, float... rows) {
        return layer.forward(Parameters.of(codewords), new FloatMatrix(rows.length, 1, rows), 0);
    }

    @Test
    void codewordsOfAnotherShapeAreRefused() {
        Replacement replacement = Replacement.byError(Codebooks.one(K, D), 0, 1);
        FloatMatrix other = Numbers.matrix(K, D + 1, 1);
        assertThrows(NsvqException.class, () -> replacement.replace(other, k -> {}, 1));
        assertFalse(assertThrows(NsvqException.class, () -> Replacement.byError(Codebooks.one(K, D), -1, 1))
                .getMessage()
                .isEmpty());
    }
}
