package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.SeededHash;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KMeansPlusPlusTest {
    private static final FloatMatrix LINE =
            FloatMatrix.of(new float[] {0}, new float[] {1}, new float[] {3}, new float[] {6});

    @Test
    void drawsTheNextCodewordBySquaredDistanceAndWeight() {
        double[] weights = {1, 2, 0.5, 1};
        int draws = 20_000;
        int[][] pairs = new int[7][7];
        for (int seed = 0; seed < draws; seed++) {
            FloatMatrix chosen = KMeansPlusPlus.choose(LINE, weights, 2, new Random(SeededHash.mix(seed)));
            pairs[(int) chosen.get(0, 0)][(int) chosen.get(1, 0)]++;
        }
        for (int a = 0; a < 4; a++) {
            double total = 0;
            for (int b = 0; b < 4; b++) {
                total += weights[b] * SlowKMeans.squaredDistance(LINE, a, LINE, b);
            }
            for (int b = 0; b < 4; b++) {
                double p = weights[a] / 4.5 * weights[b] * SlowKMeans.squaredDistance(LINE, a, LINE, b) / total;
                double share = pairs[(int) LINE.get(a, 0)][(int) LINE.get(b, 0)] / (double) draws;
                assertEquals(p, share, 4.5 * Math.sqrt(p * (1 - p) / draws), "row " + a + ", then row " + b);
            }
        }
    }

    @Test
    void neverTakesARowTwiceWhileThereIsAnother() {
        // most rows stand at distance zero from the first codeword
        FloatMatrix rows = TestRows.repeated(300, new float[] {1, 1}, new float[] {1, 1}, new float[] {1, 1.0001f});
        double[] weights = new double[300];
        Arrays.fill(weights, 1);
        for (int seed = 0; seed < 50; seed++) {
            FloatMatrix chosen = KMeansPlusPlus.choose(rows, weights, 2, new Random(seed));
            assertNotEquals(chosen.get(0, 1), chosen.get(1, 1));
        }
    }

    @Test
    void repeatsRowsOnceAllAreTaken() {
        FloatMatrix rows = TestRows.repeated(10, new float[] {4, 2});
        double[] weights = new double[10];
        Arrays.fill(weights, 1);
        FloatMatrix chosen = KMeansPlusPlus.choose(rows, weights, 5, new Random(1));
        assertArrayEquals(new float[] {4, 2, 4, 2, 4, 2, 4, 2, 4, 2}, chosen.values());
    }

    @Test
    void leavesOutRowsWithoutWeight() {
        double[] weights = {1, 0, 1, 0};
        for (int seed = 0; seed < 100; seed++) {
            FloatMatrix chosen = KMeansPlusPlus.choose(LINE, weights, 2, new Random(seed));
            assertEquals(3, chosen.get(0, 0) + chosen.get(1, 0), "rows 0 and 3 alone have weight");
        }
    }
}
