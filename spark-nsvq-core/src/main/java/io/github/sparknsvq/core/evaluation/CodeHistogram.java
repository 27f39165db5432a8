package io.github.sparknsvq.core.evaluation;

import java.util.Arrays;

/**
 * How often each codeword was chosen.
 *
 * @param counts rows, or their weight, per codeword; not copied, none negative
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CodeHistogram(double[] counts) {

    /** Returns the number of rows, or their weight. */
    public double total() {
        double total = 0;
        for (double count : counts) {
            total += count;
        }
        return total;
    }

    /**
     * Returns the entropy {@code H = -sum p log2 p} of the codes in bits, which is what a vector's code takes on
     * average, entropy-coded; 0 without rows.
     */
    public double entropyBits() {
        double total = total();
        double entropy = 0;
        for (double count : counts) {
            if (count > 0) {
                double p = count / total;
                entropy -= p * (Math.log(p) / Math.log(2));
            }
        }
        return entropy;
    }

    /** Returns the perplexity {@code 2^H}: the number of codewords if all are chosen alike, 1 if a single one is. */
    public double perplexity() {
        return Math.pow(2, entropyBits());
    }

    /** Returns how many codewords no row chose. */
    public int dead() {
        return (int) Arrays.stream(counts).filter(count -> count == 0).count();
    }

    /**
     * Returns the share of rows that share their code with another row; NaN without rows. Says nothing if the counts
     * are weights.
     */
    public double collisionRate() {
        double shared = 0;
        for (double count : counts) {
            if (count > 1) {
                shared += count;
            }
        }
        return shared / total();
    }
}
