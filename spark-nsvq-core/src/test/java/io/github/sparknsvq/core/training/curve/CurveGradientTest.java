package io.github.sparknsvq.core.training.curve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.RowSelection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** What a batch says of the corners is the gradient of its error. */
class CurveGradientTest {
    private static final int K = 9;
    private static final int D = 3;
    private static final int N = 400;

    /** A power of two: corners moved by it are exact. */
    private static final float STEP = 0x1p-12f;

    private static final FloatMatrix ROWS = TestRows.gaussian(N, D, 1);
    private static final float[] WEIGHTS = weights();
    private static final float[] CORNERS = TestRows.gaussian(K, D, 2).values();

    private static float[] weights() {
        float[] weights = new float[N];
        for (int i = 0; i < N; i++) {
            weights[i] = 0.5f + i % 5;
        }
        return weights;
    }

    private static CodebookStatistics dithered(DitheredPoints points) {
        try (var source = new LocalStatisticsSource(ROWS, WEIGHTS, 2)) {
            return points.ofCorners(new AssignTask(points.points(), D, RowSelection.ALL, Device.CPU).on(source));
        }
    }

    private static CodebookStatistics projected(float[] corners, ProjectTask.By by) {
        try (var source = new LocalStatisticsSource(ROWS, WEIGHTS, 3)) {
            return new ProjectTask(corners, D, RowSelection.ALL, by).on(source);
        }
    }

    /** Squared distance of each row from the nearest of the points, summed, in double. */
    private static double ditheredError(float[] corners, double[] shares) {
        double error = 0;
        for (int i = 0; i < N; i++) {
            double least = Double.POSITIVE_INFINITY;
            for (int s = 0; s < K - 1; s++) {
                least = Math.min(least, distance(corners, i, s, shares[s]));
            }
            error += WEIGHTS[i] * least;
        }
        return error;
    }

    private static double projectedError(float[] corners) {
        double error = 0;
        for (int i = 0; i < N; i++) {
            double least = Double.POSITIVE_INFINITY;
            for (int s = 0; s < K - 1; s++) {
                least = Math.min(least, distance(corners, i, s, nearest(corners, i, s)));
            }
            error += WEIGHTS[i] * least;
        }
        return error;
    }

    private static double nearest(float[] corners, int row, int segment) {
        double along = 0;
        double length = 0;
        for (int j = 0; j < D; j++) {
            double a = corners[segment * D + j];
            double direction = corners[segment * D + D + j] - a;
            along += (ROWS.get(row, j) - a) * direction;
            length += direction * direction;
        }
        return Math.max(0, Math.min(1, along / length));
    }

    private static double distance(float[] corners, int row, int segment, double share) {
        double distance = 0;
        for (int j = 0; j < D; j++) {
            double point = (1 - share) * corners[segment * D + j] + share * corners[segment * D + D + j];
            distance += Math.pow(ROWS.get(row, j) - point, 2);
        }
        return distance;
    }

    private static void assertIsGradient(
            CodebookStatistics statistics, ToDoubleFunction<float[]> error, double relative) {
        double largest = 0;
        double[] gradient = new double[K * D];
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] =
                    2 * (statistics.counts()[i / D] * CORNERS[i] - statistics.sums()[i]);
            largest = Math.max(largest, Math.abs(gradient[i]));
        }
        assertTrue(largest > 1);
        for (int i = 0; i < gradient.length; i++) {
            float[] up = CORNERS.clone();
            up[i] += STEP;
            float[] down = CORNERS.clone();
            down[i] -= STEP;
            double finite = (error.applyAsDouble(up) - error.applyAsDouble(down)) / (2 * STEP);
            assertEquals(finite, gradient[i], relative * largest, "coordinate " + i);
        }
    }

    /** Rows do not change their points here: the shares are such that none is close to a border. */
    @Test
    void ofDitheredPoints() {
        DitheredPoints points = DitheredPoints.draw(CORNERS, D, 3, 5);
        CodebookStatistics all = dithered(points);
        assertIsGradient(all, corners -> ditheredError(corners, points.shares()), 1e-6);
    }

    @Test
    void ofDitheredPointsHasTheWeightAndErrorOfTheRows() {
        DitheredPoints points = DitheredPoints.draw(CORNERS, D, 3, 6);
        CodebookStatistics all = dithered(points);
        double weight = 0;
        for (float each : WEIGHTS) {
            weight += each;
        }
        assertEquals(weight, all.weight(), 1e-9 * weight);
        assertEquals(ditheredError(CORNERS, points.shares()), all.error(), 1e-6 * all.error());
    }

    /** The targets are in float32. */
    @Test
    void ofProjectedRows() {
        CodebookStatistics all = projected(CORNERS, ProjectTask.By.CORNER);
        assertIsGradient(all, CurveGradientTest::projectedError, 1e-5);
        assertEquals(projectedError(CORNERS), all.error(), 1e-6 * all.error());
    }

    @Test
    void projectedRowsCountForTheirSegment() {
        CodebookStatistics all = projected(CORNERS, ProjectTask.By.SEGMENT);
        double[] counts = new double[K - 1];
        double[] sums = new double[(K - 1) * D];
        for (int i = 0; i < N; i++) {
            int chosen = 0;
            for (int s = 1; s < K - 1; s++) {
                double apart = distance(CORNERS, i, s, nearest(CORNERS, i, s));
                chosen = apart < distance(CORNERS, i, chosen, nearest(CORNERS, i, chosen)) ? s : chosen;
            }
            counts[chosen] += WEIGHTS[i];
            for (int j = 0; j < D; j++) {
                sums[chosen * D + j] += WEIGHTS[i] * (double) ROWS.get(i, j);
            }
        }
        assertArrayEquals(counts, all.counts());
        assertArrayEquals(sums, all.sums(), 1e-9);
    }

    @Test
    void sharesAreDrawnForEachBatchAndSegment() {
        Set<Double> all = new HashSet<>();
        double sum = 0;
        for (int batch = 0; batch < 50; batch++) {
            for (double share : DitheredPoints.draw(CORNERS, D, 7, batch).shares()) {
                assertTrue(share > 0 && share < 1);
                all.add(share);
                sum += share;
            }
        }
        assertEquals(50 * (K - 1), all.size());
        assertEquals(0.5, sum / all.size(), 0.05);
        assertArrayEquals(
                DitheredPoints.draw(CORNERS, D, 7, 3).shares(),
                DitheredPoints.draw(CORNERS, D, 7, 3).shares());
    }
}
