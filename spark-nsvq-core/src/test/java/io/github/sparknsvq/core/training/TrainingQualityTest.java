package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How good the codebooks are, on sets small enough to train many times. */
class TrainingQualityTest {
    private static double mse(FloatMatrix rows, TrainingSettings settings, InitMode mode) {
        return Trainings.train(rows, settings, Trainings.start(rows, settings, mode))
                .statistics()
                .meanError();
    }

    /** The margin is stated in the name of what is promised: 5 % under Lloyd's error after as many passes. */
    @ParameterizedTest
    @ValueSource(ints = {64, 256})
    void beatsTwentyLloydPassesFromTheSameStart(int k) {
        for (int seed = 0; seed < 4; seed++) {
            FloatMatrix rows = TestRows.swissRoll(8000, seed);
            TrainingSettings nsvq = TrainingSettings.builder(k)
                    .dimension(rows.columns())
                    .rows(rows.rows())
                    .seed(seed)
                    .tol(0)
                    .build();
            TrainingSettings lloyd = nsvq.toBuilder()
                    .updater(Updater.LLOYD)
                    .reseeding(Reseeding.NONE)
                    .build();
            FloatMatrix start = Trainings.start(rows, nsvq, InitMode.RANDOM);
            double byNsvq = Trainings.train(rows, nsvq, start).statistics().meanError();
            double theirs = Trainings.train(rows, lloyd, start).statistics().meanError();
            assertTrue(byNsvq < 0.95 * theirs, "seed " + seed + ": " + byNsvq + ", Lloyd " + theirs);
        }
    }

    @Test
    void endsNearTheGoodStartFromThePapersBadOne() {
        double good = 0;
        double noisy = 0;
        for (int seed = 0; seed < 5; seed++) {
            FloatMatrix rows = TestRows.swissRoll(6000, 10 + seed);
            TrainingSettings settings = TrainingSettings.builder(128).seed(seed).build();
            good += mse(rows, settings, InitMode.RANDOM);
            noisy += mse(rows, settings, InitMode.NOISY);
        }
        assertTrue(noisy < 1.02 * good, "five seeds together: " + noisy + ", from rows " + good);
    }

    @ParameterizedTest
    @EnumSource
    void isNoWorseFromATrainedCodebook(Updater updater) {
        FloatMatrix rows = TestRows.gaussian(6000, 6, 41);
        TrainingSettings settings =
                TrainingSettings.builder(64).updater(updater).build();
        TrainingResult first = Trainings.train(rows, settings);
        double again = Trainings.train(rows, settings.toBuilder().seed(1).build(), first.codebook())
                .statistics()
                .meanError();
        double before = first.statistics().meanError();
        assertTrue(again <= 1.01 * before, again + " after " + before);
    }

    /** Large steps and replacement look for better places, and find worse ones too where clusters stand apart. */
    @ParameterizedTest
    @EnumSource
    void keepsWhatAWarmStartKnowsBySmallStepsAlone(Updater updater) {
        FloatMatrix rows = TestRows.clusters(3000, 4, 40, 1, 42);
        TrainingSettings settings =
                TrainingSettings.builder(32).updater(updater).build();
        TrainingResult first = Trainings.train(rows, settings);
        double before = first.statistics().meanError();
        TrainingSettings gentle = settings.toBuilder()
                .learningRate(0.01, 0.01)
                .reseeding(Reseeding.NONE)
                .build();
        for (int seed = 1; seed < 4; seed++) {
            double again = Trainings.train(rows, gentle.toBuilder().seed(seed).build(), first.codebook())
                    .statistics()
                    .meanError();
            assertTrue(again <= 1.002 * before, again + " after " + before);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NSVQ", "SGD", "EMA", "MINIBATCH", "STE"})
    void losesLittleByLocalSteps(Updater updater) {
        double exact = 0;
        double local = 0;
        for (int seed = 0; seed < 8; seed++) {
            FloatMatrix rows = TestRows.clusters(8000, 6, 400, 1, 50 + seed);
            TrainingSettings settings = TrainingSettings.builder(64)
                    .updater(updater)
                    .passes(20, TrainingSettings.AUTO)
                    .batches(0, 6)
                    .seed(seed)
                    .build();
            FloatMatrix start = Trainings.start(rows, settings, InitMode.PLUS_PLUS);
            exact += Trainings.train(rows, settings.toBuilder().batches(0, 1).build(), start)
                    .statistics()
                    .meanError();
            local += Trainings.trainInRanges(rows, 2, settings, start)
                    .statistics()
                    .meanError();
        }
        // the rate of mini-batch k-means falls with every row seen, so that what a part learns alone stays longer
        double loss = updater == Updater.MINIBATCH ? 1.02 : 1.01;
        assertTrue(local < loss * exact, "eight seeds together: " + local + ", exact " + exact);
    }

    @Test
    void takesWeightedRowsForDuplicatedOnes() {
        FloatMatrix rows = TestRows.swissRoll(8000, 61);
        float[] weights = new float[8000];
        List<float[]> duplicated = new ArrayList<>();
        for (int i = 0; i < 8000; i++) {
            // the halves of the spiral count differently
            weights[i] = rows.get(i, 0) > 0 ? 4 : 1;
            for (int copy = 0; copy < weights[i]; copy++) {
                duplicated.add(rows.row(i));
            }
        }
        FloatMatrix start = TestRows.slice(rows, 0, 64);
        double weighted = 0;
        double plain = 0;
        double blind = 0;
        for (int seed = 0; seed < 5; seed++) {
            TrainingSettings settings = TrainingSettings.builder(64).seed(seed).build();
            FloatMatrix all = FloatMatrix.of(duplicated.toArray(new float[0][]));
            TrainingResult result = Trainings.train(rows, weights, 2, settings, start);
            weighted += result.statistics().meanError();
            assertEquals(
                    result.statistics().meanError(),
                    Trainings.evaluate(all, result.codebook()).meanError(),
                    1e-6);
            plain += Trainings.train(all, settings, start).statistics().meanError();
            FloatMatrix unweighted = Trainings.train(rows, settings, start).codebook();
            blind += Trainings.evaluate(all, unweighted).meanError();
        }
        assertEquals(plain, weighted, 0.02 * plain, "five seeds together");
        assertTrue(blind > 1.05 * plain, "weights matter here: " + blind + ", with weights " + plain);
    }

    @ParameterizedTest
    @EnumSource
    void comesNearTheBestOnClustersThatStandApart(Updater updater) {
        FloatMatrix rows = TestRows.clusters(3200, 6, 32, 0.05, 71);
        TrainingSettings settings = TrainingSettings.builder(32)
                .updater(updater)
                .reseeding(Reseeding.ERROR)
                .passes(20, 4)
                .build();
        // one codeword to a cluster leaves the clusters' own variance
        double best = 6 * 0.05 * 0.05;
        assertTrue(mse(rows, settings, InitMode.PLUS_PLUS) < 1.05 * best);
    }

    @ParameterizedTest
    @EnumSource(names = {"NSVQ", "SGD", "EMA", "MINIBATCH"})
    void replacesItsWayOutOfABadStart(Updater updater) {
        FloatMatrix rows = TestRows.clusters(3200, 6, 32, 0.05, 72);
        // the start knows 4 of 32 clusters: Lloyd alone never leaves them
        float[][] rowsOfFour = new float[32][];
        for (int k = 0; k < 32; k++) {
            rowsOfFour[k] = rows.row(k % 4 + 32 * k);
        }
        FloatMatrix start = FloatMatrix.of(rowsOfFour);
        TrainingSettings settings =
                TrainingSettings.builder(32).updater(updater).build();
        double stuck = Trainings.train(
                        rows,
                        settings.toBuilder()
                                .updater(Updater.LLOYD)
                                .reseeding(Reseeding.NONE)
                                .build(),
                        start)
                .statistics()
                .meanError();
        double moved = Trainings.train(rows, settings, start).statistics().meanError();
        assertTrue(moved < 0.1 * stuck, moved + ", stuck at " + stuck);
    }
}
