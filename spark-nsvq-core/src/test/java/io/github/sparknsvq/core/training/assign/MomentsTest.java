package io.github.sparknsvq.core.training.assign;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MomentsTest {
    private static Moments moments(FloatMatrix rows, float[] weights, int partitions) {
        try (var source = new LocalStatisticsSource(rows, weights, partitions)) {
            return Moments.of(source);
        }
    }

    /** Two passes: first the mean, then the deviations from it. */
    private static double slowRms(FloatMatrix rows, int j) {
        double mean = 0;
        for (int i = 0; i < rows.rows(); i++) {
            mean += rows.get(i, j) / (double) rows.rows();
        }
        double squares = 0;
        for (int i = 0; i < rows.rows(); i++) {
            squares += (rows.get(i, j) - mean) * (rows.get(i, j) - mean);
        }
        return Math.sqrt(squares / rows.rows());
    }

    @Test
    void measuresTheSpreadOfEachDimension() {
        FloatMatrix rows = TestRows.gaussian(1000, 3, 1);
        for (int i = 0; i < 1000; i++) {
            rows.values()[3 * i] *= 20;
        }
        Moments moments = moments(rows, null, 3);
        double variance = 0;
        for (int j = 0; j < 3; j++) {
            assertEquals(slowRms(rows, j), moments.rms()[j], 1e-5);
            variance += Math.pow(slowRms(rows, j), 2);
        }
        assertEquals(variance, moments.variance(), 1e-9 * variance);
    }

    @Test
    void seesASmallSpreadFarFromTheOrigin() {
        FloatMatrix rows = TestRows.gaussian(40_000, 2, 1, 1e6, 2);
        float[] one = moments(rows, null, 1).rms();
        for (int j = 0; j < 2; j++) {
            assertEquals(slowRms(rows, j), one[j], 1e-6, "the mean is a million, the spread is 1");
        }
        assertArrayEquals(one, moments(rows, null, 7).rms(), 1e-6f, "the partitions do not show");
    }

    @Test
    void countsWeights() {
        FloatMatrix rows = FloatMatrix.of(new float[] {0}, new float[] {3}, new float[] {9});
        FloatMatrix repeated = FloatMatrix.of(new float[] {0}, new float[] {3}, new float[] {3}, new float[] {9});
        float[] weights = {1, 2, 1};
        assertEquals(
                moments(repeated, null, 1).rms()[0], moments(rows, weights, 1).rms()[0], 1e-6);
        assertEquals(
                moments(repeated, null, 1).rms()[0], moments(rows, weights, 3).rms()[0], 1e-6);
    }

    @Test
    void givesEveryDimensionSomeSpread() {
        FloatMatrix rows = TestRows.gaussian(1000, 2, 3);
        for (int i = 0; i < 1000; i++) {
            rows.values()[2 * i] = 5;
        }
        float[] rms = moments(rows, null, 2).rms();
        assertTrue(rms[0] > 0 && rms[0] < 0.01 * rms[1], "a constant dimension: " + Arrays.toString(rms));
        float[] none =
                moments(TestRows.repeated(10, new float[] {5, 7}), null, 2).rms();
        assertArrayEquals(new float[] {1, 1}, none, "all rows equal: any unit will do");
        assertEquals(
                0,
                moments(TestRows.repeated(10, new float[] {0.1f, 7}), null, 2).variance());
    }
}
