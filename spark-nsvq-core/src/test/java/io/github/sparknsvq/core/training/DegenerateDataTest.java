package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Data that breaks careless trainings. Whatever it is, training ends and every number is one. */
class DegenerateDataTest {
    private static final int K = 24;

    private static TrainingResult train(FloatMatrix rows, TrainingSettings settings, InitMode mode) {
        FloatMatrix start = Trainings.start(rows, settings, mode);
        TrainingResult result = assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> Trainings.train(rows, settings, start), "training does not end");
        for (float value : result.codebook().values()) {
            assertTrue(Float.isFinite(value), "codeword with " + value);
        }
        assertTrue(Double.isFinite(result.statistics().error()));
        for (PassRecord record : result.history()) {
            assertTrue(Double.isFinite(record.mse()) && Double.isFinite(record.learningRate()), "" + record);
        }
        assertEquals(rows.rows(), result.statistics().weight(), 1e-6);
        return result;
    }

    /** With exact passes and replacement, which ste has only where they are asked for. */
    private static TrainingSettings settings(Updater updater) {
        return TrainingSettings.builder(K)
                .updater(updater)
                .reseeding(Reseeding.ERROR)
                .passes(10, 2)
                .build();
    }

    /** Sets with at least K distinct rows. */
    private static Map<String, FloatMatrix> nasty() {
        Map<String, FloatMatrix> sets = new LinkedHashMap<>();
        float[][] mostlyOne = new float[2000][];
        for (int i = 0; i < mostlyOne.length; i++) {
            mostlyOne[i] = i % 50 == 0 ? new float[] {1 + i * 0.02f, i * -0.02f} : new float[] {1, 1};
        }
        sets.put("one row 1960 times, 40 others", FloatMatrix.of(mostlyOne));
        float[][] just = new float[K][];
        for (int k = 0; k < K; k++) {
            just[k] = new float[] {k * 3, k % 5};
        }
        sets.put("K distinct rows, each 50 times", TestRows.repeated(50 * K, just));
        FloatMatrix outlier = TestRows.gaussian(1000, 2, 1);
        outlier.values()[0] = 1e4f;
        sets.put("one far outlier", outlier);
        FloatMatrix line = TestRows.gaussian(500, 1, 2);
        sets.put("a line", line);
        FloatMatrix clumps = TestRows.gaussian(1000, 3, 0.01, 5, 3);
        for (int i = 0; i < 1500; i++) {
            clumps.values()[i] -= 10;
        }
        sets.put("two clumps", clumps);
        FloatMatrix uneven = TestRows.gaussian(2000, 2, 1e-3, 0, 4);
        for (int i = 0; i < 60; i++) {
            uneven.values()[i] *= 1e5f;
        }
        sets.put("nearly all in one spot", uneven);
        FloatMatrix grid = TestRows.gaussian(1000, 2, 3, 0, 5);
        for (int i = 0; i < 2000; i++) {
            grid.values()[i] = Math.round(grid.values()[i]);
        }
        sets.put("whole numbers", grid);
        sets.put("as many rows as codewords", TestRows.gaussian(K, 4, 6));
        return sets;
    }

    @ParameterizedTest
    @EnumSource
    void leavesNoCodewordDead(Updater updater) {
        for (Map.Entry<String, FloatMatrix> set : nasty().entrySet()) {
            for (InitMode mode : InitMode.values()) {
                TrainingResult result = train(set.getValue(), settings(updater), mode);
                assertEquals(0, result.statistics().dead(), set.getKey() + " from " + mode);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void leavesNoCodewordDeadInALineOfManyCodewords(Updater updater) {
        FloatMatrix rows = TestRows.gaussian(400, 1, 7);
        TrainingSettings settings = TrainingSettings.builder(300)
                .updater(updater)
                .reseeding(Reseeding.ERROR)
                .passes(5, 1)
                .build();
        assertEquals(0, train(rows, settings, InitMode.RANDOM).statistics().dead());
    }

    @ParameterizedTest
    @EnumSource
    void reconstructsAsManyDistinctRowsAsThereAreCodewords(Updater updater) {
        Random random = new Random(8);
        for (int distinct : new int[] {1, 2, 5, K - 1, K}) {
            float[][] rows = new float[distinct][3];
            for (float[] row : rows) {
                for (int j = 0; j < 3; j++) {
                    row[j] = (float) (100 + random.nextGaussian());
                }
            }
            FloatMatrix repeated = TestRows.repeated(Math.max(distinct * 7, 100), rows);
            for (InitMode mode : InitMode.values()) {
                TrainingResult result = train(repeated, settings(updater), mode);
                assertEquals(0, result.statistics().error(), distinct + " distinct rows from " + mode);
                assertEquals(K - distinct, result.statistics().dead(), distinct + " distinct rows from " + mode);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void trainsOnASingleRow(Updater updater) {
        FloatMatrix row = FloatMatrix.of(new float[] {3, -4});
        TrainingResult result = train(row, settings(updater), InitMode.RANDOM);
        assertEquals(0, result.statistics().error());
        assertEquals(K - 1, result.statistics().dead());
        TrainingResult alone = train(
                row,
                TrainingSettings.builder(1)
                        .updater(updater)
                        .reseeding(Reseeding.ERROR)
                        .passes(20, 4)
                        .build(),
                InitMode.NOISY);
        assertArrayEquals(new float[] {3, -4}, alone.codebook().values());
    }

    @ParameterizedTest
    @EnumSource
    void findsTheMeanWithOneCodeword(Updater updater) {
        FloatMatrix rows = TestRows.gaussian(500, 3, 9);
        TrainingSettings settings = TrainingSettings.builder(1)
                .updater(updater)
                .reseeding(Reseeding.ERROR)
                .passes(20, 4)
                .build();
        FloatMatrix mean = SlowKMeans.step(rows, TestRows.slice(rows, 0, 1), false);
        assertArrayEquals(
                mean.values(), train(rows, settings, InitMode.NOISY).codebook().values(), 1e-6f);
    }

    @ParameterizedTest
    @EnumSource
    void keepsConstantDimensions(Updater updater) {
        FloatMatrix rows = TestRows.gaussian(1000, 3, 10);
        FloatMatrix without = TestRows.gaussian(1000, 2, 10);
        for (int i = 0; i < 1000; i++) {
            rows.values()[3 * i + 1] = 0.3f;
            without.values()[2 * i] = rows.values()[3 * i];
            without.values()[2 * i + 1] = rows.values()[3 * i + 2];
        }
        TrainingResult result = train(rows, settings(updater), InitMode.RANDOM);
        for (int k = 0; k < K; k++) {
            assertEquals(0.3f, result.codebook().get(k, 1), 1e-6, "codeword " + k);
        }
        double plain =
                train(without, settings(updater), InitMode.RANDOM).statistics().meanError();
        assertTrue(result.statistics().meanError() < 1.1 * plain, "no worse but for chance");
    }

    /**
     * Each dimension on its own scale: the error is that of the large ones, and the learning rate suits all of them.
     */
    @ParameterizedTest
    @EnumSource
    void takesDimensionsOfAnyScale(Updater updater) {
        FloatMatrix rows = TestRows.gaussian(2000, 4, 11);
        for (int i = 0; i < rows.values().length; i++) {
            rows.values()[i] *= (float) Math.pow(10, 4 * (i % 4) - 6);
        }
        TrainingResult result = train(rows, settings(updater), InitMode.RANDOM);
        assertEquals(0, result.statistics().dead());
        double first = result.history().get(0).mse();
        FloatMatrix start = Trainings.start(rows, settings(updater), InitMode.RANDOM);
        TrainingResult lloyd = Trainings.train(
                rows,
                TrainingSettings.builder(K).updater(Updater.LLOYD).passes(20, 0).build(),
                start);
        assertTrue(result.statistics().meanError() < first);
        assertTrue(
                result.statistics().meanError() < 1.3 * lloyd.statistics().meanError(),
                result.statistics().meanError() + " after " + lloyd.statistics().meanError());
    }

    @ParameterizedTest
    @EnumSource
    void findsTheSameFarFromTheOrigin(Updater updater) {
        FloatMatrix near = TestRows.gaussian(2000, 3, 1, 0, 12);
        FloatMatrix far = TestRows.gaussian(2000, 3, 1, 1e6, 12);
        double expected =
                train(near, settings(updater), InitMode.RANDOM).statistics().meanError();
        TrainingResult result = train(far, settings(updater), InitMode.RANDOM);
        assertEquals(
                expected,
                result.statistics().meanError(),
                0.05 * expected,
                "float32 still has 16 steps for the spread");
        assertEquals(0, result.statistics().dead());
    }

    /**
     * Rows a thousandth apart and one a million away: float32 scores cannot tell the near ones apart. Training ends
     * all the same.
     */
    @Test
    void endsWhereTheKernelCannotTellRowsApart() {
        for (int k : new int[] {3, 8}) {
            float[][] rows = new float[200][];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = new float[] {i == 0 ? 1e7f : 1e-4f * (i % 20)};
            }
            for (Updater updater : Updater.values()) {
                TrainingSettings settings = TrainingSettings.builder(k)
                        .updater(updater)
                        .reseeding(Reseeding.ERROR)
                        .passes(4, 1)
                        .build();
                TrainingResult result = train(FloatMatrix.of(rows), settings, InitMode.RANDOM);
                assertTrue(
                        result.statistics().meanError() < 1e-5,
                        "error " + result.statistics().meanError());
            }
        }
    }
}
