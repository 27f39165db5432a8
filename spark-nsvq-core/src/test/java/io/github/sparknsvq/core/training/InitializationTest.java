package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InitializationTest {
    private static final int K = 16;

    private static Set<List<Float>> rowSet(FloatMatrix rows) {
        Set<List<Float>> set = new HashSet<>();
        for (int i = 0; i < rows.rows(); i++) {
            Float[] row = new Float[rows.columns()];
            for (int j = 0; j < row.length; j++) {
                row[j] = rows.get(i, j);
            }
            set.add(List.of(row));
        }
        return set;
    }

    @ParameterizedTest
    @EnumSource(names = {"RANDOM", "PLUS_PLUS", "PARALLEL"})
    void startsFromDistinctRowsOfTheData(InitMode mode) {
        FloatMatrix rows = TestRows.gaussian(3000, 2, 1);
        for (int seed = 0; seed < 5; seed++) {
            FloatMatrix start =
                    Trainings.start(rows, TrainingSettings.builder(K).seed(seed).build(), mode);
            assertEquals(K, start.rows());
            Set<List<Float>> chosen = rowSet(start);
            assertEquals(K, chosen.size(), "no row twice");
            assertTrue(rowSet(rows).containsAll(chosen), "nothing but rows");
        }
    }

    @ParameterizedTest
    @EnumSource
    void followsTheSeed(InitMode mode) {
        FloatMatrix rows = TestRows.gaussian(500, 2, 2);
        TrainingSettings settings = TrainingSettings.builder(K).seed(1).build();
        float[] first = Trainings.start(rows, settings, mode).values();
        assertArrayEquals(first, Trainings.start(rows, settings, mode).values());
        assertFalse(Arrays.equals(
                first,
                Trainings.start(rows, settings.toBuilder().seed(2).build(), mode)
                        .values()));
    }

    /** How often each of n numbered rows is among k random ones. */
    private static double[] shares(int n, float[] weights, int k, int draws) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = i;
        }
        double[] shares = new double[n];
        try (var source = new LocalStatisticsSource(new FloatMatrix(n, 1, values), weights, 1)) {
            for (int seed = 0; seed < draws; seed++) {
                TrainingSettings settings =
                        TrainingSettings.builder(k).seed(seed).build();
                FloatMatrix start = Initialization.initialize(source, settings, InitMode.RANDOM, 1);
                for (float row : start.values()) {
                    shares[(int) row] += 1.0 / draws;
                }
            }
        }
        return shares;
    }

    private static void about(double expected, double share, int draws) {
        assertEquals(expected, share, 4.5 * Math.sqrt(expected * (1 - expected) / draws));
    }

    @Test
    void drawsRowsAlike() {
        for (double share : shares(20, null, 5, 4000)) {
            about(0.25, share, 4000);
        }
    }

    @Test
    void drawsRowsByWeight() {
        float[] weights = {1, 2, 3, 4};
        double[] shares = shares(4, weights, 1, 6000);
        for (int i = 0; i < 4; i++) {
            about(weights[i] / 10, shares[i], 6000);
        }
    }

    /** Rows of next to no weight lie far away: a draw by squared distance alone would take all of them. */
    @ParameterizedTest
    @EnumSource(names = {"PLUS_PLUS", "PARALLEL"})
    void weighsDistances(InitMode mode) {
        for (int n : new int[] {60, 2000}) {
            FloatMatrix rows = TestRows.gaussian(n, 2, 3);
            float[] weights = new float[n];
            Arrays.fill(weights, 1);
            for (int i = 0; i < 10; i++) {
                rows.values()[2 * i] = 1000 + 10 * i;
                weights[i] = 1e-12f;
            }
            for (int seed = 0; seed < 5; seed++) {
                FloatMatrix start = Trainings.start(
                        rows, weights, 2, TrainingSettings.builder(K).seed(seed).build(), mode);
                for (int k = 0; k < K; k++) {
                    assertTrue(start.get(k, 0) < 500, "codeword " + k + " of " + n + " rows stands for no weight");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PLUS_PLUS", "PARALLEL"})
    void findsEveryClusterThatStandsApart(InitMode mode) {
        FloatMatrix rows = TestRows.clusters(4000, 8, K, 1e-3, 4);
        for (int seed = 0; seed < 10; seed++) {
            FloatMatrix start =
                    Trainings.start(rows, TrainingSettings.builder(K).seed(seed).build(), mode);
            assertEquals(0, Trainings.evaluate(rows, start).dead());
            double mse = SlowKMeans.mse(rows, start);
            assertTrue(mse < 1e-3, "each cluster has a codeword: error " + mse + " with seed " + seed);
        }
    }

    @Test
    void addsUnitNoiseToTheNoisyStart() {
        FloatMatrix rows = TestRows.repeated(1000, new float[] {5, -5});
        float[] values =
                Trainings.start(rows, TrainingSettings.of(2000), InitMode.NOISY).values();
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < values.length; i++) {
            double noise = values[i] - (i % 2 == 0 ? 5 : -5);
            sum += noise;
            squares += noise * noise;
        }
        assertEquals(0, sum / values.length, 5 / Math.sqrt(values.length));
        assertEquals(1, squares / values.length, 5 * Math.sqrt(2.0 / values.length));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EVOLUTION") // whose codewords are between rows
    void repeatsRowsWhereThereAreTooFew(InitMode mode) {
        FloatMatrix rows = FloatMatrix.of(new float[] {1, 2}, new float[] {30, 40}, new float[] {-50, 60});
        FloatMatrix start = Trainings.start(rows, TrainingSettings.of(K), mode);
        assertEquals(K, start.rows());
        assertEquals(2, start.columns());
        Set<Integer> near = new HashSet<>();
        for (int k = 0; k < K; k++) {
            int row = SlowKMeans.nearest(start, k, rows);
            assertTrue(SlowKMeans.squaredDistance(start, k, rows, row) < (mode == InitMode.NOISY ? 60 : 1e-9));
            near.add(row);
        }
        assertEquals(Set.of(0, 1, 2), near, "every row has a codeword");
    }

    @ParameterizedTest
    @EnumSource(names = {"PLUS_PLUS", "PARALLEL"})
    void takesEveryDistinctRowAmongDuplicates(InitMode mode) {
        float[][] distinct = new float[K][];
        for (int k = 0; k < K; k++) {
            distinct[k] = new float[] {k * k, -k};
        }
        FloatMatrix rows = TestRows.repeated(1600, distinct);
        for (int seed = 0; seed < 5; seed++) {
            TrainingSettings settings = TrainingSettings.builder(K).seed(seed).build();
            try (var source = new LocalStatisticsSource(rows, null, 2)) {
                // k-means|| needs rounds until no row is left that is no candidate
                FloatMatrix start = Initialization.initialize(source, settings, mode, 20);
                assertEquals(rowSet(FloatMatrix.of(distinct)), rowSet(start), "seed " + seed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void startsFromASingleRow(InitMode mode) {
        FloatMatrix start = Trainings.start(FloatMatrix.of(new float[] {7}), TrainingSettings.of(3), mode);
        for (float value : start.values()) {
            assertEquals(7, value, mode == InitMode.NOISY ? 6 : 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void keepsUnitLength(InitMode mode) {
        FloatMatrix rows = TestRows.unitLength(TestRows.gaussian(500, 3, 5));
        FloatMatrix start = Trainings.start(
                rows, TrainingSettings.builder(K).unitLength(true).build(), mode);
        for (int k = 0; k < K; k++) {
            double norm = SlowKMeans.squaredDistance(start, k, new FloatMatrix(1, 3, new float[3]), 0);
            assertEquals(1, norm, 1e-6);
        }
    }

    @Test
    void namesTheModesThereAre() {
        Exception e = assertThrows(NsvqException.class, () -> InitMode.of("kmeans"));
        String expected = "initMode 'kmeans' is unknown: use one of [random, k-means++, k-means||, noisy, evolution]";
        assertEquals(expected, e.getMessage());
    }
}
