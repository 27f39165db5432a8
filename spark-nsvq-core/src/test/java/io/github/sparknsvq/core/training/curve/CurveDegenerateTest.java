package io.github.sparknsvq.core.training.curve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Data that a curve must survive. */
class CurveDegenerateTest {

    private static CurveResult train(FloatMatrix rows, float[] weights, int corners) {
        TrainingSettings settings =
                CurveTraining.settings(corners).passes(5, TrainingSettings.AUTO).build();
        try (var source = new LocalStatisticsSource(rows, weights, 2)) {
            return CurveTraining.train(source, settings, TrainingListener.NONE, TrainingCheckpoint.NONE);
        }
    }

    /** Variance of the rows, summed over dimensions. */
    private static double variance(FloatMatrix rows) {
        double variance = 0;
        for (int j = 0; j < rows.columns(); j++) {
            double mean = 0;
            for (int i = 0; i < rows.rows(); i++) {
                mean += rows.get(i, j) / (double) rows.rows();
            }
            for (int i = 0; i < rows.rows(); i++) {
                variance += Math.pow(rows.get(i, j) - mean, 2) / rows.rows();
            }
        }
        return variance;
    }

    /** The rows, and which share of their variance may be left as error by 16 corners. */
    static Stream<Arguments> data() {
        return Stream.of(
                arguments("one row", 1e-9, () -> TestRows.gaussian(1, 5, 1)),
                arguments("equal rows", 1e-9, () -> TestRows.repeated(100, new float[] {3, -2})),
                arguments("rows of zeros", 1e-9, () -> TestRows.repeated(100, new float[] {0, 0})),
                arguments("two rows", 0.01, () -> TestRows.gaussian(2, 5, 1)),
                arguments("two distinct", 0.01, () -> TestRows.repeated(99, new float[] {1, 2}, new float[] {3, 1})),
                arguments(
                        "three distinct",
                        0.05,
                        () -> TestRows.repeated(99, new float[] {1, 2}, new float[] {3, 1}, new float[] {-3, 1})),
                arguments("fewer rows than corners", 0.25, () -> TestRows.gaussian(7, 3, 1)),
                arguments("one dimension", 0.01, () -> TestRows.gaussian(500, 1, 1)),
                arguments("one dimension that varies", 0.01, () -> stretched(500, 4, 1, 0, 0, 0)),
                arguments("equal norms", 0.1, () -> TestRows.unitLength(TestRows.gaussian(2000, 2, 1))),
                arguments("equal norms in 8-D", 0.8, () -> TestRows.unitLength(TestRows.gaussian(2000, 8, 1))),
                arguments("tiny", 0.12, () -> TestRows.gaussian(1000, 2, 1e-15, 0, 1)),
                arguments("huge", 0.12, () -> TestRows.gaussian(1000, 2, 1e15, 0, 1)),
                arguments("far from the origin", 0.12, () -> TestRows.gaussian(1000, 2, 1, 1e4, 1)),
                arguments("dimensions of very different scale", 0.02, () -> stretched(1000, 3, 1e6, 1, 1e-6)),
                arguments("far clusters", 0.02, () -> TestRows.clusters(1000, 2, 5, 0.01, 1)));
    }

    private static Arguments arguments(String name, double share, Supplier<FloatMatrix> rows) {
        return Arguments.of(name, share, rows);
    }

    private static FloatMatrix stretched(int n, int d, double... by) {
        FloatMatrix rows = TestRows.gaussian(n, d, 1);
        for (int i = 0; i < rows.values().length; i++) {
            rows.values()[i] *= (float) by[i % d];
        }
        return rows;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("data")
    void leavesLittleError(String name, double share, Supplier<FloatMatrix> data) {
        FloatMatrix rows = data.get();
        CurveResult curve = train(rows, null, 16);
        for (float value : curve.corners().values()) {
            assertTrue(Float.isFinite(value), "corners are finite");
        }
        double scale = Math.abs(rows.get(0, 0)) * 1e-6; // float32
        double limit = share * variance(rows) + scale * scale;
        assertTrue(curve.statistics().meanError() <= limit, curve.statistics().meanError() + " of " + limit);
        assertEquals(rows.rows(), curve.statistics().weight());
    }

    @ParameterizedTest
    @ValueSource(floats = {1e-6f, 1e6f})
    void weightsOfAnySizeWork(float unit) {
        FloatMatrix rows = TestRows.gaussian(500, 2, 1);
        float[] weights = new float[500];
        for (int i = 0; i < 500; i++) {
            weights[i] = unit * (1 + i % 4);
        }
        CurveResult curve = train(rows, weights, 16);
        assertTrue(curve.statistics().meanError() < 0.12 * variance(rows));
    }

    @Test
    void aRowOfNearlyAllWeightDoesNotBreakTheStart() {
        FloatMatrix rows = TestRows.gaussian(500, 2, 1);
        float[] weights = new float[500];
        for (int i = 0; i < 500; i++) {
            weights[i] = i == 17 ? 1e6f : 1;
        }
        for (float value : train(rows, weights, 8).corners().values()) {
            assertTrue(Float.isFinite(value));
        }
    }

    @Test
    void noPassesGiveALine() {
        FloatMatrix rows = TestRows.gaussian(100, 2, 1);
        try (var source = new LocalStatisticsSource(rows, null, 2)) {
            TrainingSettings none =
                    CurveTraining.settings(16).passes(0, TrainingSettings.AUTO).build();
            CurveResult curve = CurveTraining.train(source, none, TrainingListener.NONE, TrainingCheckpoint.NONE);
            assertEquals(16, curve.corners().rows());
            assertEquals(0, curve.history().size());
            assertTrue(curve.statistics().meanError() < variance(rows));
        }
    }
}
