package io.github.sparknsvq.core.training.curve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.RowSelection;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EvenResamplingTest {
    private static final int D = 4;
    private static final int K = 16;

    /** A dense middle with a wide rim, most of which is off any line. */
    private static FloatMatrix halo(int rows, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * D];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((i / D % 4 == 0 ? 3 : 0.7) * random.nextGaussian());
        }
        return new FloatMatrix(rows, D, values);
    }

    /** Rows in their order along a curve that was trained on them. */
    private static FloatMatrix sorted(FloatMatrix rows) {
        SpaceFillingCurve curve;
        try (LocalStatisticsSource source = new LocalStatisticsSource(rows, null, 1)) {
            TrainingSettings settings =
                    TrainingSettings.builder(K).passes(3, 0).batches(250, 1).build();
            curve = new SpaceFillingCurve(
                    CurveTraining.train(source, settings, TrainingListener.NONE, TrainingCheckpoint.NONE)
                            .corners());
        }
        int n = rows.rows();
        int[] segments = new int[n];
        float[] shares = new float[n];
        curve.projector(SpaceFillingCurve.Search.EXACT).project(rows.values(), 0, n, segments, shares, new float[n]);
        float[][] ordered = IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> curve.position(segments[i], shares[i])))
                .map(rows::row)
                .toArray(float[][]::new);
        return FloatMatrix.of(ordered);
    }

    private static FloatMatrix cut(FloatMatrix sorted, double[] ends) {
        CurveResampling.Means means = new CurveResampling.Means(new CurveResampling(sorted.rows(), ends), D);
        for (int i = 0; i < sorted.rows(); i++) {
            means.add(i, sorted.values(), i * D, 1);
        }
        return means.codewords();
    }

    private static FloatMatrix resampled(FloatMatrix sorted, int rounds, int partitions) {
        try (LocalStatisticsSource source = new LocalStatisticsSource(sorted, null, partitions)) {
            return EvenResampling.train(ends -> cut(sorted, ends), source, K, rounds, Device.CPU);
        }
    }

    private static double entropy(FloatMatrix codebook, FloatMatrix rows) {
        try (LocalStatisticsSource source = new LocalStatisticsSource(rows, null, 1)) {
            AssignTask nearest = new AssignTask(codebook.values(), D, RowSelection.ALL, Device.CPU);
            return nearest.on(source).histogram().entropyBits();
        }
    }

    @Test
    void nearestCodewordsAreUsedMoreEvenly() {
        FloatMatrix sorted = sorted(halo(2000, 1));
        FloatMatrix plain = resampled(sorted, 0, 1);
        FloatMatrix even = resampled(sorted, 20, 1);
        FloatMatrix heldOut = halo(2000, 2);
        double before = entropy(plain, heldOut);
        double after = entropy(even, heldOut);
        assertTrue(4 - after < 0.5 * (4 - before), before + " bits, then " + after);
        assertTrue(entropy(even, sorted) > entropy(plain, sorted));
        assertArrayEquals(even.values(), resampled(sorted, 20, 3).values());
    }

    @Test
    void theScaleOfWeightsDoesNotShow() {
        FloatMatrix sorted = sorted(halo(400, 6));
        float[] weights = new float[400];
        Arrays.fill(weights, 0x1p-20f);
        try (LocalStatisticsSource source = new LocalStatisticsSource(sorted, weights, 1)) {
            FloatMatrix even = EvenResampling.train(ends -> cut(sorted, ends), source, K, 5, Device.CPU);
            assertArrayEquals(resampled(sorted, 5, 1).values(), even.values());
        }
    }

    @Test
    void withoutRoundsPartsHaveEqualWeight() {
        FloatMatrix sorted = sorted(halo(320, 3));
        FloatMatrix codewords = resampled(sorted, 0, 1);
        for (int k = 0; k < K; k++) {
            double sum = 0;
            for (int i = 20 * k; i < 20 * (k + 1); i++) {
                sum += sorted.values()[i * D];
            }
            assertEquals(sum / 20, codewords.values()[k * D], 1e-5);
        }
    }

    @Test
    void partsAreAsLargeAsTheirEndsSay() {
        CurveResampling cut = new CurveResampling(10, new double[] {0.1, 0.5, 0.6, 1});
        assertEquals(4, cut.parts());
        double[] counts = new double[4];
        for (int i = 0; i < 10; i++) {
            counts[cut.part(i, 1)]++;
        }
        assertArrayEquals(new double[] {1, 4, 1, 4}, counts);
        assertEquals(3, cut.part(10, 0));
    }

    /** A part without rows has the row in which its middle lies. */
    @Test
    void narrowPartsTakeTheRowOfTheirMiddle() {
        CurveResampling cut = new CurveResampling(3, new double[] {0.01, 0.35, 0.36, 1});
        CurveResampling.Means means = new CurveResampling.Means(cut, 1);
        for (int i = 0; i < 3; i++) {
            means.add(i, new float[] {i}, 0, 1);
        }
        assertArrayEquals(new double[] {0, 1, 0, 2}, means.weights());
        assertArrayEquals(new float[] {0, 0, 1, 1.5f}, means.codewords().values());
    }

    @Test
    void refusesNoPartsAndNegativeRounds() {
        FloatMatrix rows = halo(20, 4);
        assertThrows(NsvqException.class, () -> EvenResampling.train(ends -> rows, null, 0, 1, Device.CPU));
        assertThrows(NsvqException.class, () -> EvenResampling.train(ends -> rows, null, 1, -1, Device.CPU));
        assertEquals(
                20, EvenResampling.train(ends -> rows, null, 20, 0, Device.CPU).rows());
    }

    /** Every part keeps some share, so that none is lost and all can be cut. */
    @Test
    void sharesStayPositive() {
        FloatMatrix sorted = halo(100, 5);
        FloatMatrix far =
                FloatMatrix.of(new float[] {0, 0, 0, 0}, new float[] {99, 0, 0, 0}, new float[] {0, 99, 0, 0});
        try (LocalStatisticsSource source = new LocalStatisticsSource(sorted, null, 1)) {
            EvenResampling.train(
                    ends -> {
                        double[] shares = {ends[0], ends[1] - ends[0], 1 - ends[1]};
                        assertTrue(new CodeHistogram(shares).dead() == 0 && ends[2] == 1, "" + ends[0]);
                        return far;
                    },
                    source,
                    3,
                    40,
                    Device.CPU);
        }
    }
}
