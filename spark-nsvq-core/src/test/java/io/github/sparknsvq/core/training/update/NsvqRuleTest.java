package io.github.sparknsvq.core.training.update;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Trainings;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NsvqRuleTest {
    private static final int K = 5;
    private static final int D = 3;

    /** Adam as its paper prints it, on the gradient 2 (n_k / B)(c_k - m_k), each codeword with a clock of its own. */
    @Test
    void isAdamOnTheGradientOfTheError() {
        float[] rms = {0.5f, 1, 20};
        double rate = 0.05;
        NsvqRule rule = new NsvqRule(K, rms);
        float[] codewords = UpdateRuleTest.start();
        double[] c = new double[K * D];
        double[] m = new double[K * D];
        double[] v = new double[K * D];
        int[] t = new int[K];
        for (int i = 0; i < c.length; i++) {
            c[i] = codewords[i];
        }
        for (int step = 0; step < 60; step++) {
            CodebookStatistics batch = UpdateRuleTest.batch(step);
            rule.update(codewords, batch, rate);
            for (int k = 0; k < K; k++) {
                double n = batch.counts()[k];
                if (n == 0) {
                    continue;
                }
                t[k]++;
                for (int j = 0; j < D; j++) {
                    int i = k * D + j;
                    double gradient = 2 * n / batch.weight() * (c[i] - batch.sums()[i] / n);
                    m[i] = 0.9 * m[i] + 0.1 * gradient;
                    v[i] = 0.999 * v[i] + 0.001 * gradient * gradient;
                    double mHat = m[i] / (1 - Math.pow(0.9, t[k]));
                    double vHat = v[i] / (1 - Math.pow(0.999, t[k]));
                    c[i] -= rate * rms[j] * mHat / Math.sqrt(vHat);
                }
            }
            for (int i = 0; i < c.length; i++) {
                assertEquals(c[i], codewords[i], 1e-4 * rms[i % D], "step " + step + ", value " + i);
            }
        }
    }

    @Test
    void leavesRowsWithoutAGradientAlone() {
        NsvqRule rule = new NsvqRule(K, new float[] {1, 1, 1});
        float[] codewords = UpdateRuleTest.start();
        rule.update(codewords, UpdateRuleTest.fullBatch(), 0.1);
        float[] before = codewords.clone();
        float[][] state = rule.copy().state();
        CodebookStatistics onlyTheSecond = new CodebookStatistics(K, D);
        onlyTheSecond.add(1, new float[] {9, 9, 9}, 0, 1f, 1f);
        for (int step = 0; step < 50; step++) {
            rule.update(codewords, onlyTheSecond, 0.1);
        }
        for (int i = 0; i < K * D; i++) {
            if (i / D != 1) {
                assertEquals(before[i], codewords[i], "a codeword that nothing chose does not move");
                assertEquals(state[0][i], rule.state()[0][i], "nor does its momentum decay");
                assertEquals(state[1][i], rule.state()[1][i]);
                assertEquals(1, rule.state()[2][i / D]);
            }
        }
        assertEquals(51, rule.state()[2][1]);
    }

    @Test
    void doesNotSeeTheScaleOfTheData() {
        for (float scale : new float[] {1e3f, 1e-6f, 1e6f}) {
            float[] codewords = UpdateRuleTest.start();
            float[] scaled = codewords.clone();
            for (int i = 0; i < scaled.length; i++) {
                scaled[i] *= scale;
            }
            NsvqRule rule = new NsvqRule(K, new float[] {1, 2, 3});
            NsvqRule scaledRule = new NsvqRule(K, new float[] {scale, 2 * scale, 3 * scale});
            for (int step = 0; step < 50; step++) {
                CodebookStatistics batch = UpdateRuleTest.batch(step);
                rule.update(codewords, batch, 0.1);
                for (int i = 0; i < batch.sums().length; i++) {
                    batch.sums()[i] *= scale;
                }
                scaledRule.update(scaled, batch, 0.1);
            }
            for (int i = 0; i < scaled.length; i++) {
                assertEquals(codewords[i], scaled[i] / scale, 1e-4);
            }
        }
    }

    /** A power of two changes no float32's digits, so that every assignment and every step must be the same. */
    @Test
    void trainsACodebookInTheUnitsOfTheData() {
        FloatMatrix rows = TestRows.clusters(2000, 3, 12, 0.5, 3);
        TrainingSettings settings = TrainingSettings.builder(16).passes(8, 2).build();
        FloatMatrix start = TestRows.slice(rows, 0, 16);
        TrainingResult plain = Trainings.train(rows, settings, start);
        TrainingResult large = Trainings.train(TestRows.scaled(rows, 1024), settings, TestRows.scaled(start, 1024));
        assertArrayEquals(
                TestRows.scaled(plain.codebook(), 1024).values(),
                large.codebook().values(),
                1e-2f);
        assertEquals(1 << 20, large.statistics().error() / plain.statistics().error(), 10);
        TrainingResult scaled = Trainings.train(TestRows.scaled(rows, 1000), settings, TestRows.scaled(start, 1000));
        assertEquals(1e6, scaled.statistics().error() / plain.statistics().error(), 1e4);
    }

    /**
     * The noise of the operator, x' = x + s v with s = ||x - c|| and v any direction, cancels in ||x - x'||^2: for
     * every draw the gradient of the mean loss of a batch is 2 (n_k / B)(c_k - m_k). By finite differences.
     */
    @Test
    void usesTheGradientThatFiniteDifferencesShow() {
        FloatMatrix rows = TestRows.gaussian(64, D, 5);
        FloatMatrix codebook = TestRows.gaussian(K, D, 6);
        NsvqRule rule = new NsvqRule(K, new float[] {1, 1, 1});
        rule.update(codebook.values().clone(), Trainings.evaluate(rows, codebook), 0.1);
        float[] momentum = rule.state()[0];
        double h = 1e-5;
        for (int i = 0; i < K * D; i++) {
            double up = noisyLoss(rows, codebook, i, h, i);
            double down = noisyLoss(rows, codebook, i, -h, i);
            // after one step the momentum is a tenth of the gradient, which the rule takes K times
            assertEquals((up - down) / (2 * h), momentum[i] / (0.1 * K), 1e-5, "value " + i);
        }
    }

    /** Mean of ||x - x'||^2 with one codeword's coordinate moved, noise drawn from a seed. */
    private static double noisyLoss(FloatMatrix rows, FloatMatrix codebook, int moved, double by, long seed) {
        Random random = new Random(seed);
        double total = 0;
        for (int i = 0; i < rows.rows(); i++) {
            double nearest = Double.POSITIVE_INFINITY;
            for (int k = 0; k < K; k++) {
                double squared = 0;
                for (int j = 0; j < D; j++) {
                    double c = codebook.get(k, j) + (k * D + j == moved ? by : 0);
                    squared += (rows.get(i, j) - c) * (rows.get(i, j) - c);
                }
                nearest = Math.min(nearest, squared);
            }
            double[] direction = random.doubles(D, -1, 1).toArray();
            double norm = 0;
            for (double value : direction) {
                norm += value * value;
            }
            for (int j = 0; j < D; j++) {
                double x = rows.get(i, j);
                double noisy = x + Math.sqrt(nearest) * direction[j] / Math.sqrt(norm);
                total += (x - noisy) * (x - noisy);
            }
        }
        return total / rows.rows();
    }
}
