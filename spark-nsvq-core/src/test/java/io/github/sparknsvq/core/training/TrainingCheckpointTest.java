package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A training that is killed after any pass goes on from there to the identical result. */
class TrainingCheckpointTest {
    private static final FloatMatrix ROWS = TestRows.clusters(1000, 3, 20, 1, 31);
    private static final FloatMatrix START = TestRows.slice(ROWS, 0, 24);

    private static TrainingResult train(TrainingSettings settings, CheckpointMemory memory) {
        try (var source = new LocalStatisticsSource(ROWS, null, 2)) {
            return CodebookTrainer.train(source, settings, START, TrainingListener.NONE, memory);
        }
    }

    private static void resumesAfterEveryPass(TrainingSettings settings) {
        CheckpointMemory whole = new CheckpointMemory(null);
        TrainingResult expected = train(settings, whole);
        assertEquals(expected.history().size(), whole.saved.size(), "one state for every pass");
        for (TrainingCheckpoint.State state : whole.saved) {
            CheckpointMemory rest = new CheckpointMemory(state);
            TrainingResult resumed = train(settings, rest);
            String when = "after pass " + state.passes();
            assertArrayEquals(expected.codebook().values(), resumed.codebook().values(), when);
            assertArrayEquals(
                    expected.statistics().counts(), resumed.statistics().counts(), when);
            assertEquals(expected.history().size(), resumed.history().size(), when);
            for (int i = 0; i < expected.history().size(); i++) {
                assertEquals(
                        untimed(expected.history().get(i)),
                        untimed(resumed.history().get(i)),
                        when);
            }
            assertTrue(rest.saved.size() <= whole.saved.size() - state.history().size(), when + " twice");
        }
    }

    @ParameterizedTest
    @EnumSource
    void resumesToTheIdenticalResult(Updater updater) {
        TrainingSettings settings =
                TrainingSettings.builder(24).updater(updater).passes(10, 3).build();
        for (Reseeding reseeding : Reseeding.values()) {
            resumesAfterEveryPass(
                    settings.toBuilder().reseeding(reseeding).tol(0).build());
        }
    }

    @ParameterizedTest
    @EnumSource
    void resumesWhereItStoppedEarly(Updater updater) {
        TrainingSettings settings = TrainingSettings.builder(24)
                .updater(updater)
                .passes(30, 10)
                .tol(0.01)
                .build();
        resumesAfterEveryPass(settings);
        resumesAfterEveryPass(settings.toBuilder().learningRate(0.1, 0).build());
    }

    @Test
    void resumesLocalSteps() {
        TrainingSettings settings =
                TrainingSettings.builder(24).passes(10, 2).batches(50, 4).build();
        resumesAfterEveryPass(settings);
        resumesAfterEveryPass(settings.toBuilder().reseeding(Reseeding.PRESENCE).build());
    }

    @Test
    void resumesAThePapersWindowThatSpansPasses() {
        // few steps in many passes: most of the paper's windows are longer than a pass
        TrainingSettings settings =
                TrainingSettings.builder(24).passes(60, 1).batches(400, 1).build();
        resumesAfterEveryPass(settings.toBuilder().reseeding(Reseeding.PRESENCE).build());
    }

    @Test
    void resumesAtUnitLength() {
        resumesAfterEveryPass(
                TrainingSettings.builder(24).passes(8, 2).unitLength(true).build());
    }

    private static PassRecord untimed(PassRecord record) {
        return new PassRecord(
                record.iteration(), record.phase(), record.mse(), record.learningRate(), record.replaced(), 0);
    }
}
