package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.training.PassRecord;
import java.io.Serializable;
import java.util.List;

/** What every training of a quantizer tells of itself. */
public sealed interface QuantizerSummary extends Serializable permits VQSummary, CodeSummary, SpaceFillingVQSummary {

    /** Returns the number of rows trained on. */
    long rows();

    /**
     * Returns the squared error of these rows, summed over dimensions, mean over rows, at the end of the training.
     */
    double mse();

    /** Returns the passes, of all parts of the training. */
    List<PassRecord> history();

    /** Returns the number of passes. */
    int numIter();

    /** Returns the wall-clock time from the call of fit to its end. */
    double trainSeconds();
}
