package io.github.sparknsvq.core.evaluation;

import java.util.Arrays;

/**
 * How evenly the codewords of one codebook are used, measured as what an index tells about the row that it stands for
 * (Vali, thesis 2025, section 5.6). An index of {@code B} bits that is used evenly tells {@code B} bits about every
 * row; used unevenly, it tells more about the rows with rare indices. To say something about rows to come, count rows
 * that the codebook was not trained on.
 *
 * <p>Counts are numbers of rows. Weights count as so many rows: {@code kl} and {@code deviation} depend on their
 * scale, and {@code kl} takes counts that are no whole numbers by the gamma function.
 *
 * @param codewords their number {@code K = 2^B}
 * @param rows their number {@code n}
 * @param kl the divergence of the counts from fair ones in bits, 0 or more, smaller is better: {@code sum p(v) log2
 *     (p(v) / Binomial(n, 1/K)(v))} over the distinct values {@code v} of the counts, where {@code p(v)} is the share
 *     of codewords with this count. Independent rows that choose codewords alike do not reach 0, since {@code K}
 *     counts are fewer than the values that they may have: about {@code log2(4.13 idealDeviation / K)} is usual for
 *     few codewords
 * @param worstDisclosure bits that the rarest index tells about its rows, {@code -log2(min g / n)}, {@code B} at
 *     best. The minimum is over codewords that have rows: one without tells about none of these rows, and is among
 *     {@code dead}. NaN without rows
 * @param averageDisclosure bits that an index tells on average, the entropy of the indices: {@code B} if all are used
 *     alike; 0 without rows
 * @param sparseness {@code ||g||_2 / ||g||_1}, from {@code K^-1/2} if all codewords are used alike to 1 if a single
 *     one is; NaN without rows
 * @param deviation the standard deviation of the counts, divided by {@code K}, in rows
 * @param dead codewords without rows
 */
public record UsageMeasures(
        int codewords,
        double rows,
        double kl,
        double worstDisclosure,
        double averageDisclosure,
        double sparseness,
        double deviation,
        int dead) {

    /**
     * Measures the use of codewords.
     *
     * @param usage rows of each codeword
     * @throws IllegalArgumentException if there is no codeword
     */
    public static UsageMeasures of(CodeHistogram usage) {
        double[] counts = usage.counts();
        if (counts.length == 0) {
            throw new IllegalArgumentException("a codebook without codewords has no usage");
        }
        double rows = usage.total();
        double rarest = Arrays.stream(counts).filter(count -> count > 0).min().orElse(Double.NaN);
        double squares = Arrays.stream(counts).map(count -> count * count).sum();
        return new UsageMeasures(
                counts.length,
                rows,
                klFromFair(counts, rows),
                bits(rows / rarest),
                usage.entropyBits(),
                Math.sqrt(squares) / rows,
                deviation(counts, rows / counts.length),
                usage.dead());
    }

    /** Returns the bits of an index if all codewords are used alike: the best of both disclosures. */
    public double idealDisclosure() {
        return bits(codewords);
    }

    /** Returns the sparseness if all codewords are used alike. */
    public double idealSparseness() {
        return 1 / Math.sqrt(codewords);
    }

    /** Returns the deviation of the counts if each row chooses its codeword by chance. */
    public double idealDeviation() {
        double share = 1.0 / codewords;
        return Math.sqrt(rows * share * (1 - share));
    }

    private static double klFromFair(double[] counts, double rows) {
        double[] sorted = counts.clone();
        Arrays.sort(sorted);
        int k = sorted.length;
        double sum = 0;
        int from = 0;
        while (from < k) {
            int to = from + 1;
            while (to < k && sorted[to] == sorted[from]) {
                to++;
            }
            double share = (to - from) / (double) k;
            sum += share * (Math.log(share) - Binomial.logProbability(sorted[from], rows, 1.0 / k));
            from = to;
        }
        return Math.max(0, bits(Math.exp(1)) * sum); // rounding leaves less than 0 where all is as expected
    }

    private static double deviation(double[] counts, double mean) {
        double sum = 0;
        for (double count : counts) {
            sum += (count - mean) * (count - mean);
        }
        return Math.sqrt(sum / counts.length);
    }

    private static double bits(double ratio) {
        return Math.log(ratio) / Math.log(2);
    }
}
