package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DifferentialEvolutionTest {
    private static final FloatMatrix ROWS = TestRows.clusters(600, 2, 8, 0.05, 3);

    private static FloatMatrix evolved(FloatMatrix rows, double[] weights, int k) {
        return DifferentialEvolution.choose(rows, weights, k, new Random(7));
    }

    private static double[] ones(int n) {
        double[] weights = new double[n];
        Arrays.fill(weights, 1);
        return weights;
    }

    @Test
    void endsBetterThanItsBestRandomRows() {
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < DifferentialEvolution.POPULATION; i++) {
            TrainingSettings settings = TrainingSettings.builder(8).seed(i).build();
            best = Math.min(best, SlowKMeans.mse(ROWS, Trainings.start(ROWS, settings, InitMode.RANDOM)));
        }
        double evolved = SlowKMeans.mse(ROWS, evolved(ROWS, ones(600), 8));
        assertTrue(evolved < 0.8 * best, evolved + " after " + best);
        assertArrayEquals(
                evolved(ROWS, ones(600), 8).values(),
                evolved(ROWS, ones(600), 8).values(),
                "the same seed gives the same");
    }

    /** With all weight on one row, only that row's error counts. */
    @Test
    void mindsTheWeightsOfRows() {
        double[] weights = new double[600];
        weights[17] = 1;
        FloatMatrix one = evolved(ROWS, weights, 1);
        double apart = Math.hypot(one.get(0, 0) - ROWS.get(17, 0), one.get(0, 1) - ROWS.get(17, 1));
        assertTrue(apart < 0.05, "at " + apart);
    }

    @Test
    void takesFewRowsAndOneDimension() {
        assertEquals(
                3, evolved(new FloatMatrix(1, 1, new float[] {2}), ones(1), 3).get(2, 0) + 1, 1e-6);
        FloatMatrix two = evolved(new FloatMatrix(3, 1, new float[] {1, 1, 5}), ones(3), 2);
        assertEquals(2, two.rows());
    }

    @Test
    void startsTrainingsOfOneAndSeveralCodebooks() {
        TrainingSettings settings = TrainingSettings.of(8);
        FloatMatrix start = Trainings.start(ROWS, settings, InitMode.EVOLUTION);
        assertEquals(8, start.rows());
        assertTrue(
                SlowKMeans.mse(ROWS, start) < SlowKMeans.mse(ROWS, Trainings.start(ROWS, settings, InitMode.RANDOM)));
        Exception e = assertThrows(
                NsvqException.class, () -> Trainings.start(ROWS, TrainingSettings.of(257), InitMode.EVOLUTION));
        assertEquals(
                "initMode 'evolution' is for codebooks of at most 256 codewords, not 257: use k-means++",
                e.getMessage());
    }
}
