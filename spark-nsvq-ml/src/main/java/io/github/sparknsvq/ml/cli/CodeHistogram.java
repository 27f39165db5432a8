package io.github.sparknsvq.ml.cli;

import java.util.Arrays;

/**
 * How often each codeword was chosen.
 *
 * @param counts rows per codeword
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CodeHistogram(long[] counts) {

    /** Returns the number of rows. */
    long rows() {
        return Arrays.stream(counts).sum();
    }

    /** Returns the entropy of the codes in bits: what a vector's code takes on average, entropy-coded. */
    double bits() {
        double rows = rows();
        double bits = 0;
        for (long count : counts) {
            if (count > 0) {
                bits -= count / rows * Math.log(count / rows) / Math.log(2);
            }
        }
        return bits;
    }

    /** Returns 2 to the entropy: as many codewords, equally used, would carry as much. */
    double perplexity() {
        return Math.pow(2, bits());
    }

    /** Returns how many codewords no row chose. */
    long dead() {
        return Arrays.stream(counts).filter(count -> count == 0).count();
    }

    /** Returns the share of rows that share their code with another row; NaN without rows. */
    double collisionRate() {
        return Arrays.stream(counts).filter(count -> count > 1).sum() / (double) rows();
    }

    /** Returns the whole bytes that an index of a codeword takes. */
    int codeBytes() {
        return (Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(1, counts.length - 1)) + 7) / 8;
    }

    /** Puts what the codes alone say. */
    void report(Result result) {
        result.put("codewords", counts.length)
                .put("codeBytes", codeBytes())
                .put("bits", bits())
                .put("perplexity", perplexity())
                .put("dead", dead())
                .put("collisionRate", collisionRate());
    }
}
