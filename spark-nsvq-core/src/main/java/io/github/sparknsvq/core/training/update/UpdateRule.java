package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.io.Serializable;

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
    default void update(float[] codewords, CodebookStatistics batch, double rate) {
        update(codewords, batch, rate, 0, batch.codewords());
    }

    /**
     * Moves some of the codewords, {@code [from, to)}. Several threads may call it at once with codewords of their
     * own.
     *
     * @param codewords all codewords, {@code K x D}, row-major, changed in place
     * @param batch what the batch says of all of them: its counts are known, its sums at least of these codewords
     * @param rate the learning rate; rules without one ignore it
     */
    void update(float[] codewords, CodebookStatistics batch, double rate, int from, int to);

    /** Forgets what is known of a codeword that was replaced. The default has nothing to forget. */
    default void forget(int codeword) {}

    /** Returns an independent copy; by default the rule itself, which has no state. */
    default UpdateRule copy() {
        return this;
    }

    /** Returns the state, arrays of {@code K x width} floats, not copied: for checkpoints and averages. */
    default float[][] state() {
        return new float[0][];
    }

    /**
     * Takes over what copies that took steps of their own have come to, for a range of codewords. The default takes
     * their average; a codeword that nothing chose keeps its state.
     *
     * @param from the first codeword of the range
     * @param average the copies' {@link #state}, cut to the range; each codeword's numbers averaged by the weight
     *     that chose it in the copies' steps
     * @param counts that weight, over all copies, for each codeword of the range
     */
    default void takeOver(int from, float[][] average, double[] counts) {
        float[][] into = state();
        for (int a = 0; a < into.length; a++) {
            int width = average[a].length / counts.length;
            for (int k = 0; k < counts.length; k++) {
                if (counts[k] > 0) {
                    System.arraycopy(average[a], k * width, into[a], (from + k) * width, width);
                }
            }
        }
    }
}
