package io.github.sparknsvq.core.training.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Trainings;
import io.github.sparknsvq.core.training.Updater;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LocalStatisticsSourceTest {
    @Test
    void keepsTheOrderOfRowsAndPartitions() {
        FloatMatrix rows = TestRows.gaussian(100, 2, 1);
        float[] weights = new float[100];
        for (int i = 0; i < 100; i++) {
            weights[i] = i + 1;
        }
        for (int partitions : new int[] {1, 2, 7, 100, 250}) {
            try (var source = new LocalStatisticsSource(rows, weights, partitions)) {
                assertEquals(100, source.rows());
                assertEquals(2, source.dimension());
                List<Float> seen = new ArrayList<>();
                List<Long> positions = new ArrayList<>();
                List<Float> weightsSeen = new ArrayList<>();
                for (List<RowBlock> blocks : source.perPartition(LocalStatisticsSourceTest::collect)) {
                    for (RowBlock block : blocks) {
                        for (int i = 0; i < block.rows(); i++) {
                            positions.add(block.start() + i);
                            weightsSeen.add(block.weight(i));
                            seen.add(block.values()[2 * i]);
                            seen.add(block.values()[2 * i + 1]);
                        }
                    }
                }
                for (int i = 0; i < 100; i++) {
                    assertEquals(i, positions.get(i));
                    assertEquals(i + 1, weightsSeen.get(i));
                    assertEquals(rows.get(i, 0), seen.get(2 * i));
                    assertEquals(rows.get(i, 1), seen.get(2 * i + 1));
                }
                assertEquals(100, positions.size());
            }
        }
    }

    private static List<RowBlock> collect(Iterator<RowBlock> blocks) {
        List<RowBlock> all = new ArrayList<>();
        blocks.forEachRemaining(all::add);
        return all;
    }

    @Test
    void throwsWhatATaskThrew() {
        IllegalStateException thrown = new IllegalStateException("from the task");
        try (var source = new LocalStatisticsSource(TestRows.gaussian(10, 1, 1), null, 2)) {
            PartitionTask<Integer> failing = blocks -> {
                throw thrown;
            };
            assertSame(thrown, assertThrows(IllegalStateException.class, () -> source.perPartition(failing)));
        }
    }

    /** Sums are merged in double and in order, so the partitions show in no printed digit. */
    @ParameterizedTest
    @EnumSource
    void trainsTheSameCodebookOnAnyPartitions(Updater updater) {
        FloatMatrix rows = TestRows.clusters(900, 3, 10, 1.5, 11);
        TrainingSettings settings = TrainingSettings.builder(12)
                .updater(updater)
                .passes(8, 2)
                .seed(5)
                .build();
        FloatMatrix start = TestRows.slice(rows, 0, 12);
        float[] weights = new float[900];
        Arrays.fill(weights, 0.7f);
        for (float[] weighting : new float[][] {null, weights}) {
            float[] one = Trainings.train(rows, weighting, 1, settings, start)
                    .codebook()
                    .values();
            for (int partitions : new int[] {2, 7}) {
                TrainingResult other = Trainings.train(rows, weighting, partitions, settings, start);
                assertArrayEquals(one, other.codebook().values(), 1e-5f, "in " + partitions);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void doesNotSeeTheScaleOfWeights(Updater updater) {
        FloatMatrix rows = TestRows.clusters(900, 3, 10, 1.5, 14);
        TrainingSettings settings =
                TrainingSettings.builder(12).updater(updater).passes(8, 2).build();
        FloatMatrix start = TestRows.slice(rows, 0, 12);
        float[] plain = Trainings.train(rows, settings, start).codebook().values();
        for (float weight : new float[] {1f / 1024, 1024}) {
            float[] weights = new float[900];
            Arrays.fill(weights, weight);
            TrainingResult weighted = Trainings.train(rows, weights, 2, settings, start);
            assertArrayEquals(plain, weighted.codebook().values(), 1e-5f, "all weights " + weight);
        }
    }

    @ParameterizedTest
    @EnumSource
    void startsFromTheSameCodebookOnAnyPartitions(InitMode mode) {
        FloatMatrix rows = TestRows.gaussian(900, 3, 12);
        TrainingSettings settings = TrainingSettings.builder(12).seed(6).build();
        float[] one = Trainings.start(rows, null, 1, settings, mode).values();
        for (int partitions : new int[] {2, 7}) {
            assertArrayEquals(
                    one, Trainings.start(rows, null, partitions, settings, mode).values(), "in " + partitions);
        }
    }

    @Test
    void trainsTheSameFarFromTheOrigin() {
        FloatMatrix rows = TestRows.gaussian(2000, 2, 1, 1e6, 13);
        TrainingSettings settings = TrainingSettings.builder(8).passes(6, 2).build();
        FloatMatrix start = TestRows.slice(rows, 0, 8);
        float[] one = Trainings.train(rows, null, 1, settings, start).codebook().values();
        float[] seven =
                Trainings.train(rows, null, 7, settings, start).codebook().values();
        assertArrayEquals(one, seven, 0.07f, "one step of float32 at a million is 0.0625");
    }
}
