package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * What an optimizer trains of a layer.
 *
 * @param codewords the codewords of all codebooks, codebook after codebook: {@code K x D} for one codebook; {@code K}
 *     counts those of all codebooks where there are several, and the columns are {@code D / M} for the parts of a
 *     product; not copied
 * @param weights the weights {@code w} of the {@code D} dimensions in the distance {@code ||w . (x - c)||}, positive;
 *     null if all are 1; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Parameters(FloatMatrix codewords, float[] weights) {

    /**
     * Checks the weights.
     *
     * @throws NsvqException if a weight is not positive and finite
     */
    public Parameters {
        for (int j = 0; weights != null && j < weights.length; j++) {
            if (!(weights[j] > 0) || weights[j] == Float.POSITIVE_INFINITY) {
                throw new NsvqException(
                        "the weight of dimension " + j + " is " + weights[j] + ": it must be positive and finite");
            }
        }
    }

    /** Returns parameters without weights. */
    public static Parameters of(FloatMatrix codewords) {
        return new Parameters(codewords, null);
    }
}
