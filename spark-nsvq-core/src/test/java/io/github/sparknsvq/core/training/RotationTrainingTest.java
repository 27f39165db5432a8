package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.assign.RotatedAssignment;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rotations that are found on data whose good axes are hidden. */
class RotationTrainingTest {
    private static final int D = 8;
    private static final ProductAssignment PARTS = new ProductAssignment(D, 4, 16);
    private static final TrainingSettings SETTINGS =
            TrainingSettings.builder(16).seed(5).passes(12, 0).build();

    /** Independent coordinates of very different spread, then mixed. */
    private static FloatMatrix correlated(int n, long seed) {
        FloatMatrix rows = TestRows.gaussian(n, D, seed);
        for (int i = 0; i < rows.values().length; i++) {
            rows.values()[i] *= (float) Math.pow(0.6, i % D);
        }
        Rotation.random(D, 77).apply(rows.values(), 0, n, rows.values(), 0);
        return rows;
    }

    private static FloatMatrix start(FloatMatrix rows) {
        return Trainings.start(rows, PARTS, SETTINGS, InitMode.RANDOM);
    }

    private static RotationTraining.Result train(
            FloatMatrix rows, int partitions, TrainingSettings settings, TrainingCheckpoint checkpoint) {
        try (var source = new LocalStatisticsSource(rows, null, partitions)) {
            return RotationTraining.train(source, PARTS, settings, start(rows), TrainingListener.NONE, checkpoint);
        }
    }

    private static double error(FloatMatrix rows, RotationTraining.Result result) {
        RotatedAssignment assignment = new RotatedAssignment(result.rotation(), PARTS);
        return assignment.meanError(Trainings.evaluate(rows, assignment, result.codewords()));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theErrorFallsAndNeverRisesTwice(long seed) {
        FloatMatrix rows = correlated(2000, seed);
        RotationTraining.Result result = train(rows, 2, SETTINGS, TrainingCheckpoint.NONE);
        assertEquals(12, result.history().size());
        double before = PARTS.meanError(Trainings.evaluate(rows, PARTS, start(rows)));
        assertEquals(before, result.history().get(0).mse(), 1e-6 * before, "it starts from the rows as they are");
        boolean rose = false;
        for (PassRecord record : result.history()) {
            assertEquals("rotation", record.phase());
            boolean rises = record.mse() > before * (1 + 1e-6);
            assertFalse(rises && rose, "pass " + record.iteration() + " after one that went too far");
            rose = rises;
            before = record.mse();
        }
        assertTrue(error(rows, result) <= before * (1 + 1e-6), "the last pass goes no farther than it sees");
        assertTrue(before < 0.9 * result.history().get(0).mse());
    }

    @Test
    void partsOfTurnedRowsLeaveLess() {
        FloatMatrix rows = correlated(3000, 4);
        TrainingSettings lloyd =
                SETTINGS.toBuilder().updater(Updater.LLOYD).passes(12, 12).build();
        double plain = PARTS.meanError(
                Trainings.train(rows, null, 2, PARTS, lloyd, start(rows)).statistics());
        double turned = error(rows, train(rows, 2, SETTINGS, TrainingCheckpoint.NONE));
        assertTrue(turned < 0.9 * plain, turned + " after a rotation, " + plain + " without");
    }

    /** In turns alone: a last pass extrapolates nothing, and a checkpoint of before that came has nothing to. */
    private static RotationTraining.Result inTurns(FloatMatrix rows, int passes) {
        RotationTraining.Result result = null;
        TrainingCheckpoint.State state = null;
        for (int pass = 1; pass <= passes; pass++) {
            CheckpointMemory memory = new CheckpointMemory(state);
            result = train(rows, 2, SETTINGS.toBuilder().passes(pass, 0).build(), memory);
            TrainingCheckpoint.State saved = memory.saved.get(0);
            float[][] matrix = {saved.rule()[0]};
            state = new TrainingCheckpoint.State(pass, false, saved.codewords(), matrix, saved.history());
        }
        return result;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void extrapolatedPassesLeaveLess(long seed) {
        FloatMatrix rows = correlated(2000, seed);
        double plain = error(rows, inTurns(rows, 12));
        double found = error(rows, train(rows, 2, SETTINGS, TrainingCheckpoint.NONE));
        assertTrue(found < 0.97 * plain, found + " where turns alone leave " + plain);
    }

    @Test
    void theRotationIsOrthonormal() {
        Rotation rotation =
                train(correlated(500, 6), 2, SETTINGS, TrainingCheckpoint.NONE).rotation();
        FloatMatrix matrix = rotation.matrix();
        for (int i = 0; i < D; i++) {
            for (int k = 0; k < D; k++) {
                double product = 0;
                for (int j = 0; j < D; j++) {
                    product += (double) matrix.get(i, j) * matrix.get(k, j);
                }
                assertEquals(i == k ? 1 : 0, product, 1e-5);
            }
        }
    }

    @Test
    void partitionsDoNotShow() {
        FloatMatrix rows = correlated(800, 7);
        RotationTraining.Result expected = train(rows, 1, SETTINGS, TrainingCheckpoint.NONE);
        for (int partitions : new int[] {2, 7}) {
            RotationTraining.Result result = train(rows, partitions, SETTINGS, TrainingCheckpoint.NONE);
            assertArrayEquals(
                    expected.rotation().matrix().values(),
                    result.rotation().matrix().values(),
                    1e-4f);
            assertArrayEquals(expected.codewords().values(), result.codewords().values(), 1e-4f);
        }
    }

    @Test
    void leavesItsStartAloneAndTellsHowFarItIs() {
        FloatMatrix rows = correlated(300, 8);
        FloatMatrix start = start(rows);
        float[] before = start.values().clone();
        List<TrainingListener.Progress> heard = new ArrayList<>();
        try (var source = new LocalStatisticsSource(rows, null, 2)) {
            RotationTraining.train(source, PARTS, SETTINGS, start, heard::add, TrainingCheckpoint.NONE);
        }
        assertArrayEquals(before, start.values());
        assertEquals(12, heard.size());
        assertEquals(1, heard.get(11).done(), 1e-12);
    }

    /** Chunks of the kernel are smaller than a partition: the sums must still be of the rows that chose. */
    @Test
    void sumsUpTheRowsThatChose() {
        FloatMatrix rows = correlated(2500, 9);
        TrainingSettings once = SETTINGS.toBuilder().passes(1, 0).build();
        RotationTraining.Result result = train(rows, 1, once, TrainingCheckpoint.NONE);
        FloatMatrix turned = new FloatMatrix(2500, D, new float[2500 * D]);
        result.rotation().apply(rows.values(), 0, 2500, turned.values(), 0);
        FloatMatrix start = start(rows);
        for (int m = 0; m < 4; m++) {
            FloatMatrix part = SlowLevels.part(rows, m, 4);
            FloatMatrix turnedPart = SlowLevels.part(turned, m, 4);
            FloatMatrix codebook = PARTS.layout().codebook(start.values(), m);
            double[][] sums = new double[16][3];
            for (int i = 0; i < 2500; i++) {
                int k = SlowKMeans.nearest(part, i, codebook);
                sums[k][0] += turnedPart.get(i, 0);
                sums[k][1] += turnedPart.get(i, 1);
                sums[k][2]++;
            }
            for (int k = 0; k < 16; k++) {
                assertTrue(sums[k][2] > 0);
                for (int j = 0; j < 2; j++) {
                    assertEquals(
                            sums[k][j] / sums[k][2],
                            result.codewords().get(PARTS.layout().start(m) + k, j),
                            1e-5);
                }
            }
        }
    }

    @Test
    void goesOnAfterAnyPassToTheIdenticalResult() {
        FloatMatrix rows = correlated(600, 10);
        CheckpointMemory whole = new CheckpointMemory(null);
        RotationTraining.Result expected = train(rows, 2, SETTINGS, whole);
        assertEquals(12, whole.saved.size());
        for (TrainingCheckpoint.State state : whole.saved) {
            CheckpointMemory rest = new CheckpointMemory(state);
            RotationTraining.Result resumed = train(rows, 2, SETTINGS, rest);
            String when = "after pass " + state.passes();
            assertEquals(12 - state.passes(), rest.saved.size(), when);
            assertArrayEquals(
                    expected.rotation().matrix().values(),
                    resumed.rotation().matrix().values(),
                    when);
            assertArrayEquals(expected.codewords().values(), resumed.codewords().values(), when);
            assertEquals(12, resumed.history().size(), when);
        }
    }

    @Test
    void rowsThatAreAllEqualHaveNoAxes() {
        FloatMatrix rows = TestRows.repeated(100, new float[] {1, 2, 3, 4, 5, 6, 7, 8});
        assertEquals(0, error(rows, train(rows, 2, SETTINGS, TrainingCheckpoint.NONE)), 1e-8);
        FloatMatrix zeros = TestRows.repeated(100, new float[D]);
        assertEquals(0, error(zeros, train(zeros, 2, SETTINGS, TrainingCheckpoint.NONE)), 0);
    }
}
