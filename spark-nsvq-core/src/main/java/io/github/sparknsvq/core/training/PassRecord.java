package io.github.sparknsvq.core.training;

import java.io.Serializable;

/**
 * One pass over the data, as the training history keeps it.
 *
 * @param iteration number of the pass, from 1
 * @param phase the update rule of the pass
 * @param mse mean squared error of the rows (summed over dimensions) against the codebook that they met, which moved
 *     during the pass
 * @param learningRate learning rate of the pass's last step; 0 for rules without one
 * @param replaced codewords replaced in the pass
 * @param seconds wall-clock time of the pass
 */
public record PassRecord(int iteration, String phase, double mse, double learningRate, int replaced, double seconds)
        implements Serializable {

    /** Returns this record with the time that has gone by since a value of {@link System#nanoTime}. */
    PassRecord since(long began) {
        return new PassRecord(iteration, phase, mse, learningRate, replaced, (System.nanoTime() - began) / 1e9);
    }
}
