package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.update.NsvqRule;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where trainings of several codebooks start, and how NSVQ's rule steps in each of them. */
class SeveralStartsTest {
    private static final FloatMatrix ROWS = TestRows.clusters(400, 4, 10, 1, 21);
    private static final ProductAssignment PARTS = new ProductAssignment(4, 2, 8);
    private static final ResidualAssignment LEVELS = new ResidualAssignment(new CodebookLayout(4, 8, 4, 8));
    private static final TrainingSettings SETTINGS =
            TrainingSettings.builder(8).seed(9).build();

    private static boolean holds(FloatMatrix matrix, float[] row) {
        return IntStream.range(0, matrix.rows()).anyMatch(i -> Arrays.equals(matrix.row(i), row));
    }

    @Test
    void partsStartFromPartsOfRows() {
        for (InitMode mode : List.of(InitMode.RANDOM, InitMode.PLUS_PLUS)) {
            FloatMatrix start = Trainings.start(ROWS, PARTS, SETTINGS, mode);
            for (int k = 0; k < 16; k++) {
                assertTrue(holds(SlowLevels.part(ROWS, k / 8, 2), start.row(k)), mode + ", codeword " + k);
            }
        }
    }

    @Test
    void levelsStartFromWhatTheLevelsBeforeLeave() {
        FloatMatrix start = Trainings.start(ROWS, LEVELS, SETTINGS, InitMode.RANDOM);
        FloatMatrix left = ROWS;
        for (FloatMatrix level : LEVELS.layout().codebooks(start.values())) {
            for (int k = 0; k < level.rows(); k++) {
                assertTrue(holds(left, level.row(k)), "codeword " + k);
            }
            left = SlowLevels.residuals(left, level);
        }
        assertEquals(20, LEVELS.rowsToStartFrom(), "a row of its own for each codeword of all levels");
        CodebookStatistics seen = Trainings.evaluate(ROWS, LEVELS, start);
        assertTrue(LEVELS.meanError(seen) < 0.8 * seen.range(0, 8).meanError(), "later levels lower the error");
    }

    @Test
    void startsFollowFromTheSeedAlone() {
        for (Assignment assignment : List.of(PARTS, LEVELS)) {
            for (InitMode mode : List.of(InitMode.RANDOM, InitMode.PLUS_PLUS, InitMode.NOISY)) {
                FloatMatrix expected = Trainings.start(ROWS, assignment, SETTINGS, mode);
                for (int partitions : new int[] {1, 7}) {
                    try (var source = new LocalStatisticsSource(ROWS, null, partitions)) {
                        assertArrayEquals(
                                expected.values(),
                                Initialization.initialize(source, assignment, SETTINGS, mode)
                                        .values());
                    }
                }
                float[] other = Trainings.start(
                                ROWS, assignment, SETTINGS.toBuilder().seed(10).build(), mode)
                        .values();
                assertTrue(!Arrays.equals(expected.values(), other), mode::label);
            }
        }
    }

    @Test
    void refusesModesForOneCodebook() {
        NsvqException e =
                assertThrows(NsvqException.class, () -> Trainings.start(ROWS, PARTS, SETTINGS, InitMode.PARALLEL));
        assertEquals("initMode 'k-means||' starts one codebook: use random or k-means++ for several", e.getMessage());
    }

    /** Each codebook in units of its own rms, as if it had a rule of its own. */
    @Test
    void nsvqStepsInEachCodebookAsInOneAlone() {
        int k = 4;
        int d = 2;
        CodebookLayout layout = CodebookLayout.uniform(3, k, d);
        float[] rms = {1, 2, 30, 0.5f, 1e-3f, 7};
        NsvqRule all = new NsvqRule(layout, rms);
        NsvqRule[] alone = new NsvqRule[3];
        for (int m = 0; m < 3; m++) {
            alone[m] = new NsvqRule(k, new float[] {rms[2 * m], rms[2 * m + 1]});
        }
        Random random = new Random(3);
        float[] codewords = new float[layout.total() * d];
        List<FloatMatrix> apart = layout.codebooks(codewords);
        for (int step = 0; step < 20; step++) {
            CodebookStatistics batch = new CodebookStatistics(layout.total(), d);
            for (int m = 0; m < 3; m++) {
                // each row chooses once in each codebook
                for (int row = 0; row < 50; row++) {
                    float[] target = {rms[2 * m] * (float) random.nextGaussian(), (float) random.nextGaussian()};
                    batch.add(layout.start(m) + random.nextInt(k), target, 0, 1, 1);
                }
            }
            if (step == 10) {
                all.forget(5);
                alone[1].forget(1);
            }
            all.update(codewords, batch, 0.1);
            for (int m = 0; m < 3; m++) {
                alone[m].update(apart.get(m).values(), layout.part(batch, m), 0.1);
                assertArrayEquals(
                        apart.get(m).values(), layout.codebook(codewords, m).values(), "step " + step + ", " + m);
            }
        }
    }
}
