package io.github.sparknsvq.core.training.update;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.SeededHash;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

class ReseedingPolicyTest {
    private static final IntConsumer STATELESS = new LloydRule()::forget;

    private static CodebookStatistics counted(int d, double[] counts, double[] errors) {
        CodebookStatistics statistics = new CodebookStatistics(counts.length, d);
        System.arraycopy(counts, 0, statistics.counts(), 0, counts.length);
        System.arraycopy(errors, 0, statistics.errors(), 0, errors.length);
        return statistics;
    }

    /** Codewords at 0, 100, 200, ... in every coordinate. */
    private static float[] spacedOut(int codebook, int d) {
        float[] codewords = new float[codebook * d];
        for (int i = 0; i < codewords.length; i++) {
            int k = i / d;
            codewords[i] = 100 * k;
        }
        return codewords;
    }

    @Test
    void splitsADonorForEveryCodewordNeverChosen() {
        var policy = new ReseedingPolicy.ErrorProportional(5, 2, 0);
        policy.observe(counted(2, new double[] {0, 10, 10, 0, 10}, new double[] {0, 20, 30, 0, 0}));
        float[] codewords = spacedOut(5, 2);
        assertEquals(2, policy.reseed(codewords, STATELESS, new Random(1)));
        for (int idle : new int[] {0, 3}) {
            int donor = Math.round(codewords[idle * 2] / 100);
            assertTrue(donor == 1 || donor == 2, "only codewords with an error are split, not " + donor);
            double rms = Math.sqrt((donor == 1 ? 2.0 : 3.0) / 2);
            for (int j = 0; j < 2; j++) {
                float moved = codewords[idle * 2 + j] - 100 * donor;
                assertNotEquals(0, moved);
                assertTrue(Math.abs(moved) < 2 * 5 * 0.1 * rms, "a fraction of the rms error away");
            }
        }
        assertEquals(400, codewords[8], "a codeword without an error is no donor, and was chosen: it stays");
    }

    @Test
    void partsTheHalvesToBothSides() {
        var policy = new ReseedingPolicy.ErrorProportional(2, 3, 0);
        policy.observe(counted(3, new double[] {5, 0}, new double[] {15, 0}));
        float[] codewords = {10, 10, 10, -99, -99, -99};
        assertEquals(1, policy.reseed(codewords, STATELESS, new Random(2)));
        for (int j = 0; j < 3; j++) {
            assertEquals(20, codewords[j] + codewords[3 + j], 1e-5);
            assertNotEquals(codewords[j], codewords[3 + j]);
        }
    }

    @Test
    void drawsDonorsInProportionToTheirError() {
        int draws = 20_000;
        int[] chosen = new int[4];
        var policy = new ReseedingPolicy.ErrorProportional(4, 1, 0);
        for (int seed = 0; seed < draws; seed++) {
            // many rows with a small error each count less than few with a large one
            policy.observe(counted(1, new double[] {0, 1000, 10, 100}, new double[] {0, 10, 20, 70}));
            float[] codewords = spacedOut(4, 1);
            assertEquals(1, policy.reseed(codewords, STATELESS, new Random(SeededHash.mix(seed))));
            chosen[Math.round(codewords[0] / 100)]++;
        }
        double[] expected = {0, 0.1, 0.2, 0.7};
        for (int k = 0; k < 4; k++) {
            double sigma = Math.sqrt(expected[k] * (1 - expected[k]) / draws);
            assertEquals(expected[k], chosen[k] / (double) draws, 4.5 * sigma, "donor " + k);
        }
    }

    @Test
    void sendsManyIdleCodewordsToManyDonors() {
        int k = 40;
        double[] counts = new double[k];
        Arrays.fill(counts, 0, 20, 8);
        var policy = new ReseedingPolicy.ErrorProportional(k, 1, 0);
        policy.observe(counted(1, counts, counts));
        float[] codewords = spacedOut(k, 1);
        assertEquals(20, policy.reseed(codewords, STATELESS, new Random(3)));
        int[] copies = new int[20];
        for (int c = 20; c < k; c++) {
            copies[Math.round(codewords[c] / 100)]++;
        }
        assertTrue(Arrays.stream(copies).max().getAsInt() <= 4, "a donor that was split is less likely next time");
    }

    @Test
    void replacesOnlyErrorsUnderTheThreshold() {
        var policy = new ReseedingPolicy.ErrorProportional(4, 1, 0.2);
        // the mean error is 10, so the threshold is 2
        policy.observe(counted(1, new double[] {3, 3, 3, 3}, new double[] {1.9, 2.1, 16, 20}));
        float[] codewords = {0, 1, 100, 200};
        assertEquals(1, policy.reseed(codewords, STATELESS, new Random(4)));
        assertTrue(codewords[0] > 90);
        assertEquals(1, codewords[1], "an error above the threshold stays where it is");
    }

    @Test
    void leavesACodewordWhoseRowsHaveNoOther() {
        var policy = new ReseedingPolicy.ErrorProportional(3, 1, 0.2);
        // without the first codeword its 3 rows would be 100 away; the last can gain 500 at most
        policy.observe(counted(1, new double[] {3, 3, 50}, new double[] {1, 50, 500}));
        float[] codewords = spacedOut(3, 1);
        assertEquals(0, policy.reseed(codewords, STATELESS, new Random(4)));
        assertArrayEquals(spacedOut(3, 1), codewords);
        // two codewords to the same rows: one of them can go, the other then holds them alone
        policy.observe(counted(1, new double[] {3, 3, 50}, new double[] {1, 1, 500}));
        float[] pair = {0, 1, 200};
        assertEquals(1, policy.reseed(pair, STATELESS, new Random(4)));
        assertEquals(1, pair[1]);
    }

    @Test
    void addsUpAWindowAndStartsANewOne() {
        var policy = new ReseedingPolicy.ErrorProportional(3, 1, 0);
        policy.observe(counted(1, new double[] {1, 0, 0}, new double[] {1, 0, 0}));
        policy.observe(counted(1, new double[] {0, 1, 0}, new double[] {0, 1, 0}));
        assertEquals(1, policy.reseed(spacedOut(3, 1), STATELESS, new Random(5)));
        policy.observe(counted(1, new double[] {0, 0, 1}, new double[] {0, 0, 1}));
        assertEquals(2, policy.reseed(spacedOut(3, 1), STATELESS, new Random(5)), "the first window is forgotten");
    }

    @Test
    void forgetsTheStateOfBothHalves() {
        NsvqRule rule = new NsvqRule(5, new float[] {1, 1, 1});
        rule.update(UpdateRuleTest.start(), UpdateRuleTest.fullBatch(), 0.1);
        float[][] before = rule.copy().state();
        var policy = new ReseedingPolicy.ErrorProportional(5, 3, 0);
        policy.observe(counted(3, new double[] {4, 0, 4, 4, 4}, new double[] {0, 0, 0, 8, 0}));
        assertEquals(1, policy.reseed(spacedOut(5, 3), rule::forget, new Random(6)));
        for (int a = 0; a < before.length; a++) {
            int width = before[a].length / 5;
            for (int i = 0; i < before[a].length; i++) {
                boolean moved = i / width == 1 || i / width == 3;
                assertEquals(moved ? 0 : before[a][i], rule.state()[a][i], "array " + a + ", value " + i);
            }
        }
    }

    @Test
    void doesNothingWhereNothingWasSeen() {
        for (ReseedingPolicy policy : new ReseedingPolicy[] {
            new ReseedingPolicy.ErrorProportional(3, 2, 0.2),
            new ReseedingPolicy.BatchPresence(3, 2, 0.1, 0.1),
            ReseedingPolicy.NONE
        }) {
            float[] codewords = spacedOut(3, 2);
            assertEquals(0, policy.reseed(codewords, STATELESS, new Random(7)), "no step was observed");
            policy.observe(new CodebookStatistics(3, 2));
            assertEquals(0, policy.reseed(codewords, STATELESS, new Random(7)), "no codeword was chosen");
            assertArrayEquals(spacedOut(3, 2), codewords);
        }
    }

    @Test
    void neverReplacesIfAskedNotTo() {
        ReseedingPolicy.NONE.observe(counted(1, new double[] {0, 1}, new double[] {0, 1}));
        float[] codewords = spacedOut(2, 1);
        assertEquals(0, ReseedingPolicy.NONE.reseed(codewords, STATELESS, new Random(8)));
        assertArrayEquals(spacedOut(2, 1), codewords);
    }

    @Test
    void partsCopiesThatStandFarFromTheOrigin() {
        // float32 steps by 0.0625 here: the paper's noise of 1e-12, or a thousandth, would leave exact duplicates
        float far = 1_000_000f;
        for (ReseedingPolicy policy : new ReseedingPolicy[] {
            new ReseedingPolicy.ErrorProportional(2, 4, 0), new ReseedingPolicy.BatchPresence(2, 4, 0.5, 1e-3)
        }) {
            policy.observe(counted(4, new double[] {10, 0}, new double[] {40, 0}));
            float[] codewords = new float[8];
            Arrays.fill(codewords, 0, 4, far);
            assertEquals(1, policy.reseed(codewords, STATELESS, new Random(9)));
            assertFalse(
                    Arrays.equals(codewords, 0, 4, codewords, 4, 8),
                    policy.getClass().getSimpleName() + " made an exact duplicate");
            assertEquals(far, codewords[4], 1, "and yet it is near");
        }
    }

    @Test
    void leavesADonorAloneWhoseErrorFloat32DoesNotResolve() {
        var policy = new ReseedingPolicy.ErrorProportional(2, 4, 0);
        policy.observe(counted(4, new double[] {10, 0}, new double[] {1e-3, 0}));
        float[] codewords = new float[8];
        Arrays.fill(codewords, 0, 4, 1_000_000f);
        policy.reseed(codewords, STATELESS, new Random(9));
        for (int j = 0; j < 4; j++) {
            assertEquals(1_000_000f, codewords[j], "a codeword that is right to the last digit is not moved off");
        }
    }

    /** The paper's rule counts in how many batches a codeword occurs at all, however often. */
    @Test
    void countsBatchesNotRowsForThePaper() {
        var policy = new ReseedingPolicy.BatchPresence(4, 1, 0.1, 1e-3);
        for (int step = 0; step < 20; step++) {
            double rarely = step == 7 ? 1_000_000 : 0;
            double sometimes = step == 3 || step == 11 ? 1 : 0;
            policy.observe(counted(1, new double[] {rarely, sometimes, 5, 0}, new double[] {9e9, 1, 1, 0}));
        }
        float[] codewords = spacedOut(4, 1);
        assertEquals(2, policy.reseed(codewords, STATELESS, new Random(10)), "5 % and 0 % of batches; 10 % stays");
        assertEquals(100, codewords[1]);
        assertEquals(200, codewords[2], "a donor does not move");
        for (int k : new int[] {0, 3}) {
            float nearest = 100f * Math.round(codewords[k] / 100);
            assertTrue(nearest == 100 || nearest == 200, "copied from an active codeword, not from " + nearest);
            assertEquals(nearest, codewords[k], 0.01);
            assertNotEquals(nearest, codewords[k]);
        }
    }

    @Test
    void drawsThePapersDonorsAlike() {
        int draws = 6000;
        int[] chosen = new int[4];
        var policy = new ReseedingPolicy.BatchPresence(4, 1, 0.1, 1e-3);
        for (int seed = 0; seed < draws; seed++) {
            policy.observe(counted(1, new double[] {0, 1, 10, 100}, new double[] {0, 10, 20, 70}));
            float[] codewords = spacedOut(4, 1);
            assertEquals(1, policy.reseed(codewords, STATELESS, new Random(SeededHash.mix(seed))));
            chosen[Math.round(codewords[0] / 100)]++;
        }
        for (int k = 1; k < 4; k++) {
            assertEquals(1 / 3.0, chosen[k] / (double) draws, 4.5 * Math.sqrt(2 / 9.0 / draws), "donor " + k);
        }
    }
}
