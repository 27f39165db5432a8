package io.github.sparknsvq.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageMeasuresTest {
    private static UsageMeasures of(double... counts) {
        return UsageMeasures.of(new CodeHistogram(counts));
    }

    /** Sixteen distinct counts of 8950 rows, of about this deviation, a little skewed as counts of clusters are. */
    private static double[] spread(double deviation) {
        double[] shape = IntStream.range(5, 21).mapToDouble(i -> (double) i * i).toArray();
        double mean = DoubleStream.of(shape).average().orElseThrow();
        double scale = deviation / of(shape).deviation();
        double[] counts = DoubleStream.of(shape)
                .map(each -> Math.round(8950 / 16.0 + (each - mean) * scale))
                .toArray();
        counts[8] += 8950 - DoubleStream.of(counts).sum();
        return counts;
    }

    /** The figures of the thesis's 4-bit codebooks hang together by this reading: see the record's Javadoc. */
    @ParameterizedTest
    @CsvSource({"306, 130, 0.285", "133, 26, 0.257"})
    void agreesWithTheDeviationsThatWerePublished(double deviation, double kl, double sparseness) {
        UsageMeasures measures = of(spread(deviation));
        assertEquals(8950, measures.rows());
        assertEquals(deviation, measures.deviation(), 0.5);
        assertEquals(kl, measures.kl(), 2.5);
        assertEquals(sparseness, measures.sparseness(), 5e-4);
        assertEquals(22.9, measures.idealDeviation(), 0.05);
        assertEquals(0.25, measures.idealSparseness(), 1e-12);
        assertEquals(4, measures.idealDisclosure(), 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"16, 8950, 1", "16, 8950, 5", "2, 3, 1", "7, 40, 3", "100, 30, 1", "1, 12, 1", "64, 20000, 2"})
    void agreesWithExactBinomials(int codewords, int rows, int skew) {
        Random random = new Random(codewords);
        double[] counts = new double[codewords];
        for (int row = 0; row < rows; row++) {
            counts[(int) (codewords * Math.pow(random.nextDouble(), skew))]++;
        }
        double exact = exactKl(counts, rows);
        assertEquals(exact, of(counts).kl(), 1e-9 * Math.max(1, exact));
    }

    /** The definition, with binomials that are not rounded before their logarithm. */
    private static double exactKl(double[] counts, int rows) {
        Map<Integer, Integer> codewordsOf = new HashMap<>();
        for (double count : counts) {
            codewordsOf.merge((int) count, 1, Integer::sum);
        }
        double kl = 0;
        for (Map.Entry<Integer, Integer> each : codewordsOf.entrySet()) {
            double share = each.getValue() / (double) counts.length;
            kl += share * (Math.log(share) - exactLog(each.getKey(), rows, counts.length)) / Math.log(2);
        }
        return kl;
    }

    private static double exactLog(int successes, int trials, int k) {
        BigInteger ways = BigInteger.ONE;
        for (int i = 0; i < successes; i++) {
            ways = ways.multiply(BigInteger.valueOf(trials - i)).divide(BigInteger.valueOf(i + 1));
        }
        BigInteger numerator = ways.multiply(BigInteger.valueOf(k - 1).pow(trials - successes));
        BigDecimal probability = new BigDecimal(numerator)
                .divide(new BigDecimal(BigInteger.valueOf(k).pow(trials)), new MathContext(40));
        int digits = probability.precision() - probability.scale();
        return Math.log(probability.movePointLeft(digits).doubleValue()) + digits * Math.log(10);
    }

    @Test
    void evenUseIsIdeal() {
        UsageMeasures measures = of(50, 50, 50, 50);
        assertEquals(2, measures.worstDisclosure(), 1e-12);
        assertEquals(2, measures.averageDisclosure(), 1e-12);
        assertEquals(measures.idealSparseness(), measures.sparseness(), 1e-12);
        assertEquals(0, measures.deviation());
        assertEquals(0, measures.dead());
    }

    /** What the Javadoc says that chance gives. */
    @Test
    void chanceGivesTheUsualDivergence() {
        double[] counts = new double[16];
        new Random(1).ints(8950, 0, 16).forEach(k -> counts[k]++);
        UsageMeasures measures = of(counts);
        assertEquals(Math.log(4.13 * measures.idealDeviation() / 16) / Math.log(2), measures.kl(), 0.7);
        assertTrue(measures.kl() < of(spread(133)).kl() / 5);
    }

    @Test
    void aDeadCodewordDisclosesNothing() {
        UsageMeasures measures = of(0, 6, 2, 0);
        assertEquals(2, measures.dead());
        assertEquals(2, measures.worstDisclosure(), 1e-12); // of 8 rows 2 have the rarest index
        assertEquals(Math.sqrt(40) / 8, measures.sparseness(), 1e-12);
        assertEquals(Math.sqrt((4 + 16 + 0 + 4) / 4.0), measures.deviation(), 1e-12);
        assertTrue(Double.isFinite(measures.kl()));
    }

    @Test
    void oneCodewordDisclosesNothing() {
        assertEquals(0, of(9).kl(), 1e-12);
        assertEquals(new UsageMeasures(1, 9, of(9).kl(), 0, 0, 1, 0, 0), of(9));
        assertEquals(0, of(9).idealDisclosure());
        assertEquals(1, of(9).idealSparseness());
        assertEquals(0, of(9).idealDeviation());
    }

    @Test
    void noRowsAreAsExpected() {
        UsageMeasures measures = of(0, 0, 0, 0);
        assertEquals(0, measures.kl(), 1e-12);
        assertEquals(new UsageMeasures(4, 0, measures.kl(), Double.NaN, 0, Double.NaN, 0, 4), measures);
        assertEquals(0, measures.idealDeviation());
        assertThrows(IllegalArgumentException.class, UsageMeasuresTest::of);
    }

    @Test
    void weightsCountAsSoManyRows() {
        UsageMeasures weighted = of(1.5, 0.25, 6.25);
        assertEquals(Math.log(32) / Math.log(2), weighted.worstDisclosure(), 1e-12);
        UsageMeasures below = of(1, 0, 7);
        UsageMeasures above = of(2, 0, 6);
        assertTrue(weighted.kl() < below.kl() && weighted.kl() > above.kl(), "" + weighted.kl());
    }

    /** Stirling's series meets the products of small arguments. */
    @Test
    void logGammaIsTheLogarithmOfFactorials() {
        double factorial = 0;
        for (int n = 1; n < 200; n++) {
            factorial += Math.log(n);
            assertEquals(factorial, Binomial.logGamma(n + 1), 1e-12 * Math.max(1, factorial));
        }
        assertEquals(Math.log(Math.PI) / 2, Binomial.logGamma(0.5), 1e-14);
        assertEquals(0, Binomial.logGamma(1), 1e-14);
    }
}
