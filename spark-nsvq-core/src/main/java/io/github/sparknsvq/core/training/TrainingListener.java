package io.github.sparknsvq.core.training;

/** Is told of the progress of a training. */
public interface TrainingListener {
    /** Does nothing. */
    TrainingListener NONE = progress -> {};

    /**
     * Called after every job of the training, on the thread that trains.
     *
     * @param progress how far it is
     */
    void progressed(Progress progress);

    /**
     * How far a training is.
     *
     * @param iteration number of the pass, from 1
     * @param maxIter passes in all, at most
     * @param done share of all passes done, in [0, 1]
     * @param mse mean squared error of the rows just seen
     * @param learningRate the learning rate, 0 for rules without one
     */
    record Progress(int iteration, int maxIter, double done, double mse, double learningRate) {}
}
