package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.training.PassRecord;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.ml.classification.TrainingSummary;
import org.apache.spark.ml.util.Summary;

/**
 * What every training of a quantizer tells of itself. As a summary of Spark's own its {@code objectiveHistory} and
 * {@code totalIterations} come over Spark Connect, too.
 */
public sealed interface QuantizerSummary extends Summary, TrainingSummary, Serializable
        permits VQSummary, CodeSummary, SpaceFillingVQSummary {

    /** Returns the number of rows trained on. */
    long rows();

    /**
     * Returns the squared error of these rows, summed over dimensions, mean over rows, at the end of the training;
     * with {@code dimensionWeights} of the weighted distance, which is what training minimizes.
     */
    double mse();

    /** Returns the passes, of all parts of the training. */
    List<PassRecord> history();

    /** Returns the number of passes. */
    int numIter();

    /** Returns the wall-clock time from the call of fit to its end. */
    double trainSeconds();

    /** Returns the mean squared error that each pass met, as {@link PassRecord#mse} says. */
    @Override
    default double[] objectiveHistory() {
        return history().stream().mapToDouble(PassRecord::mse).toArray();
    }

    /** The same as {@link #numIter}, under the name that it has in Spark's summaries. */
    @Override
    default int totalIterations() {
        return numIter();
    }
}
