package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Data that breaks careless trainings, for parts and levels. Whatever it is, training ends and every number is one.
 */
class SeveralDegenerateTest {
    private static final List<InitMode> MODES = List.of(InitMode.RANDOM, InitMode.PLUS_PLUS, InitMode.NOISY);
    private static final int K = 16;

    /** With exact passes and replacement, which ste has only where they are asked for. */
    private static TrainingSettings settings(Updater updater) {
        return TrainingSettings.builder(K)
                .updater(updater)
                .reseeding(Reseeding.ERROR)
                .passes(6, 2)
                .build();
    }

    private static TrainingResult train(
            FloatMatrix rows, Assignment assignment, TrainingSettings settings, InitMode mode) {
        FloatMatrix start = Trainings.start(rows, assignment, settings, mode);
        TrainingResult result = assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> Trainings.train(rows, null, 2, assignment, settings, start),
                "training does not end");
        for (float value : result.codebook().values()) {
            assertTrue(Float.isFinite(value), "codeword with " + value);
        }
        for (PassRecord record : result.history()) {
            assertTrue(Double.isFinite(record.mse()) && Double.isFinite(record.learningRate()), "" + record);
        }
        assertEquals(rows.rows(), assignment.weight(result.statistics()), 1e-6);
        return result;
    }

    private static List<Assignment> assignments(int dimension) {
        return List.of(
                new ProductAssignment(dimension, 2, K),
                new ProductAssignment(dimension, dimension, K),
                new ResidualAssignment(CodebookLayout.uniform(3, K, dimension)));
    }

    @ParameterizedTest
    @EnumSource
    void reconstructsAsManyDistinctRowsAsThereAreCodewords(Updater updater) {
        Random random = new Random(8);
        for (int distinct : new int[] {1, 2, K - 1, K}) {
            float[][] rows = new float[distinct][4];
            for (float[] row : rows) {
                for (int j = 0; j < 4; j++) {
                    row[j] = (float) (100 + random.nextGaussian());
                }
            }
            FloatMatrix repeated = TestRows.repeated(Math.max(distinct * 7, 100), rows);
            for (InitMode mode : MODES) {
                for (Assignment assignment : assignments(4)) {
                    TrainingResult result = train(repeated, assignment, settings(updater), mode);
                    String what = distinct + " distinct rows from " + mode + ", " + assignment;
                    assertEquals(0, assignment.meanError(result.statistics()), 1e-9, what);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void trainsOnFewerRowsThanCodewords(Updater updater) {
        for (int rows : new int[] {1, 3}) {
            FloatMatrix few = TestRows.gaussian(rows, 4, 2);
            for (Assignment assignment : assignments(4)) {
                TrainingResult result = train(few, assignment, settings(updater), InitMode.RANDOM);
                assertEquals(0, assignment.meanError(result.statistics()), 1e-12, rows + " rows, " + assignment);
            }
        }
    }

    @Test
    void trainsOnASingleDimension() {
        FloatMatrix rows = TestRows.gaussian(800, 1, 3);
        for (Assignment assignment :
                List.of(new ProductAssignment(1, 1, K), new ResidualAssignment(CodebookLayout.uniform(2, K, 1)))) {
            TrainingResult result = train(rows, assignment, settings(Updater.NSVQ), InitMode.RANDOM);
            assertTrue(assignment.meanError(result.statistics()) < 0.02, "" + assignment);
        }
    }

    @ParameterizedTest
    @EnumSource
    void trainsOnRowsThatAreAllEqual(Updater updater) {
        FloatMatrix rows = TestRows.repeated(300, new float[] {3, -4, 0, 7});
        for (Assignment assignment : assignments(4)) {
            for (InitMode mode : MODES) {
                TrainingResult result = train(rows, assignment, settings(updater), mode);
                assertEquals(0, assignment.error(result.statistics()), 1e-9, mode + ", " + assignment);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void keepsConstantDimensions(Updater updater) {
        FloatMatrix rows = TestRows.gaussian(1000, 4, 10);
        for (int i = 0; i < 1000; i++) {
            rows.values()[4 * i + 1] = 0.3f;
            rows.values()[4 * i + 2] = 5;
            rows.values()[4 * i + 3] = 5;
        }
        ProductAssignment parts = new ProductAssignment(4, 2, K);
        TrainingResult result = train(rows, parts, settings(updater), InitMode.RANDOM);
        for (int k = 0; k < K; k++) {
            assertEquals(0.3f, result.codebook().get(k, 1), 1e-6, "codeword " + k);
        }
        CodebookStatistics constant = parts.layout().part(result.statistics(), 1);
        assertEquals(0, constant.error(), 1e-9, "the part that is constant");
        assertEquals(1000, constant.weight(), 1e-9);
    }

    /**
     * Each part on its own scale: as if each were trained alone. The smallest still has squares that float32 holds.
     */
    @ParameterizedTest
    @EnumSource
    void takesPartsOfAnyScale(Updater updater) {
        FloatMatrix rows = TestRows.gaussian(1500, 6, 11);
        FloatMatrix scaled = TestRows.scaled(rows, 1);
        double[] scales = {1e-15, 1, 1e15};
        for (int i = 0; i < scaled.values().length; i++) {
            scaled.values()[i] *= (float) scales[i % 6 / 2];
        }
        ProductAssignment parts = new ProductAssignment(6, 3, K);
        TrainingResult plain = train(rows, parts, settings(updater), InitMode.RANDOM);
        TrainingResult result = train(scaled, parts, settings(updater), InitMode.RANDOM);
        for (int m = 0; m < 3; m++) {
            CodebookStatistics part = parts.layout().part(result.statistics(), m);
            double expected = parts.layout().part(plain.statistics(), m).meanError();
            assertEquals(expected, part.meanError() / scales[m] / scales[m], 0.1 * expected, "part " + m);
            assertEquals(0, part.dead(), "part " + m);
        }
    }

    /** Squares of 1e-20 are no float32 any more: the error is what it is, but all goes on. */
    @ParameterizedTest
    @EnumSource
    void endsOnRowsWhoseSquaresVanish(Updater updater) {
        FloatMatrix rows = TestRows.gaussian(500, 4, 1e-20, 0, 12);
        for (Assignment assignment : assignments(4)) {
            TrainingResult result = train(rows, assignment, settings(updater), InitMode.RANDOM);
            for (float value : result.codebook().values()) {
                assertTrue(Math.abs(value) < 1e-18, assignment + " has a codeword with " + value);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void takesLevelsOfAnyScale(Updater updater) {
        FloatMatrix rows = TestRows.gaussian(1500, 4, 13);
        ResidualAssignment levels = new ResidualAssignment(CodebookLayout.uniform(3, K, 4));
        double expected = levels.meanError(
                train(rows, levels, settings(updater), InitMode.RANDOM).statistics());
        for (double scale : new double[] {1e-12, 1e15}) {
            TrainingResult result = train(TestRows.scaled(rows, scale), levels, settings(updater), InitMode.RANDOM);
            double error = levels.meanError(result.statistics()) / scale / scale;
            assertEquals(expected, error, 0.1 * expected, "scale " + scale);
        }
    }

    /** The paper's own replacement and none at all do not promise it. */
    @ParameterizedTest
    @EnumSource
    void repairsDeadCodewords(Updater updater) {
        FloatMatrix rows = TestRows.clusters(800, 4, 6, 0.3, 14);
        for (Assignment assignment : assignments(4)) {
            TrainingSettings settings = settings(updater);
            FloatMatrix start = Trainings.start(rows, assignment, settings, InitMode.RANDOM);
            // all of the last codebook but one codeword are far from everything
            int last = assignment.layout().start(assignment.layout().codebooks() - 1);
            Arrays.fill(start.values(), (last + 1) * assignment.layout().dimension(), start.values().length, 1e6f);
            assertTrue(Trainings.evaluate(rows, assignment, start).dead() >= K - 1);
            TrainingResult result = Trainings.train(rows, null, 2, assignment, settings, start);
            assertEquals(0, result.statistics().dead(), "" + assignment);
        }
    }

    @Test
    void leavesDeadCodewordsWhereTheyAreIfAskedTo() {
        FloatMatrix rows = TestRows.gaussian(400, 4, 15);
        ProductAssignment parts = new ProductAssignment(4, 2, K);
        TrainingSettings settings =
                settings(Updater.LLOYD).toBuilder().reseeding(Reseeding.NONE).build();
        FloatMatrix start = Trainings.start(rows, parts, settings, InitMode.RANDOM);
        Arrays.fill(start.values(), 2 * (K + 3), 2 * (K + 4), 1e6f);
        TrainingResult result = Trainings.train(rows, null, 2, parts, settings, start);
        assertEquals(1, result.statistics().dead());
        assertArrayEquals(new float[] {1e6f, 1e6f}, result.codebook().row(K + 3));
    }
}
