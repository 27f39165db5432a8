package io.github.sparknsvq.core.evaluation;

import io.github.sparknsvq.core.NsvqException;

/**
 * Arithmetic that encoding a vector takes, in weighted million operations (WMOPS at one vector a second): additions,
 * multiplications and moves count 1 each, branches 4, the weights of ITU-T G.191 for single precision (Vali and
 * Bäckström, Stochastic optimization of vector quantization methods, ICASSP 2023, Figures 4 and 6).
 *
 * <p>It is a model of plain loops, of use to compare methods. It knows nothing of SIMD, of caches, or of tables of
 * inner products, which make the additive search of spark-nsvq far cheaper than the model says.
 *
 * <p>Searches of product and residual quantizers count {@code stages} codebooks. The published figures were counted
 * with one codebook less than there are, so that they are about a quarter too small for four codebooks; {@code
 * stages = M} counts all.
 */
public final class EncodingComplexity {
    private static final double MILLION = 1e6;
    private static final int BRANCH = 4;

    private EncodingComplexity() {}

    /**
     * Returns what a product quantizer takes.
     *
     * @param dimension dimension {@code D} of the vector, a multiple of {@code codebooks}
     * @param codebooks number of codebooks {@code M}
     * @param codewords codewords {@code K} of each
     * @param stages how many of the codebooks to count: {@code M}, or {@code M - 1} for the published figures
     * @return million weighted operations
     * @throws NsvqException if a number is out of range
     */
    public static double product(int dimension, int codebooks, int codewords, int stages) {
        check(dimension, codebooks, codewords, stages);
        NsvqException.unless(
                dimension % codebooks == 0,
                "dimension " + dimension + " cannot be cut into " + codebooks + " equal parts");
        double part = (double) dimension / codebooks;
        double moves = 2.0 * dimension + stages * part;
        return (moves + stages * (distances(codewords, part) + argmin(codewords))) / MILLION;
    }

    /**
     * Returns what a residual quantizer takes that encodes greedily.
     *
     * @param dimension dimension {@code D} of the vector
     * @param codebooks number of codebooks {@code M}
     * @param codewords codewords {@code K} of each
     * @param stages how many of the codebooks to count: {@code M}, or {@code M - 1} for the published figures
     * @return million weighted operations
     * @throws NsvqException if a number is out of range
     */
    public static double residual(int dimension, int codebooks, int codewords, int stages) {
        check(dimension, codebooks, codewords, stages);
        double searches = stages * (distances(codewords, dimension) + argmin(codewords) + dimension);
        double remainders = (double) Math.max(0, stages - 1) * dimension;
        double sum = (codebooks - 1.0) * dimension;
        return (searches + remainders + sum) / MILLION;
    }

    /**
     * Returns what an additive quantizer takes whose beam search computes every distance anew.
     *
     * @param dimension dimension {@code D} of the vector
     * @param codebooks number of codebooks {@code M}
     * @param codewords codewords {@code K} of each
     * @param beam sums {@code W} that are kept; the formula takes more than {@code K} too, as in the first point of
     *     Figure 4, though a step then has fewer candidates than it is to keep
     * @return million weighted operations
     * @throws NsvqException if a number is out of range
     */
    public static double additive(int dimension, int codebooks, int codewords, int beam) {
        check(dimension, codebooks, codewords, codebooks);
        NsvqException.unless(beam >= 1, "a beam keeps at least 1 sum, not " + beam);
        double all = (double) codebooks * codewords;
        double pairs = (double) beam * beam;
        double count = distances(all, dimension) + smallest(all, beam) + beam;
        for (int step = 1; step < codebooks; step++) {
            double left = (double) (codebooks - step) * codewords;
            // the sums so far, and what they leave
            count += 2.0 * step * beam * dimension;
            count += BRANCH * (choose(codebooks, step) - 1);
            count += beam * (distances(left, dimension) + smallest(left, beam));
            // the tuples, their sums and their errors
            count += pairs + pairs * dimension + pairs * step * dimension + pairs * (3.0 * dimension);
            count += step == codebooks - 1 ? argmin(pairs) : smallest(pairs, beam) + beam;
        }
        return count / MILLION;
    }

    private static void check(int dimension, int codebooks, int codewords, int stages) {
        NsvqException.unless(
                dimension >= 1 && codebooks >= 1 && codewords >= 1,
                "no quantizer has dimension " + dimension + " and " + codebooks + " codebooks of " + codewords
                        + " codewords: each number must be at least 1");
        NsvqException.unless(
                stages >= 0 && stages <= codebooks, stages + " of " + codebooks + " codebooks cannot be counted");
    }

    /** Differences, squares and their sum, for each codeword. */
    private static double distances(double codewords, double dimension) {
        return codewords * (3 * dimension - 1);
    }

    /** A comparison, counted as a subtraction, and a move for each but the first. */
    private static double argmin(double candidates) {
        return 2 * (candidates - 1);
    }

    /** The smallest one after the other, each among those that are left. */
    private static double smallest(double candidates, int wanted) {
        double count = 0;
        for (int i = 0; i < wanted; i++) {
            count += argmin(candidates - i);
        }
        return count;
    }

    private static double choose(int from, int of) {
        double ways = 1;
        for (int i = 1; i <= of; i++) {
            ways = ways * (from - of + i) / i;
        }
        return Math.rint(ways);
    }
}
