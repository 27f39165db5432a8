package io.github.sparknsvq.core.training.curve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.CheckpointMemory;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Trainings;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CurveTrainingTest {

    private static CurveResult train(FloatMatrix rows, TrainingSettings settings) {
        return train(rows, null, 2, settings, TrainingCheckpoint.NONE);
    }

    private static CurveResult train(
            FloatMatrix rows,
            float[] weights,
            int partitions,
            TrainingSettings settings,
            TrainingCheckpoint checkpoint) {
        try (var source = new LocalStatisticsSource(rows, weights, partitions)) {
            return CurveTraining.train(source, settings, TrainingListener.NONE, checkpoint);
        }
    }

    private static TrainingSettings settings(int corners, int passes) {
        return CurveTraining.settings(corners)
                .passes(passes, TrainingSettings.AUTO)
                .seed(3)
                .build();
    }

    private static double distance(FloatMatrix corners, int a, int b) {
        double sum = 0;
        for (int j = 0; j < corners.columns(); j++) {
            sum += Math.pow(corners.get(a, j) - corners.get(b, j), 2);
        }
        return Math.sqrt(sum);
    }

    @Test
    void neighborsOnTheLineAreNeighborsInSpaceAndTheLineIsNearerThanCodewords() {
        FloatMatrix rows = TestRows.gaussian(8000, 2, 1);
        CurveResult curve = train(rows, CurveTraining.settings(64).build());
        double adjacent = 0;
        double pairs = 0;
        for (int a = 0; a < 64; a++) {
            adjacent += a > 0 ? distance(curve.corners(), a - 1, a) / 63 : 0;
            for (int b = 0; b < a; b++) {
                pairs += distance(curve.corners(), a, b) / (64 * 63 / 2.0);
            }
        }
        assertTrue(adjacent <= pairs / 3, adjacent + " between neighbors, " + pairs + " between any");
        TrainingSettings codebook = TrainingSettings.of(64);
        double codewords = Trainings.train(rows, codebook, Trainings.start(rows, codebook, InitMode.PLUS_PLUS))
                .statistics()
                .meanError();
        double line = curve.statistics().meanError();
        assertTrue(line < 0.6 * codewords, line + " on the line, " + codewords + " by codewords");
        assertEquals(0, curve.statistics().dead());
    }

    @Test
    void partitionsDoNotShow() {
        FloatMatrix rows = TestRows.gaussian(1500, 3, 2);
        float[] weights = new float[1500];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 1 + i % 3;
        }
        CurveResult one = train(rows, weights, 1, settings(32, 3), TrainingCheckpoint.NONE);
        for (int partitions : new int[] {2, 7}) {
            CurveResult other = train(rows, weights, partitions, settings(32, 3), TrainingCheckpoint.NONE);
            assertArrayEquals(one.corners().values(), other.corners().values(), 1e-5f);
            assertEquals(3000, other.statistics().weight());
        }
    }

    @Test
    void anotherSeedGivesAnotherCurve() {
        FloatMatrix rows = TestRows.gaussian(500, 3, 2);
        TrainingSettings other = settings(8, 2).toBuilder().seed(4).build();
        float[] first = train(rows, settings(8, 2)).corners().values();
        assertArrayEquals(first, train(rows, settings(8, 2)).corners().values());
        assertTrue(!Arrays.equals(first, train(rows, other).corners().values()));
    }

    @Test
    void goesOnAfterARestart() {
        FloatMatrix rows = TestRows.gaussian(800, 4, 5);
        CheckpointMemory whole = new CheckpointMemory(null);
        CurveResult expected = train(rows, null, 2, settings(32, 3), whole);
        assertEquals(13, whole.saved.size()); // three passes with 4, 8, 16 and 32 corners, and an exact one
        for (int after : new int[] {0, 2, 3, 8, 11, 12}) {
            TrainingCheckpoint.State state = whole.saved.get(after);
            assertEquals(32 * 4, state.codewords().length);
            assertEquals(after + 1, state.passes());
            CheckpointMemory rest = new CheckpointMemory(state);
            CurveResult resumed = train(rows, null, 2, settings(32, 3), rest);
            assertArrayEquals(expected.corners().values(), resumed.corners().values());
            assertArrayEquals(
                    expected.statistics().counts(), resumed.statistics().counts());
            assertEquals(12 - after, rest.saved.size());
        }
    }

    @Test
    void tellsOfItsPasses() {
        FloatMatrix rows = TestRows.gaussian(1000, 2, 5);
        TrainingSettings asked = settings(16, 4);
        List<TrainingListener.Progress> told = new ArrayList<>();
        CurveResult curve;
        try (var source = new LocalStatisticsSource(rows, null, 2)) {
            curve = CurveTraining.train(source, asked, told::add, TrainingCheckpoint.NONE);
        }
        List<PassRecord> history = curve.history();
        assertEquals(13, CurveTraining.passes(asked));
        assertEquals(13, history.size());
        assertEquals(12 * 13, told.size());
        assertEquals(1, told.get(told.size() - 1).done());
        assertEquals(13, told.get(0).maxIter());
        for (int pass = 0; pass < 13; pass++) {
            assertEquals(pass + 1, history.get(pass).iteration());
            assertEquals(pass < 12 ? "curve" : "projection", history.get(pass).phase());
        }
        assertTrue(history.get(3).mse() > history.get(7).mse()
                && history.get(7).mse() > history.get(11).mse());
        assertTrue(history.get(3).learningRate() < 0.3 * history.get(0).learningRate());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void exactPassesLowerTheErrorByALongerLine(int exact) {
        FloatMatrix rows = TestRows.gaussian(3000, 2, 6);
        CurveResult none = train(rows, CurveTraining.settings(32).passes(5, 0).build());
        CurveResult some =
                train(rows, CurveTraining.settings(32).passes(5, exact).build());
        assertEquals(20 + exact, some.history().size());
        if (exact > 0) {
            assertTrue(some.statistics().meanError() < none.statistics().meanError());
            assertTrue(length(some) > length(none));
        } else {
            assertArrayEquals(none.corners().values(), some.corners().values());
        }
    }

    private static double length(CurveResult curve) {
        return new SpaceFillingCurve(curve.corners()).length();
    }

    /** The rate is in units of the data. */
    @Test
    void theScaleOfTheDataDoesNotMatter() {
        FloatMatrix rows = TestRows.gaussian(600, 3, 7);
        float[] plain = train(rows, settings(16, 3)).corners().values();
        for (double scale : new double[] {0x1p-50, 0x1p50}) {
            float[] scaled = train(TestRows.scaled(rows, scale), settings(16, 3))
                    .corners()
                    .values();
            for (int i = 0; i < plain.length; i++) {
                assertEquals(plain[i], scaled[i] / scale, 1e-3);
            }
        }
    }

    /** A row of weight 3 is as three rows. */
    @Test
    void weightsCount() {
        FloatMatrix rows = TestRows.gaussian(300, 2, 8);
        float[] weights = new float[300];
        Arrays.fill(weights, 1);
        for (int i = 0; i < 300; i++) {
            weights[i] = rows.get(i, 0) > 1 ? 50 : 1;
        }
        CurveResult plain = train(rows, settings(8, 5));
        CurveResult weighted = train(rows, weights, 2, settings(8, 5), TrainingCheckpoint.NONE);
        assertTrue(above(weighted.corners()) > above(plain.corners()) + 2);
    }

    private static int above(FloatMatrix corners) {
        int above = 0;
        for (int k = 0; k < corners.rows(); k++) {
            above += corners.get(k, 0) > 1 ? 1 : 0;
        }
        return above;
    }

    /** Twins on the old line: corners come back, and the ends stay. */
    @Test
    void doublingKeepsTheLine() {
        float[] corners = TestRows.gaussian(6, 3, 9).values();
        float[] twice = CurveTraining.doubled(corners, 3);
        assertEquals(2 * corners.length, twice.length);
        assertArrayEquals(Arrays.copyOf(corners, 3), Arrays.copyOf(twice, 3));
        assertArrayEquals(Arrays.copyOfRange(corners, 15, 18), Arrays.copyOfRange(twice, 33, 36));
        for (int i = 0; i < 6; i++) {
            for (int j = 0; j < 3; j++) {
                boolean lower = i < 3;
                float here = corners[i * 3 + j];
                float other = corners[(lower ? i + 1 : i - 1) * 3 + j];
                assertEquals(here, twice[(2 * i + (lower ? 0 : 1)) * 3 + j], 1e-6f);
                assertEquals(0.99f * here + 0.01f * other, twice[(2 * i + (lower ? 1 : 0)) * 3 + j], 1e-6f);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-4, 0, 1, 2, 3, 5, 6, 12, 100})
    void refusesNumbersThatAreNoPowerOfTwoFromFourOn(int corners) {
        NsvqException e = assertThrows(NsvqException.class, () -> CurveTraining.checkCorners(corners));
        assertEquals(
                "a space-filling curve is trained by doubling from 4 corners: k = " + corners
                        + " must be a power of two, at least 4",
                e.getMessage());
    }

    @Test
    void refusesToTrainOnNothing() {
        FloatMatrix none = new FloatMatrix(0, 2, new float[0]);
        NsvqException e = assertThrows(NsvqException.class, () -> train(none, settings(4, 1)));
        assertEquals("there are no rows to train on", e.getMessage());
    }

    @Test
    void refusesMoreCornersThanFitAnArray() {
        FloatMatrix rows = TestRows.gaussian(3, 300, 1);
        NsvqException e = assertThrows(NsvqException.class, () -> train(rows, settings(1 << 23, 1)));
        assertTrue(e.getMessage().contains("do not fit one array"), e.getMessage());
    }
}
