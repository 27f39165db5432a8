package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.training.PassRecord;
import java.io.Serializable;
import java.util.List;

/**
 * What a training of several codebooks reached on its own rows.
 *
 * @param rows number of rows trained on
 * @param mse squared error of the rows when the last pass met them: summed over dimensions, mean over rows
 * @param history the passes, of all parts of the training
 * @param numIter number of passes
 * @param trainSeconds wall-clock time from the call of fit to its end
 */
public record CodeSummary(long rows, double mse, List<PassRecord> history, int numIter, double trainSeconds)
        implements Serializable {

    static CodeSummary of(long rows, double mse, List<PassRecord> history, long began) {
        return new CodeSummary(rows, mse, List.copyOf(history), history.size(), (System.nanoTime() - began) / 1e9);
    }
}
