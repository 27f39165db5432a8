package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.Arrays;

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
     * Called when a part of the work begins, on the thread that does it: another pass over the rows that is none of
     * the training, or the next of several trainings, whose passes are counted from 1 again.
     *
     * @param part what it is, for people, as in {@code training codewords}
     */
    default void begins(String part) {}

    /**
     * How far a training is.
     *
     * @param iteration number of the pass, from 1
     * @param maxIter passes in all, at most
     * @param done share of all passes done, in [0, 1]
     * @param mse mean squared error of the rows just seen
     * @param learningRate the learning rate, 0 for rules without one
     * @param rows how many rows the job that was just done went through; 0 if it is not known
     * @param perplexity with which the rows of a whole pass chose codewords, mean over codebooks; NaN before its end,
     *     and where it is not known
     * @param dead number of codewords, of all codebooks, that no row of a whole pass chose; -1 before its end, and
     *     where it is not known
     */
    record Progress(
            int iteration,
            int maxIter,
            double done,
            double mse,
            double learningRate,
            long rows,
            double perplexity,
            int dead) {

        /** Makes one that does not know how many rows there were, and which codewords they chose. */
        public Progress(int iteration, int maxIter, double done, double mse, double learningRate) {
            this(iteration, maxIter, done, mse, learningRate, 0, Double.NaN, -1);
        }

        /** Returns this with the number of rows that were gone through. */
        public Progress withRows(long count) {
            return new Progress(iteration, maxIter, done, mse, learningRate, count, perplexity, dead);
        }

        /** Returns this with how the rows of a whole pass, or all rows, chose codewords. */
        public Progress withUse(CodebookLayout layout, CodebookStatistics pass) {
            double sum = 0;
            for (int m = 0; m < layout.codebooks(); m++) {
                double[] counts = Arrays.copyOfRange(pass.counts(), layout.start(m), layout.start(m + 1));
                sum += new CodeHistogram(counts).perplexity();
            }
            double mean = sum / layout.codebooks();
            return new Progress(iteration, maxIter, done, mse, learningRate, rows, mean, pass.dead());
        }

        /** Whether a pass is over with this. */
        public boolean endsPass() {
            return done * maxIter > iteration - 1e-6;
        }
    }
}
