package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TrainingSettingsTest {
    private static final TrainingSettings DEFAULTS = TrainingSettings.of(8);

    private static void refuses(String message, Executable settings) {
        assertEquals(message, assertThrows(NsvqException.class, settings).getMessage());
    }

    @Test
    void saysWhatWouldBeValid() {
        refuses("k = 0 codewords: at least 1 is needed", () -> TrainingSettings.of(0));
        refuses("maxIter = -1: 0 passes or more are possible", () -> DEFAULTS.withPasses(-1, 0));
        refuses("tol = -0.1: must be 0 or more", () -> DEFAULTS.withTol(-0.1));
        refuses("tol = NaN: must be 0 or more", () -> DEFAULTS.withTol(Double.NaN));
        refuses(
                "updater 'adam' is unknown: use one of [nsvq, sgd, ema, minibatch, lloyd, ste]",
                () -> DEFAULTS.withUpdater("adam"));
        refuses(
                "reseeding 'often' is unknown: use one of [error, presence, none]",
                () -> DEFAULTS.withReseeding("often"));
        refuses("batchSize = -5: must be positive, or 0 to choose", () -> DEFAULTS.withBatches(-5, 1));
        refuses("localSteps = 0: at least 1 is needed", () -> DEFAULTS.withBatches(0, 0));
        refuses("learningRate = 0.0: must be positive and finite", () -> DEFAULTS.withLearningRate(0, 0));
        refuses("learningRate = NaN: must be positive and finite", () -> DEFAULTS.withLearningRate(Double.NaN, 0));
        refuses(
                "finalRate = -1.0: must be positive and finite, or 0 to keep the rate constant",
                () -> DEFAULTS.withLearningRate(1, -1));
        refuses(
                "learningRate = Infinity: must be positive and finite",
                () -> DEFAULTS.withLearningRate(Double.POSITIVE_INFINITY, 0));
        refuses(
                "finalRate = Infinity: must be positive and finite, or 0 to keep the rate constant",
                () -> DEFAULTS.withLearningRate(1, Double.POSITIVE_INFINITY));
        refuses("lloydIter = -2: must be 0 or more, or -1 to choose", () -> DEFAULTS.withPasses(1, -2));
    }

    @Test
    void changesOneThingAtATime() {
        TrainingSettings all = DEFAULTS.withPasses(7, 3)
                .withTol(0.5)
                .withSeed(9)
                .withUpdater("sgd")
                .withBatches(100, 4)
                .withLearningRate(0.1, 0.01)
                .withReseeding("none")
                .withUnitLength(true)
                .withDevice("cpu");
        assertEquals(new TrainingSettings(8, 7, 0.5, 9, "sgd", 100, 4, 0.1, 0.01, 3, "none", true, "cpu"), all);
    }

    @Test
    void leavesAFifthOfThePassesToLloyd() {
        int[][] expected = {{0, 0}, {1, 1}, {5, 1}, {6, 2}, {20, 4}, {100, 20}};
        for (int[] pair : expected) {
            assertEquals(
                    pair[1], DEFAULTS.withPasses(pair[0], TrainingSettings.AUTO).lloydPasses(), pair[0] + " passes");
        }
        assertEquals(3, DEFAULTS.withPasses(3, 9).lloydPasses(), "no more than there are");
        assertEquals(0, DEFAULTS.withPasses(3, 0).lloydPasses());
    }
}
