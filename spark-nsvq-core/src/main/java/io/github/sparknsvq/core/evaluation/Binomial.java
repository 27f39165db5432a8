package io.github.sparknsvq.core.evaluation;

/** Probabilities of a binomial distribution, as logarithms: the numbers themselves would soon be too small. */
final class Binomial {
    private static final double HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

    /** From here on Stirling's series has all digits of a double. */
    private static final double STIRLING_FROM = 15;

    private Binomial() {}

    /**
     * Returns the natural logarithm of the probability of {@code successes} in {@code trials}.
     *
     * @param successes from 0 to {@code trials}; one that is no whole number is put into the gamma functions that
     *     stand for the factorials
     * @param trials 0 or more
     * @param probability of a success, above 0, at most 1
     */
    static double logProbability(double successes, double trials, double probability) {
        double failures = trials - successes;
        // 0 log 0 is 0 here
        double each = successes * Math.log(probability) + (failures == 0 ? 0 : failures * Math.log1p(-probability));
        return logGamma(trials + 1) - logGamma(successes + 1) - logGamma(failures + 1) + each;
    }

    /** Returns the logarithm of the gamma function of a positive number. */
    static double logGamma(double x) {
        double product = 1;
        double at = x;
        while (at < STIRLING_FROM) {
            product *= at;
            at++;
        }
        double inverse = 1 / (at * at);
        double terms = 1.0 / 1260 - inverse * (1.0 / 1680 - inverse * (1.0 / 1188));
        double series = (1.0 / 12 - inverse * (1.0 / 360 - inverse * terms)) / at;
        return (at - 0.5) * Math.log(at) - at + HALF_LOG_TWO_PI + series - Math.log(product);
    }
}
