package io.github.sparknsvq.core.training.update;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.ForwardingSource;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.CodewordResult;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LocalStepsResultTest {
    private static final int K = 11;
    private static final int D = 3;

    private static float[] numbers(Random random, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** State of several widths; the last codeword is never chosen, others not everywhere. */
    private static LocalStepsResult result(long seed) {
        Random random = new Random(seed);
        CodebookStatistics seen = new CodebookStatistics(K, D);
        for (int k = 0; k < K - 1; k++) {
            for (int n = random.nextInt(4); n > 0; n--) {
                seen.add(k, numbers(random, D), 0, 0.1f + random.nextFloat(), random.nextFloat());
            }
        }
        return new LocalStepsResult(
                numbers(random, K * D), new float[][] {numbers(random, K * D), numbers(random, K)}, seen, 0);
    }

    private static List<LocalStepsResult> results() {
        return List.of(result(1), result(2), result(3), result(4));
    }

    private static LocalStepsResult merged(List<LocalStepsResult> parts) {
        parts.get(0).mergeAll(parts.subList(1, parts.size()));
        return parts.get(0);
    }

    private static float average(List<LocalStepsResult> parts, int k, ToDoubleFunction<LocalStepsResult> value) {
        double sum = 0;
        double total = 0;
        for (LocalStepsResult part : parts) {
            sum += part.seen().counts()[k] * value.applyAsDouble(part);
            total += part.seen().counts()[k];
        }
        return (float) (total > 0 ? sum / total : value.applyAsDouble(parts.get(0)));
    }

    @Test
    void averagesByTheWeightThatChose() {
        List<LocalStepsResult> parts = results();
        LocalStepsResult merged = merged(results());
        for (int k = 0; k < K; k++) {
            for (int i = k * D; i < (k + 1) * D; i++) {
                int at = i;
                assertEquals(average(parts, k, part -> part.codewords()[at]), merged.codewords()[at]);
                assertEquals(average(parts, k, part -> part.state()[0][at]), merged.state()[0][at]);
            }
            int at = k;
            assertEquals(average(parts, k, part -> part.state()[1][at]), merged.state()[1][at]);
            double count =
                    parts.stream().mapToDouble(part -> part.seen().counts()[at]).sum();
            assertEquals(count, merged.seen().counts()[k], 1e-12);
        }
    }

    @Test
    void rangesMergeToTheSameBits() {
        LocalStepsResult whole = merged(results());
        for (int[] cut : new int[][] {{0, 1}, {0, 4}, {4, 5}, {5, 11}, {0, 11}}) {
            List<LocalStepsResult> cuts = new ArrayList<>();
            results().forEach(part -> cuts.add(part.range(cut[0], cut[1])));
            LocalStepsResult expected = whole.range(cut[0], cut[1]);
            LocalStepsResult actual = merged(cuts);
            assertArrayEquals(expected.codewords(), actual.codewords());
            assertArrayEquals(expected.state()[0], actual.state()[0]);
            assertArrayEquals(expected.state()[1], actual.state()[1]);
            assertArrayEquals(expected.seen().sums(), actual.seen().sums());
            assertArrayEquals(expected.seen().errors(), actual.seen().errors());
        }
        assertThrows(IndexOutOfBoundsException.class, () -> whole.range(5, 12));
    }

    @Test
    void appliesToItsCodewordsAndLeavesWhatNothingChose() {
        float[] before = numbers(new Random(9), K * D);
        float[] codewords = before.clone();
        MiniBatchRule rule = new MiniBatchRule(K);
        LocalStepsResult whole = merged(results());
        LocalStepsResult part =
                new LocalStepsResult(whole.codewords(), rule.copy().state(), whole.seen(), 0).range(6, K);
        part.apply(6, codewords, rule);
        for (int k = 0; k < K; k++) {
            boolean moves = k >= 6 && k < K - 1;
            for (int i = k * D; i < (k + 1) * D; i++) {
                assertEquals(moves ? part.codewords()[i - 6 * D] : before[i], codewords[i]);
            }
            assertEquals(moves ? (float) part.seen().counts()[k - 6] : 0, rule.state()[0][k]);
        }
    }

    /** Cuts every result, as a cluster does, and hands the ranges over last first. */
    private static final class Cutting extends ForwardingSource {
        private final int ranges;

        Cutting(StatisticsSource source, int ranges) {
            super(source);
            this.ranges = ranges;
        }

        @Override
        public StatisticsSource inRanges(int count) {
            return new Cutting(super.inRanges(count), ranges);
        }

        @Override
        public <R extends CodewordResult<R>> void merge(
                PartitionTask<R> task, int codewords, long bytes, CodewordResult.Sink<R> sink) {
            List<R> results = perPartition(task);
            for (int range = ranges - 1; range >= 0; range--) {
                int from = range * codewords / ranges;
                int to = (range + 1) * codewords / ranges;
                List<R> cut = results.stream().map(part -> part.range(from, to)).toList();
                cut.get(0).mergeAll(cut.subList(1, cut.size()));
                sink.accept(from, cut.get(0));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void trainingDoesNotSeeTheRanges(Updater updater) {
        FloatMatrix rows = TestRows.clusters(900, D, 9, 1.5, 21);
        TrainingSettings settings = TrainingSettings.builder(K)
                .updater(updater)
                .passes(6, 2)
                .batches(60, 4)
                .build();
        FloatMatrix start = TestRows.slice(rows, 0, K);
        for (int partitions : new int[] {1, 2, 7}) {
            try (var source = new LocalStatisticsSource(rows, null, partitions)) {
                float[] whole = train(source, settings, start);
                for (int ranges : new int[] {1, 4, K}) {
                    assertArrayEquals(whole, train(new Cutting(source, ranges), settings, start), ranges + " ranges");
                }
            }
        }
    }

    private static float[] train(StatisticsSource source, TrainingSettings settings, FloatMatrix start) {
        return CodebookTrainer.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE)
                .codebook()
                .values();
    }
}
