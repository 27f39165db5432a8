package io.github.sparknsvq.core.evaluation;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;

/**
 * A share that was measured on a sample, with its 95 % confidence interval: Wilson's (Probable inference, the law of
 * succession, and statistical inference, JASA 1927), which holds for shares near 0 and 1, too, where the usual normal
 * one is too narrow.
 *
 * @param mean the share in the sample, from 0 to 1; NaN of nothing
 * @param low lower end, from 0 to {@code mean}; the true share lies below in 1 of 40 samples
 * @param high upper end, from {@code mean} to 1
 * @param count number of members of the sample
 */
public record Interval(double mean, double low, double high, long count) {
    /** Standard deviations of the normal distribution between which 95 % of it lie. */
    private static final double DEVIATIONS = 1.959963984540054;

    /**
     * Returns the interval of a share of independent members that have something.
     *
     * @param having how many have it, from 0 to {@code count}
     * @param count number of members, 0 or more; of none the interval is all from 0 to 1
     * @throws NsvqException if a number is out of its range
     */
    public static Interval ofShare(long having, long count) {
        NsvqException.unless(
                having >= 0 && having <= count, having + " of " + count + " is no share: it should be from 0 to all");
        return wilson((double) having / count, (double) count, count);
    }

    /**
     * Returns the interval of the mean of shares, such as what part of its neighbors each query got. Where each share
     * is 0 or 1 it is about that of {@link #ofShare}. Otherwise the shares vary less, and the interval is that of as
     * many independent members as have a mean that varies as much, but of no more than {@code sqrt(each)} for each
     * share: what is counted for one member tends to be missed together, also where a small sample does not show it.
     *
     * @param shares the share of each member, from 0 to 1
     * @param each among how many each share was counted, at least 1
     * @throws NsvqException if a number is out of its range
     */
    public static Interval ofMean(double[] shares, int each) {
        NsvqException.unless(each >= 1, "a share is counted among at least 1, not " + each);
        NsvqException.unless(
                Arrays.stream(shares).allMatch(share -> share >= 0 && share <= 1),
                "a share is a number from 0 to 1: one of these is not");
        long count = shares.length;
        double mean = Arrays.stream(shares).average().orElse(Double.NaN);
        double squares = Arrays.stream(shares)
                .map(share -> (share - mean) * (share - mean))
                .sum();
        double variance = squares / Math.max(1, count - 1);
        double most = count * Math.sqrt(each);
        double independent = variance > 0 ? Math.min(most, count * mean * (1 - mean) / variance) : most;
        return wilson(mean, independent, count);
    }

    private static Interval wilson(double mean, double independent, long count) {
        if (count == 0) {
            return new Interval(Double.NaN, 0, 1, 0);
        }
        double ratio = DEVIATIONS * DEVIATIONS / independent;
        double center = (mean + ratio / 2) / (1 + ratio);
        double half = Math.sqrt(ratio * (mean * (1 - mean) + ratio / 4)) / (1 + ratio);
        double low = Math.max(0, Math.min(mean, center - half));
        return new Interval(mean, low, Math.min(1, Math.max(mean, center + half)), count);
    }
}
