package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.assign.RotatedAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codebooks that train in the same passes, beside slow trainings of one codebook after the other. */
class SeveralCodebooksTest {
    private static TrainingSettings lloyd(int passes) {
        return TrainingSettings.builder(8)
                .updater(Updater.LLOYD)
                .passes(passes, TrainingSettings.AUTO)
                .tol(0)
                .reseeding(Reseeding.NONE)
                .build();
    }

    @ParameterizedTest
    @CsvSource({"6, 3, 8", "6, 1, 8", "6, 6, 5", "1, 1, 8"})
    void partsTrainAsIfEachWereAlone(int dimension, int parts, int k) {
        FloatMatrix rows = TestRows.gaussian(500, dimension, 1);
        List<FloatMatrix> expected = new ArrayList<>();
        for (int m = 0; m < parts; m++) {
            expected.add(TestRows.slice(SlowLevels.part(rows, m, parts), 10 * m, 10 * m + k));
        }
        FloatMatrix start = SlowLevels.stacked(expected);
        ProductAssignment assignment = new ProductAssignment(dimension, parts, k);
        for (int passes = 1; passes <= 6; passes++) {
            double before = mse(rows, expected);
            for (int m = 0; m < parts; m++) {
                expected.set(m, SlowKMeans.step(SlowLevels.part(rows, m, parts), expected.get(m), false));
            }
            TrainingResult result = Trainings.train(rows, null, 3, assignment, lloyd(passes), start);
            assertArrayEquals(
                    SlowLevels.stacked(expected).values(), result.codebook().values(), 5e-6f);
            assertEquals(before, result.history().get(passes - 1).mse(), 1e-6 * before);
            double after = mse(rows, expected);
            assertEquals(after, assignment.meanError(result.statistics()), 1e-6 * after);
            assertEquals(500, assignment.weight(result.statistics()), 1e-9);
        }
    }

    private static double mse(FloatMatrix rows, List<FloatMatrix> codebooks) {
        double sum = 0;
        for (int m = 0; m < codebooks.size(); m++) {
            sum += SlowKMeans.mse(SlowLevels.part(rows, m, codebooks.size()), codebooks.get(m));
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({"4, 8, 8, 8", "3, 5, 16, 2", "1, 4, 1, 7"})
    void levelsTrainOnWhatTheOthersLeave(int dimension, int first, int second, int third) {
        FloatMatrix rows = TestRows.clusters(500, dimension, 9, 1, 2);
        ResidualAssignment assignment = new ResidualAssignment(new CodebookLayout(dimension, first, second, third));
        FloatMatrix start = Trainings.start(
                rows, assignment, TrainingSettings.builder(8).seed(3).build(), InitMode.RANDOM);
        List<FloatMatrix> expected = assignment.layout().codebooks(start.values());
        for (int passes = 1; passes <= 6; passes++) {
            double before = SlowLevels.mse(rows, expected);
            expected = SlowLevels.step(rows, expected);
            TrainingResult result = Trainings.train(rows, null, 3, assignment, lloyd(passes), start);
            assertArrayEquals(
                    SlowLevels.stacked(expected).values(), result.codebook().values(), 2e-5f);
            assertEquals(before, result.history().get(passes - 1).mse(), 1e-5 * before);
            double after = SlowLevels.mse(rows, expected);
            assertEquals(after, assignment.meanError(result.statistics()), 1e-5 * after);
            assertEquals(500, assignment.weight(result.statistics()), 1e-9);
        }
    }

    @ParameterizedTest
    @EnumSource
    void partitionsDoNotShow(Updater updater) {
        FloatMatrix rows = TestRows.clusters(1500, 4, 12, 1, 4);
        TrainingSettings settings =
                TrainingSettings.builder(16).updater(updater).passes(6, 2).build();
        for (Assignment assignment : List.of(
                new ProductAssignment(4, 2, 16),
                new ResidualAssignment(CodebookLayout.uniform(3, 16, 4)),
                new RotatedAssignment(Rotation.random(4, 5), new ProductAssignment(4, 2, 16)))) {
            FloatMatrix start = Trainings.start(rows, assignment, settings, InitMode.RANDOM);
            float[] expected = Trainings.train(rows, null, 1, assignment, settings, start)
                    .codebook()
                    .values();
            for (int partitions : new int[] {2, 7}) {
                assertArrayEquals(
                        expected,
                        Trainings.train(rows, null, partitions, assignment, settings, start)
                                .codebook()
                                .values(),
                        1e-4f,
                        assignment + " in " + partitions);
            }
        }
    }

    @Test
    void takesWeightedRowsForRepeatedOnes() {
        FloatMatrix rows = TestRows.gaussian(300, 4, 6);
        float[] weights = new float[300];
        List<float[]> repeated = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            weights[i] = 1 + i % 4;
            for (int copy = 0; copy < weights[i]; copy++) {
                repeated.add(rows.row(i));
            }
        }
        FloatMatrix all = FloatMatrix.of(repeated.toArray(new float[0][]));
        for (Assignment assignment :
                List.of(new ProductAssignment(4, 2, 8), new ResidualAssignment(CodebookLayout.uniform(2, 8, 4)))) {
            FloatMatrix start = Trainings.start(rows, assignment, lloyd(6), InitMode.RANDOM);
            TrainingResult expected = Trainings.train(all, null, 2, assignment, lloyd(6), start);
            TrainingResult weighted = Trainings.train(rows, weights, 3, assignment, lloyd(6), start);
            assertArrayEquals(expected.codebook().values(), weighted.codebook().values(), 2e-6f);
            assertArrayEquals(
                    expected.statistics().counts(), weighted.statistics().counts());
            assertEquals(all.rows(), assignment.weight(weighted.statistics()), 1e-9);
            double error = assignment.meanError(expected.statistics());
            assertEquals(error, assignment.meanError(weighted.statistics()), 1e-6 * error);
        }
    }

    /** Rows that are turned first: as if they had come so. */
    @Test
    void rotatedRowsTrainAsRowsThatWereRotatedBefore() {
        FloatMatrix rows = TestRows.clusters(600, 6, 9, 1, 7);
        Rotation rotation = Rotation.random(6, 8);
        float[] turned = new float[rows.values().length];
        rotation.apply(rows.values(), 0, 600, turned, 0);
        FloatMatrix before = new FloatMatrix(600, 6, turned);
        ProductAssignment inner = new ProductAssignment(6, 3, 8);
        RotatedAssignment assignment = new RotatedAssignment(rotation, inner);
        for (InitMode mode : List.of(InitMode.RANDOM, InitMode.PLUS_PLUS)) {
            FloatMatrix start = Trainings.start(rows, assignment, lloyd(4), mode);
            assertArrayEquals(Trainings.start(before, inner, lloyd(4), mode).values(), start.values(), mode::label);
            CodebookStatistics seen = Trainings.evaluate(rows, assignment, start);
            CodebookStatistics expected = Trainings.evaluate(before, inner, start);
            assertArrayEquals(expected.counts(), seen.counts());
            assertArrayEquals(expected.sums(), seen.sums(), 1e-9);
            assertEquals(inner.meanError(expected), assignment.meanError(seen), 1e-9);
            for (TrainingSettings settings : List.of(lloyd(4), TrainingSettings.of(8))) {
                assertArrayEquals(
                        Trainings.train(before, null, 2, inner, settings, start)
                                .codebook()
                                .values(),
                        Trainings.train(rows, null, 2, assignment, settings, start)
                                .codebook()
                                .values(),
                        1e-4f,
                        settings.updater()::label);
            }
        }
    }

    @Test
    void moreLevelsAndMorePartsLeaveLess() {
        FloatMatrix rows = TestRows.gaussian(2000, 4, 9);
        TrainingSettings settings = TrainingSettings.builder(16).passes(8, 3).build();
        double before = Double.POSITIVE_INFINITY;
        for (int m : new int[] {1, 2, 4}) {
            Assignment parts = new ProductAssignment(4, m, 16);
            double error =
                    parts.meanError(Trainings.train(rows, parts, settings).statistics());
            assertTrue(error < 0.7 * before, m + " parts leave " + error + ", fewer " + before);
            before = error;
        }
        before = Double.POSITIVE_INFINITY;
        for (int m : new int[] {1, 2, 4}) {
            Assignment levels = new ResidualAssignment(CodebookLayout.uniform(m, 16, 4));
            double error =
                    levels.meanError(Trainings.train(rows, levels, settings).statistics());
            assertTrue(error < 0.5 * before, m + " levels leave " + error + ", fewer " + before);
            before = error;
        }
    }

    /** All levels move at once, to the means of what the others left before: with many the last ones lose by it. */
    @ParameterizedTest
    @ValueSource(ints = {2, 16, 32})
    void anExactPassThatLosesIsTakenBack(int levels) {
        FloatMatrix rows = TestRows.gaussian(6000, 24, 5);
        Assignment assignment = new ResidualAssignment(CodebookLayout.uniform(levels, 32, 24));
        TrainingSettings settings =
                TrainingSettings.builder(32).seed(3).passes(6, 1).build();
        TrainingResult result = Trainings.train(rows, assignment, settings);
        PassRecord last = result.history().get(result.history().size() - 1);
        assertEquals("lloyd", last.phase());
        double left = assignment.meanError(result.statistics());
        assertTrue(left <= 1.01 * last.mse(), left + " after " + last.mse());
        double counted = assignment.meanError(Trainings.evaluate(rows, assignment, result.codebook()));
        assertEquals(left, counted, 1e-6 * left);
    }

    @Test
    void refusesWhatDoesNotFit() {
        FloatMatrix rows = TestRows.gaussian(20, 4, 1);
        TrainingSettings settings = TrainingSettings.of(4);
        ProductAssignment parts = new ProductAssignment(4, 2, 4);
        FloatMatrix start = Trainings.start(rows, parts, settings, InitMode.RANDOM);
        assertEquals(
                "the codebooks are for rows of dimension 6, the rows have 4",
                refusal(() -> Trainings.train(rows, null, 1, new ProductAssignment(6, 2, 4), settings, start)));
        assertEquals(
                "the codebook to start from has 8 codewords of dimension 2, but 10 of dimension 2 are asked for",
                refusal(() -> Trainings.train(rows, null, 1, new ProductAssignment(4, 2, 5), settings, start)));
        assertEquals("dimension 4 cannot be cut into 3 equal parts", refusal(() -> new ProductAssignment(4, 3, 4)));
        assertEquals("dimension 4 cannot be cut into 0 equal parts", refusal(() -> new ProductAssignment(4, 0, 4)));
        assertEquals("0 codebooks of dimension 3 cannot be trained", refusal(() -> new CodebookLayout(3)));
        assertEquals("1 codebooks of dimension 0 cannot be trained", refusal(() -> new CodebookLayout(0, 4)));
        assertEquals("a codebook needs at least 1 codeword, not 0", refusal(() -> new CodebookLayout(3, 4, 0)));
        assertEquals(
                "131072 codewords of dimension 65536 do not fit one array: take fewer codebooks, or smaller ones",
                refusal(() -> CodebookLayout.uniform(2, 1 << 16, 1 << 16)));
    }

    private static String refusal(Runnable action) {
        return assertThrows(NsvqException.class, action::run).getMessage();
    }

    @Test
    void aLayoutNumbersCodewordsThrough() {
        CodebookLayout layout = new CodebookLayout(2, 3, 1, 2);
        assertEquals(3, layout.codebooks());
        assertEquals(6, layout.total());
        assertEquals(3, layout.largest());
        assertEquals(3, layout.start(1));
        assertEquals(6, layout.start(3));
        assertArrayEquals(new int[] {0, 0, 0, 1, 2, 2}, layout.codebookOf());
        float[] codewords = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        assertArrayEquals(new float[] {6, 7}, layout.codebook(codewords, 1).values());
        layout.codebook(codewords, 2).values()[0] = 99;
        assertEquals(8, codewords[8], "a copy");
        CodebookStatistics all = new CodebookStatistics(6, 2);
        all.add(4, codewords, 0, 2, 5);
        CodebookStatistics part = layout.part(all, 2);
        assertArrayEquals(new double[] {2, 0}, part.counts());
        assertArrayEquals(new double[] {0, 2, 0, 0}, part.sums());
        assertEquals(10, part.error());
    }
}
