package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.core.NsvqException;
import java.util.ArrayList;
import java.util.List;

/**
 * What codes vectors in lists.
 *
 * @param quantizer flat, pq, opq or rq
 * @param codebooks number of codebooks; 0 for flat
 * @param codeBytes bytes of a vector's code: one for each codebook of 256 codewords
 */
record Codec(String quantizer, int codebooks, int codeBytes) {
    /** Bits of an index into a codebook. */
    static final int BITS = 8;

    /** The quantizers that are tried. */
    static final List<String> QUANTIZERS = List.of("pq", "opq", "rq");

    /** The joint training of more levels, by equations for all codewords together, takes too long for a trial. */
    private static final int MOST_LEVELS = 8;

    /**
     * Returns the codecs of some quantizers whose codes have so many bytes at most, and vectors as they are if these
     * have not more.
     */
    static List<Codec> of(List<String> quantizers, int bytes, int dimension) {
        List<Codec> codecs = new ArrayList<>();
        for (String quantizer : quantizers) {
            int codebooks = quantizer.equals("rq") ? Math.min(bytes, MOST_LEVELS) : parts(bytes, dimension);
            codecs.add(new Codec(quantizer, codebooks, codebooks));
        }
        if (bytes >= Float.BYTES * (long) dimension) {
            codecs.add(new Codec("flat", 0, Float.BYTES * dimension));
        }
        return codecs;
    }

    /** Returns the most equal parts of a vector of which each may have a byte. */
    private static int parts(int bytes, int dimension) {
        int parts = Math.min(bytes, dimension);
        while (dimension % parts != 0) {
            parts--;
        }
        return parts;
    }

    /** Checks names of quantizers to try. */
    static void check(List<String> quantizers) {
        NsvqException.unless(
                !quantizers.isEmpty() && QUANTIZERS.containsAll(quantizers),
                "quantizers " + String.join(", ", quantizers) + ": some of " + String.join(", ", QUANTIZERS)
                        + " can be tried");
    }
}
