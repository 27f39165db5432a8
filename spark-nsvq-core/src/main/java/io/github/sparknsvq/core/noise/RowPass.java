package io.github.sparknsvq.core.noise;

/**
 * What a layer does to one row, forward and backward, in double. It holds its own copy of the codewords, and scratch:
 * it is for one thread.
 */
abstract class RowPass {

    /**
     * Computes {@code x'}.
     *
     * @param x the row, {@code D} values
     * @param row its number, for draws
     * @param chosen what it chose; a layer that makes its choice here writes it
     * @param at where the row's choice starts
     * @param output receives {@code x'}, {@code D} values
     * @return the row's squared distance from what it chose
     */
    abstract double forward(double[] x, long row, int[] chosen, int at, double[] output);

    /**
     * Adds a row's share of the gradients.
     *
     * @param x the row, {@code D} values
     * @param row its number, for draws
     * @param chosen what it chose
     * @param at where the row's choice starts
     * @param g the gradient with respect to {@code x'}, {@code D} values
     * @param sums receives {@code dX} of the row, set; the gradients of codewords and weights, added
     */
    abstract void backward(double[] x, long row, int[] chosen, int at, double[] g, Sums sums);

    /** Returns the layer's own loss for a row of some squared error. */
    double ownLoss(double squaredError) {
        return 0;
    }

    /**
     * Gradients in double.
     *
     * @param input that of one row, {@code D} values
     * @param codewords those of all codewords, summed over rows
     * @param weights those of the weights, summed over rows; of no concern if there are none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Sums(double[] input, double[] codewords, double[] weights) {}
}
