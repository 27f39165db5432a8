package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import org.junit.jupiter.api.Test;

/** Prices that balance how often codewords are chosen. */
class BalancedTrainingTest {
    private static final int D = 4;
    private static final CodebookLayout LAYOUT = new CodebookLayout(D, 16, 8);
    private static final ResidualAssignment LEVELS = new ResidualAssignment(LAYOUT);
    private static final TrainingSettings SETTINGS =
            TrainingSettings.builder(16).passes(30, 0).build();

    /** Most rows close together and the others far apart: what k-means quantizes unevenly. */
    private static FloatMatrix skewed(int n) {
        FloatMatrix rows = TestRows.gaussian(n, D, 3);
        for (int i = 0; i < n; i++) {
            double stretch = i % 4 == 0 ? 3 : 0.7;
            for (int j = 0; j < D; j++) {
                rows.values()[i * D + j] *= (float) stretch;
            }
        }
        return rows;
    }

    private static FloatMatrix start(StatisticsSource source) {
        TrainingSettings settings = TrainingSettings.builder(16).passes(8, 4).build();
        FloatMatrix first = Initialization.initialize(source, LEVELS, settings, InitMode.RANDOM);
        return CodebookTrainer.train(source, LEVELS, settings, first, TrainingListener.NONE, TrainingCheckpoint.NONE)
                .codebook();
    }

    private static BalancedTraining.Result balance(StatisticsSource source, FloatMatrix start) {
        return balance(source, start, TrainingCheckpoint.NONE);
    }

    private static BalancedTraining.Result balance(
            StatisticsSource source, FloatMatrix start, TrainingCheckpoint checkpoint) {
        return BalancedTraining.train(source, LEVELS, SETTINGS, start, TrainingListener.NONE, checkpoint);
    }

    private static double perplexity(CodebookStatistics all, int level) {
        return LAYOUT.part(all, level).histogram().perplexity();
    }

    @Test
    void codewordsAreChosenAboutEquallyOften() {
        try (var source = new LocalStatisticsSource(skewed(4000), null, 2)) {
            FloatMatrix start = start(source);
            AssignTask assign = new AssignTask(LEVELS, start.values(), RowSelection.ALL, Device.CPU);
            CodebookStatistics before = assign.on(source);
            CodebookStatistics after = balance(source, start).statistics();
            assertTrue(perplexity(before, 0) < 13, "uneven at first: " + perplexity(before, 0));
            assertTrue(perplexity(after, 0) > 14, "then nearly even: " + perplexity(after, 0));
            assertTrue(perplexity(after, 1) > perplexity(before, 1) - 0.1, "second level: " + perplexity(after, 1));
        }
    }

    @Test
    void pricesAreNotNegativeAndTheLeastIsNothing() {
        try (var source = new LocalStatisticsSource(skewed(1000), null, 2)) {
            float[] prices = balance(source, start(source)).prices();
            for (int m = 0; m < LAYOUT.codebooks(); m++) {
                float least = Float.POSITIVE_INFINITY;
                for (int c = LAYOUT.start(m); c < LAYOUT.start(m + 1); c++) {
                    least = Math.min(least, prices[c]);
                }
                assertEquals(0, least);
            }
        }
    }

    @Test
    void partitionsDoNotShow() {
        FloatMatrix rows = skewed(1500);
        FloatMatrix start;
        BalancedTraining.Result one;
        try (var source = new LocalStatisticsSource(rows, null, 1)) {
            start = start(source);
            one = balance(source, start);
        }
        for (int partitions : new int[] {2, 7}) {
            try (var source = new LocalStatisticsSource(rows, null, partitions)) {
                BalancedTraining.Result other = balance(source, start);
                assertArrayEquals(one.codewords().values(), other.codewords().values(), 1e-4f);
                assertArrayEquals(one.prices(), other.prices(), 1e-4f);
            }
        }
    }

    @Test
    void theQuantizerChoosesAsTheTrainingDoes() {
        FloatMatrix rows = skewed(1000);
        try (var source = new LocalStatisticsSource(rows, null, 2)) {
            BalancedTraining.Result balanced = balance(source, start(source));
            float[] codewords = balanced.codewords().values();
            ResidualQuantizer quantizer = ResidualQuantizer.priced(LAYOUT.codebooks(codewords), balanced.prices(), 1);
            int[] indices = new int[2 * rows.rows()];
            quantizer.encode(rows.values(), 0, rows.rows(), indices, 0);
            int different = 0;
            for (int i = 0; i < rows.rows(); i++) {
                int[] slow = cheapest(rows, i, codewords, balanced.prices());
                different += slow[0] == indices[2 * i] && slow[1] == indices[2 * i + 1] ? 0 : 1;
            }
            assertEquals(0, different);
        }
    }

    /** The codewords whose squared distance and price are least together, level by level. */
    private static int[] cheapest(FloatMatrix rows, int row, float[] codewords, float[] prices) {
        double[] residual = new double[D];
        for (int j = 0; j < D; j++) {
            residual[j] = rows.get(row, j);
        }
        int[] chosen = new int[LAYOUT.codebooks()];
        for (int m = 0; m < chosen.length; m++) {
            double least = Double.POSITIVE_INFINITY;
            for (int c = LAYOUT.start(m); c < LAYOUT.start(m + 1); c++) {
                double cost = prices[c];
                for (int j = 0; j < D; j++) {
                    cost += Math.pow(residual[j] - codewords[c * D + j], 2);
                }
                if (cost < least) {
                    least = cost;
                    chosen[m] = c - LAYOUT.start(m);
                }
            }
            for (int j = 0; j < D; j++) {
                residual[j] -= codewords[(LAYOUT.start(m) + chosen[m]) * D + j];
            }
        }
        return chosen;
    }

    @Test
    void goesOnAfterARestart() {
        try (var source = new LocalStatisticsSource(skewed(600), null, 2)) {
            FloatMatrix start = start(source);
            CheckpointMemory whole = new CheckpointMemory(null);
            BalancedTraining.Result expected = balance(source, start, whole);
            assertEquals(30, whole.saved.size());
            BalancedTraining.Result resumed = balance(source, start, new CheckpointMemory(whole.saved.get(11)));
            assertArrayEquals(expected.codewords().values(), resumed.codewords().values());
            assertArrayEquals(expected.prices(), resumed.prices());
        }
    }

    @Test
    void oneRowAndEqualRowsWork() {
        for (int n : new int[] {1, 50}) {
            FloatMatrix rows = TestRows.repeated(n, new float[] {1, 2, 3, 4});
            try (var source = new LocalStatisticsSource(rows, null, 2)) {
                BalancedTraining.Result balanced = balance(source, start(source));
                assertEquals(0, LEVELS.meanError(balanced.statistics()), 1e-6);
            }
        }
    }
}
