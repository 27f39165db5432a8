package io.github.sparknsvq.core.training.update;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The rules against the formulas of the table in their sources, in slow double precision, over several steps. */
class UpdateRuleTest {
    private static final int K = 5;
    private static final int D = 3;
    private static final int STEPS = 40;

    /** What a batch may count: the last codeword is never hit, the others now and then. */
    static CodebookStatistics batch(long seed) {
        Random random = new Random(seed);
        CodebookStatistics batch = new CodebookStatistics(K, D);
        for (int k = 0; k < K - 1; k++) {
            if (random.nextInt(3) > 0) {
                int n = 1 + random.nextInt(20);
                batch.counts()[k] = n;
                for (int j = 0; j < D; j++) {
                    batch.sums()[k * D + j] = n * (k - 2 + random.nextGaussian());
                }
            }
        }
        return batch;
    }

    static float[] start() {
        float[] codewords = new float[K * D];
        Random random = new Random(99);
        for (int i = 0; i < codewords.length; i++) {
            codewords[i] = (float) random.nextGaussian();
        }
        return codewords;
    }

    /** Moves one coordinate of one codeword, given its count, mean and the batch's weight. */
    private interface Formula {
        double next(int step, int i, double c, double n, double mean, double weight);
    }

    private static void follows(UpdateRule rule, double rate, Formula formula) {
        float[] codewords = start();
        double[] expected = new double[K * D];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = codewords[i];
        }
        for (int step = 0; step < STEPS; step++) {
            CodebookStatistics batch = batch(step);
            rule.update(codewords, batch, rate);
            for (int i = 0; i < expected.length; i++) {
                double n = batch.counts()[i / D];
                double mean = n > 0 ? batch.sums()[i] / n : Double.NaN;
                expected[i] = formula.next(step, i, expected[i], n, mean, batch.weight());
                assertEquals(expected[i], codewords[i], 2e-5, "step " + step + ", value " + i);
            }
        }
    }

    @Test
    void lloydTakesTheMean() {
        follows(new LloydRule(), 0, (step, i, c, n, mean, weight) -> n > 0 ? mean : c);
    }

    @Test
    void miniBatchDividesByTheRunningCount() {
        double[] seen = new double[K * D];
        follows(new MiniBatchRule(K), 0, (step, i, c, n, mean, weight) -> {
            seen[i] += n;
            return n > 0 ? c + n / seen[i] * (mean - c) : c;
        });
    }

    @Test
    void emaDividesMovingSumsByMovingCounts() {
        double g = 0.9;
        double[] sums = new double[K * D];
        double[] counts = new double[K * D];
        follows(new EmaRule(K, g), 0, (step, i, c, n, mean, weight) -> {
            sums[i] = g * sums[i] + (1 - g) * (n > 0 ? n * mean : 0);
            counts[i] = g * counts[i] + (1 - g) * n;
            return counts[i] > 0 ? sums[i] / counts[i] : c;
        });
    }

    @Test
    void emaKeepsACodewordThatIsHitNoMore() {
        EmaRule rule = new EmaRule(1, EmaRule.DECAY);
        float[] codeword = {0};
        CodebookStatistics hit = new CodebookStatistics(1, 1);
        hit.add(0, new float[] {3}, 0, 1f, 9f);
        rule.update(codeword, hit, 0);
        assertEquals(3, codeword[0], 1e-6, "the first batch is all that is known");
        for (int step = 0; step < 20_000; step++) {
            rule.update(codeword, new CodebookStatistics(1, 1), 0);
        }
        assertEquals(3, codeword[0], 1e-6);
        hit.add(0, new float[] {5}, 0, 1f, 4f);
        rule.update(codeword, hit, 0);
        assertEquals(4, codeword[0], 1e-6, "what was known has faded");
    }

    @Test
    void sgdStepsAlongTheGradient() {
        double rate = 0.3;
        double eta = rate * K / 2;
        follows(
                new SgdRule(),
                rate,
                (step, i, c, n, mean, weight) -> n > 0 ? c + Math.min(1, 2 * eta * n / weight) * (mean - c) : c);
    }

    @Test
    void sgdNeverStepsPastTheMean() {
        follows(new SgdRule(), 1e6, (step, i, c, n, mean, weight) -> n > 0 ? mean : c);
    }

    /** A rule that forgot a codeword treats it as a new rule would, and the others as if nothing had happened. */
    @Test
    void forgetsOneCodeword() {
        float[] ones = {1, 1, 1};
        for (UpdateRule rule : List.of(
                new LloydRule(), new SgdRule(), new MiniBatchRule(K), new EmaRule(K, 0.9), new NsvqRule(K, ones))) {
            UpdateRule fresh = rule.copy();
            float[] codewords = start();
            for (int step = 0; step < 10; step++) {
                rule.update(codewords, batch(step), 0.1);
            }
            UpdateRule remembering = rule.copy();
            rule.forget(1);
            float[] after = codewords.clone();
            float[] afresh = codewords.clone();
            float[] remembered = codewords.clone();
            CodebookStatistics next = fullBatch();
            rule.update(after, next, 0.1);
            fresh.update(afresh, next, 0.1);
            remembering.update(remembered, next, 0.1);
            for (int i = 0; i < K * D; i++) {
                assertEquals(i / D == 1 ? afresh[i] : remembered[i], after[i], rule.getClass() + " value " + i);
            }
        }
    }

    /** Codewords move alike, all at once or some after the others, in whatever order. */
    @Test
    void movesSomeCodewordsAsAll() {
        float[] ones = {1, 1, 1};
        for (UpdateRule rule : List.of(
                new LloydRule(), new SgdRule(), new MiniBatchRule(K), new EmaRule(K, 0.9), new NsvqRule(K, ones))) {
            UpdateRule other = rule.copy();
            float[] whole = start();
            float[] parts = start();
            for (int step = 0; step < 3; step++) {
                rule.update(whole, batch(step), 0.1);
                other.update(parts, batch(step), 0.1, 1, K);
                other.update(parts, batch(step), 0.1, 0, 1);
            }
            assertArrayEquals(whole, parts, rule.getClass() + "");
        }
    }

    @Test
    void copiesAreIndependent() {
        float[] ones = {1, 1, 1};
        for (UpdateRule rule : List.of(new MiniBatchRule(K), new EmaRule(K, 0.9), new NsvqRule(K, ones))) {
            rule.update(start(), fullBatch(), 0.1);
            UpdateRule copy = rule.copy();
            float[][] before = clone(rule.state());
            for (int a = 0; a < before.length; a++) {
                assertArrayEquals(before[a], copy.state()[a], "a copy starts from the same state");
            }
            copy.update(start(), fullBatch(), 0.1);
            copy.forget(0);
            for (int a = 0; a < before.length; a++) {
                assertArrayEquals(before[a], rule.state()[a], rule.getClass() + " changed with its copy");
                assertNotEquals(before[a][0], copy.state()[a][0], "the copy has moved on");
            }
        }
    }

    @Test
    void averagesStateByShare() {
        float[] ones = {1, 1, 1};
        for (UpdateRule rule : List.of(new EmaRule(K, 0.9), new NsvqRule(K, ones))) {
            rule.update(start(), fullBatch(), 0.1);
            UpdateRule left = rule.copy();
            UpdateRule right = rule.copy();
            left.update(start(), batch(1), 0.1);
            right.update(start(), batch(2), 0.1);
            double[][] shares = {{1, 0, 3, 5, 0}, {3, 2, 1, 0, 0}};
            float[][] before = clone(rule.state());
            LocalStepsResult merged = result(left, shares[0]);
            merged.mergeAll(List.of(result(right, shares[1])));
            merged.apply(0, start(), rule);
            for (int a = 0; a < before.length; a++) {
                int width = before[a].length / K;
                for (int i = 0; i < before[a].length; i++) {
                    int k = i / width;
                    double total = shares[0][k] + shares[1][k];
                    double expected = total == 0
                            ? before[a][i]
                            : (shares[0][k] * left.state()[a][i] + shares[1][k] * right.state()[a][i]) / total;
                    assertEquals(expected, rule.state()[a][i], 1e-6 * (1 + Math.abs(expected)));
                }
            }
        }
    }

    @Test
    void miniBatchAddsUpWhatItsCopiesSaw() {
        MiniBatchRule rule = new MiniBatchRule(K);
        rule.update(start(), fullBatch(), 0);
        UpdateRule left = rule.copy();
        UpdateRule right = rule.copy();
        MiniBatchRule both = (MiniBatchRule) rule.copy();
        left.update(start(), batch(1), 0);
        right.update(start(), batch(2), 0);
        both.update(start(), batch(1), 0);
        both.update(start(), batch(2), 0);
        LocalStepsResult merged = result(left, batch(1).counts());
        merged.mergeAll(List.of(result(right, batch(2).counts())));
        merged.apply(0, start(), rule);
        assertArrayEquals(both.state()[0], rule.state()[0], 1e-4f);
    }

    private static LocalStepsResult result(UpdateRule rule, double[] counts) {
        CodebookStatistics seen = new CodebookStatistics(K, D);
        System.arraycopy(counts, 0, seen.counts(), 0, K);
        return new LocalStepsResult(start(), clone(rule.state()), seen, 0);
    }

    /** A batch in which every codeword is hit. */
    static CodebookStatistics fullBatch() {
        CodebookStatistics batch = new CodebookStatistics(K, D);
        for (int k = 0; k < K; k++) {
            for (int i = 0; i <= k; i++) {
                batch.add(k, new float[] {k, i, 1 - k * 0.5f}, 0, 1.5f, 1f);
            }
        }
        return batch;
    }

    private static float[][] clone(float[][] state) {
        float[][] copy = new float[state.length][];
        for (int a = 0; a < state.length; a++) {
            copy[a] = state[a].clone();
        }
        return copy;
    }
}
