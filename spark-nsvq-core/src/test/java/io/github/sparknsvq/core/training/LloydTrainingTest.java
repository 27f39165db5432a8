package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Lloyd passes of the trainer beside textbook k-means. */
class LloydTrainingTest {
    private static TrainingSettings lloyd(int k, int passes) {
        return TrainingSettings.builder(k)
                .updater(Updater.LLOYD)
                .passes(passes, TrainingSettings.AUTO)
                .tol(0)
                .reseeding(Reseeding.NONE)
                .build();
    }

    private static void followsTheTextbook(FloatMatrix rows, FloatMatrix start, boolean unitLength) {
        FloatMatrix expected = start;
        for (int passes = 1; passes <= 8; passes++) {
            double before = SlowKMeans.mse(rows, expected);
            expected = SlowKMeans.step(rows, expected, unitLength);
            TrainingResult result = Trainings.train(
                    rows,
                    lloyd(start.rows(), passes).toBuilder()
                            .unitLength(unitLength)
                            .build(),
                    start);
            assertArrayEquals(expected.values(), result.codebook().values(), 2e-6f, "after " + passes + " passes");
            assertEquals(before, result.history().get(passes - 1).mse(), 1e-6 * before, "a pass reports what it met");
            double after = SlowKMeans.mse(rows, expected);
            assertEquals(after, result.statistics().meanError(), 1e-6 * after);
        }
    }

    @Test
    void equalsTextbookKMeans() {
        FloatMatrix rows = TestRows.gaussian(700, 5, 1);
        followsTheTextbook(rows, TestRows.slice(rows, 0, 13), false);
    }

    @Test
    void equalsTextbookKMeansWithDeadCodewords() {
        FloatMatrix rows = TestRows.gaussian(300, 2, 2);
        float[] start = TestRows.slice(rows, 0, 6).values();
        start[2] = 1000;
        FloatMatrix codebook = new FloatMatrix(6, 2, start);
        followsTheTextbook(rows, codebook, false);
        TrainingResult result = Trainings.train(rows, lloyd(6, 5), codebook);
        assertEquals(1, result.statistics().dead(), "none replaces nothing");
        assertEquals(1000, result.codebook().get(1, 0));
    }

    @Test
    void equalsTextbookSphericalKMeans() {
        FloatMatrix rows = TestRows.unitLength(TestRows.gaussian(600, 4, 3));
        followsTheTextbook(rows, TestRows.slice(rows, 0, 9), true);
    }

    @Test
    void keepsCodewordsAtUnitLengthWhateverTheUpdater() {
        FloatMatrix rows = TestRows.unitLength(TestRows.clusters(1000, 4, 12, 1, 4));
        for (Updater updater : Updater.values()) {
            for (int localSteps : new int[] {1, 4}) {
                for (int passes : new int[] {1, 2, 7}) {
                    TrainingSettings settings = TrainingSettings.builder(20)
                            .updater(updater)
                            .passes(passes, passes / 3)
                            .unitLength(true)
                            .batches(100, localSteps)
                            .build();
                    FloatMatrix codebook = Trainings.train(rows, settings).codebook();
                    for (int k = 0; k < 20; k++) {
                        double norm = SlowKMeans.squaredDistance(codebook, k, new FloatMatrix(1, 4, new float[4]), 0);
                        assertEquals(1, norm, 1e-6, updater + ", codeword " + k);
                    }
                }
            }
        }
    }

    @Test
    void neverRaisesTheErrorByOneMorePass() {
        for (int seed = 0; seed < 5; seed++) {
            FloatMatrix rows = TestRows.clusters(1500, 3, 9, 1, seed);
            TrainingResult result = Trainings.train(rows, lloyd(25, 15), TestRows.slice(rows, 0, 25));
            double before = Double.POSITIVE_INFINITY;
            for (PassRecord record : result.history()) {
                assertTrue(record.mse() <= before * (1 + 1e-7), "pass " + record.iteration());
                before = record.mse();
            }
            assertTrue(result.statistics().meanError() <= before * (1 + 1e-7));
            assertTrue(
                    result.statistics().meanError()
                            < 0.9 * result.history().get(0).mse(),
                    "and lowers it at all");
        }
    }

    @Test
    void lowersTheErrorOfAnyTrainedCodebook() {
        FloatMatrix rows = TestRows.swissRoll(3000, 5);
        for (Updater updater : Updater.values()) {
            TrainingSettings settings =
                    TrainingSettings.builder(64).updater(updater).passes(6, 0).build();
            TrainingResult trained = Trainings.train(rows, settings);
            TrainingResult polished = Trainings.train(rows, lloyd(64, 1), trained.codebook());
            double before = trained.statistics().meanError();
            assertTrue(polished.statistics().meanError() <= before * (1 + 1e-7), updater::label);
        }
    }

    @Test
    void takesWeightedRowsForDuplicatedOnes() {
        FloatMatrix rows = TestRows.gaussian(300, 3, 6);
        float[] weights = new float[300];
        int total = 0;
        for (int i = 0; i < 300; i++) {
            weights[i] = 1 + i % 4;
            total += 1 + i % 4;
        }
        float[][] duplicated = new float[total][];
        for (int i = 0, at = 0; i < 300; i++) {
            for (int copy = 0; copy < weights[i]; copy++) {
                duplicated[at++] = rows.row(i);
            }
        }
        FloatMatrix start = TestRows.slice(rows, 0, 10);
        TrainingResult expected = Trainings.train(FloatMatrix.of(duplicated), lloyd(10, 10), start);
        TrainingResult weighted = Trainings.train(rows, weights, 3, lloyd(10, 10), start);
        assertArrayEquals(expected.codebook().values(), weighted.codebook().values(), 1e-6f);
        assertArrayEquals(expected.statistics().counts(), weighted.statistics().counts());
        assertEquals(expected.statistics().error(), weighted.statistics().error(), 1e-6 * total);
    }

    @Test
    void takesFractionsOfWeights() {
        FloatMatrix rows = TestRows.gaussian(300, 3, 7);
        FloatMatrix start = TestRows.slice(rows, 0, 10);
        float[] tenth = new float[300];
        Arrays.fill(tenth, 0.1f);
        assertArrayEquals(
                Trainings.train(rows, lloyd(10, 10), start).codebook().values(),
                Trainings.train(rows, tenth, 2, lloyd(10, 10), start).codebook().values(),
                1e-6f);
    }
}
