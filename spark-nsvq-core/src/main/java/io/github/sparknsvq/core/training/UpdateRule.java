package io.github.sparknsvq.core.training;

import java.io.Serializable;
import java.util.List;

/**
 * How a codebook moves when it has seen a batch. A rule may keep state per codeword (moments, running counts); it is
 * updated in place, copied to the executors for local steps, and averaged afterwards.
 *
 * <p>Notation: {@code n_k} is the weight that chose codeword {@code c_k} in the batch, {@code m_k} the mean of its
 * targets, {@code B} the weight of the batch.
 */
public interface UpdateRule extends Serializable {

    /**
     * Moves the codewords.
     *
     * @param codewords {@code K x D} codewords, row-major, changed in place
     * @param batch what the batch says of them
     * @param rate the learning rate; rules without one ignore it
     */
    void update(float[] codewords, CodebookStatistics batch, double rate);

    /** Forgets what is known of a codeword that was replaced: it starts anew. */
    void forget(int codeword);

    /** Returns an independent copy. */
    UpdateRule copy();

    /** Returns the state, arrays of {@code K x width} floats, not copied: for checkpoints and for averaging. */
    float[][] state();

    /**
     * Takes over the state of copies that took steps of their own. The default averages each codeword's state by share.
     *
     * @param parts the copies, which started from this rule
     * @param shares per copy and codeword its share of the weight that chose the codeword; all 0 if nothing did
     */
    default void average(List<UpdateRule> parts, double[][] shares) {
        float[][] into = state();
        for (int a = 0; a < into.length; a++) {
            float[][] states = new float[parts.size()][];
            for (int p = 0; p < states.length; p++) {
                states[p] = parts.get(p).state()[a];
            }
            averageByShare(into[a], states, shares);
        }
    }

    /** Replaces each codeword's values by the average of the parts, weighted by share; no share at all keeps them. */
    static void averageByShare(float[] into, float[][] parts, double[][] shares) {
        int codewords = shares[0].length;
        int width = into.length / codewords;
        for (int k = 0; k < codewords; k++) {
            double total = 0;
            for (double[] share : shares) {
                total += share[k];
            }
            if (total > 0) {
                for (int i = k * width; i < (k + 1) * width; i++) {
                    double value = 0;
                    for (int p = 0; p < parts.length; p++) {
                        value += shares[p][k] * parts[p][i];
                    }
                    into[i] = (float) (value / total);
                }
            }
        }
    }
}
