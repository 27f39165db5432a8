package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** A training that is killed after any pass goes on from there to the identical result. */
class TrainingCheckpointTest {
    static final List<String> UPDATERS = TrainingSettings.UPDATERS;
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
                        expected.history().get(i).taking(0),
                        resumed.history().get(i).taking(0),
                        when);
            }
            assertTrue(
                    rest.saved.size() <= whole.saved.size() - state.history().size(), when + " nothing is done twice");
        }
    }

    @ParameterizedTest
    @FieldSource("UPDATERS")
    void resumesToTheIdenticalResult(String updater) {
        TrainingSettings settings = TrainingSettings.of(24).withUpdater(updater).withPasses(10, 3);
        for (String reseeding : TrainingSettings.RESEEDINGS) {
            resumesAfterEveryPass(settings.withReseeding(reseeding).withTol(0));
        }
    }

    @ParameterizedTest
    @FieldSource("UPDATERS")
    void resumesWhereItStoppedEarly(String updater) {
        TrainingSettings settings =
                TrainingSettings.of(24).withUpdater(updater).withPasses(30, 10).withTol(0.01);
        resumesAfterEveryPass(settings);
        resumesAfterEveryPass(settings.withLearningRate(0.1, 0));
    }

    @Test
    void resumesLocalSteps() {
        TrainingSettings settings = TrainingSettings.of(24).withPasses(10, 2).withBatches(50, 4);
        resumesAfterEveryPass(settings);
        resumesAfterEveryPass(settings.withReseeding("presence"));
    }

    @Test
    void resumesAThePapersWindowThatSpansPasses() {
        // few steps in many passes: most of the paper's windows are longer than a pass
        TrainingSettings settings = TrainingSettings.of(24).withPasses(60, 1).withBatches(400, 1);
        resumesAfterEveryPass(settings.withReseeding("presence"));
    }

    @Test
    void resumesAtUnitLength() {
        resumesAfterEveryPass(TrainingSettings.of(24).withPasses(8, 2).withUnitLength(true));
    }
}
