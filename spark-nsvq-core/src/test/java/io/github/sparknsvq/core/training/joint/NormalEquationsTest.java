package io.github.sparknsvq.core.training.joint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The joint solve beside slow and obvious least squares. */
class NormalEquationsTest {
    private static final int[] SIZES = {5, 3, 4};
    private static final int D = 3;

    private final Random random = new Random(1);

    private static void gauss(double[] a, double[] b, int n, int d) {
        for (int k = 0; k < n; k++) {
            for (int i = 0; i < n; i++) {
                if (i != k) {
                    double f = a[i * n + k] / a[k * n + k];
                    for (int j = 0; j < n; j++) {
                        a[i * n + j] -= f * a[k * n + j];
                    }
                    for (int j = 0; j < d; j++) {
                        b[i * d + j] -= f * b[k * d + j];
                    }
                }
            }
        }
        for (int i = 0; i < n * d; i++) {
            b[i] /= a[i / d * n + i / d];
        }
    }

    private final float[] rows = values(80);
    private final float[] weights = weights(80);
    private final int[] chosen = choices(80);

    private float[] values(int n) {
        float[] values = new float[n * D];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (100 + 10 * random.nextGaussian());
        }
        return values;
    }

    private float[] weights(int n) {
        float[] weights = new float[n];
        for (int i = 0; i < n; i++) {
            weights[i] = 1 + i % 3;
        }
        return weights;
    }

    /** Nothing chooses the last codeword. */
    private int[] choices(int n) {
        int[] choices = new int[n * 3];
        for (int i = 0; i < n; i++) {
            choices[3 * i] = random.nextInt(5);
            choices[3 * i + 1] = 5 + random.nextInt(3);
            choices[3 * i + 2] = 8 + random.nextInt(3);
        }
        return choices;
    }

    private CooccurrenceStatistics statistics() {
        CooccurrenceStatistics statistics = new CooccurrenceStatistics(SIZES, D);
        for (int i = 0; i < weights.length; i++) {
            statistics.add(chosen, 3 * i, 3, rows, i * D, weights[i], 0);
        }
        return statistics;
    }

    private double error(float[] codewords) {
        double error = 0;
        for (int i = 0; i < weights.length; i++) {
            for (int j = 0; j < D; j++) {
                double left = rows[i * D + j];
                for (int m = 0; m < 3; m++) {
                    left -= codewords[chosen[3 * i + m] * D + j];
                }
                error += weights[i] * left * left;
            }
        }
        return error;
    }

    @Test
    void movesCodewordsToTheLeastSquaresSolution() {
        float[] codewords = values(12);
        double[] a = new double[12 * 12];
        double[] b = new double[12 * D];
        double weight = 0;
        for (float each : weights) {
            weight += each;
        }
        double pull = 0.3 * weight / 12;
        for (int c = 0; c < 12; c++) {
            a[c * 12 + c] = pull;
            for (int j = 0; j < D; j++) {
                b[c * D + j] = pull * codewords[c * D + j];
            }
        }
        for (int i = 0; i < weights.length; i++) {
            for (int m = 0; m < 3; m++) {
                int c = chosen[3 * i + m];
                for (int l = 0; l < 3; l++) {
                    a[c * 12 + chosen[3 * i + l]] += weights[i];
                }
                for (int j = 0; j < D; j++) {
                    b[c * D + j] += weights[i] * rows[i * D + j];
                }
            }
        }
        gauss(a, b, 12, D);
        float[] unused = {codewords[33], codewords[34], codewords[35]};
        NormalEquations.update(codewords, statistics(), 0.3);
        for (int i = 0; i < codewords.length; i++) {
            assertEquals(b[i], codewords[i], 1e-4);
        }
        assertArrayEquals(unused, new float[] {codewords[33], codewords[34], codewords[35]}, "nothing chose it");
    }

    @Test
    void theErrorOfTheSameCodesNeverRises() {
        float[] codewords = values(12);
        double error = error(codewords);
        for (int step = 0; step < 5; step++) {
            NormalEquations.update(codewords, statistics(), 0.01);
            double now = error(codewords);
            assertTrue(now <= error * (1 + 1e-6), now + " after " + error);
            error = now;
        }
        float[] shaken = codewords.clone();
        for (int i = 0; i < shaken.length; i++) {
            shaken[i] = codewords[i] + (float) random.nextGaussian() / 10;
        }
        assertTrue(error(shaken) > error, "there is no better place nearby");
    }

    @Test
    void withoutRowsNothingMoves() {
        float[] codewords = values(12);
        float[] before = codewords.clone();
        NormalEquations.update(codewords, new CooccurrenceStatistics(SIZES, D), 0.01);
        assertArrayEquals(before, codewords);
    }
}
