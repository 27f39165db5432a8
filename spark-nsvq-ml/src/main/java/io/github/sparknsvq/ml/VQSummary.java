package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.List;

/**
 * What a training reached, measured on its own rows against the final codebook.
 *
 * @param k number of codewords
 * @param rows number of rows trained on
 * @param trainingCost sum of the rows' weighted squared Euclidean distances, as KMeans has it; under cosine distance
 *     between vectors of length 1, which is twice the sum of 1 - cosine
 * @param mse the cost by the rows' weight: squared error summed over dimensions, mean over rows
 * @param clusterSizes weight of the rows that chose each codeword: their number, if they are not weighted
 * @param perplexity {@code 2^H} of the choice of codewords: k if all are chosen alike
 * @param dead codewords that no row chose
 * @param history the passes
 * @param numIter number of passes
 * @param trainSeconds wall-clock time from the call of fit to its end
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record VQSummary(
        int k,
        long rows,
        double trainingCost,
        double mse,
        double[] clusterSizes,
        double perplexity,
        int dead,
        List<PassRecord> history,
        int numIter,
        double trainSeconds)
        implements QuantizerSummary {

    static VQSummary of(TrainingResult result, long rows, double seconds) {
        CodebookStatistics all = result.statistics();
        return new VQSummary(
                all.codewords(),
                rows,
                all.error(),
                all.meanError(),
                all.counts().clone(),
                all.histogram().perplexity(),
                all.dead(),
                result.history(),
                result.history().size(),
                seconds);
    }
}
