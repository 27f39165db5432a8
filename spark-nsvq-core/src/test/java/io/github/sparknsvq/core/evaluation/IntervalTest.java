package io.github.sparknsvq.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntervalTest {
    private static void assertInterval(double low, double high, Interval found) {
        assertEquals(low, found.low(), 5e-5);
        assertEquals(high, found.high(), 5e-5);
    }

    /** As scipy's binomtest(...).proportion_ci(method="wilson") has them. */
    @Test
    void sharesHaveWilsonsInterval() {
        assertInterval(0.60000, 0.92332, Interval.ofShare(17, 21));
        assertInterval(0.25529, 0.36621, Interval.ofShare(81, 263));
        assertEquals(17.0 / 21, Interval.ofShare(17, 21).mean());
        assertEquals(21, Interval.ofShare(17, 21).count());
    }

    @Test
    void nothingAndAllStayInRange() {
        Interval none = Interval.ofShare(0, 20);
        assertEquals(0, none.low());
        assertInterval(0, 0.1611, none);
        Interval all = Interval.ofShare(20, 20);
        assertInterval(0.8389, 1, all);
        assertEquals(1, all.high());
    }

    @Test
    void ofNothingNothingIsKnown() {
        for (Interval unknown : new Interval[] {Interval.ofShare(0, 0), Interval.ofMean(new double[0], 10)}) {
            assertTrue(Double.isNaN(unknown.mean()));
            assertEquals(0, unknown.low());
            assertEquals(1, unknown.high());
        }
    }

    @Test
    void hitsAndMissesAreAShare() {
        double[] hits = new double[1000];
        Arrays.fill(hits, 0, 900, 1);
        Interval share = Interval.ofShare(900, 1000);
        Interval mean = Interval.ofMean(hits, 1);
        assertEquals(share.low(), mean.low(), 1e-4);
        assertEquals(share.high(), mean.high(), 1e-4);
        assertEquals(1000, mean.count());
    }

    @Test
    void sharesThatVaryLessAreKnownBetter() {
        double[] even = new double[100];
        Arrays.setAll(even, i -> 0.8 + 0.1 * (i % 3));
        Interval mean = Interval.ofMean(even, 10);
        Interval share = Interval.ofShare(90, 100);
        assertTrue(mean.high() - mean.low() < 0.6 * (share.high() - share.low()), mean.toString());
        // but never better than as three members each, of nine that were counted
        double[] equal = new double[100];
        Arrays.fill(equal, 0.9);
        assertEquals(Interval.ofShare(270, 300).low(), Interval.ofMean(equal, 9).low(), 1e-9);
        double[] all = new double[100];
        Arrays.fill(all, 1);
        assertEquals(Interval.ofShare(300, 300).low(), Interval.ofMean(all, 9).low(), 1e-9);
    }

    /** Of 2,000 samples about 50 may miss the true share on each side. */
    @Test
    void theTrueShareIsInside() {
        Random random = new Random(5);
        int above = 0;
        int below = 0;
        double truth = 0.95;
        for (int sample = 0; sample < 2000; sample++) {
            double[] shares = new double[300];
            for (int i = 0; i < shares.length; i++) {
                boolean hard = random.nextInt(10) == 0; // members differ, as queries do
                int found = 0;
                for (int j = 0; j < 10; j++) {
                    found += random.nextDouble() < (hard ? 0.59 : 0.99) ? 1 : 0;
                }
                shares[i] = found / 10.0;
            }
            Interval interval = Interval.ofMean(shares, 10);
            above += interval.low() > truth ? 1 : 0;
            below += interval.high() < truth ? 1 : 0;
        }
        assertTrue(above < 80, above + " intervals lie above");
        assertTrue(below < 80, below + " intervals lie below");
        assertTrue(above + below > 40, "intervals are too wide: " + (above + below) + " miss");
    }

    @Test
    void whatIsNoShareIsRefused() {
        assertThrows(NsvqException.class, () -> Interval.ofShare(3, 2));
        assertThrows(NsvqException.class, () -> Interval.ofShare(-1, 2));
        assertThrows(NsvqException.class, () -> Interval.ofMean(new double[] {1.5}, 1));
        assertThrows(NsvqException.class, () -> Interval.ofMean(new double[] {Double.NaN}, 1));
        assertThrows(NsvqException.class, () -> Interval.ofMean(new double[] {1}, 0));
    }
}
