package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.training.PassRecord;
import java.util.List;

/**
 * What a training of several codebooks reached on its own rows.
 *
 * @param rows number of rows trained on
 * @param mse squared error of the rows, summed over dimensions, mean over rows, as the training encodes them at
 *     its end: a {@code ResidualVQ} without joint passes level by level, whatever the beam, and with all levels
 * @param history the passes, of all parts of the training
 * @param numIter number of passes
 * @param trainSeconds wall-clock time from the call of fit to its end
 */
public record CodeSummary(long rows, double mse, List<PassRecord> history, int numIter, double trainSeconds)
        implements QuantizerSummary {

    @Override
    public String toString() {
        String passes = ", numIter=" + numIter + ", trainSeconds=" + trainSeconds;
        return "CodeSummary: rows=" + rows + ", mse=" + mse + passes;
    }

    static CodeSummary of(long rows, double mse, List<PassRecord> history, double trainSeconds) {
        return new CodeSummary(rows, mse, List.copyOf(history), history.size(), trainSeconds);
    }
}
