package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.curve.CurveResult;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.List;

/**
 * What the training of a space-filling curve reached, measured on its own rows against the final line, with the exact
 * search.
 *
 * @param k number of corners
 * @param rows number of rows trained on
 * @param trainingCost sum of the rows' weighted squared distances from the line
 * @param mse the cost by the rows' weight: squared distance summed over dimensions, mean over rows
 * @param segmentSizes weight of the rows that chose each of the {@code k - 1} segments: their number, if they are not
 *     weighted
 * @param perplexity {@code 2^H} of the choice of segments: their number if all are chosen alike
 * @param dead segments that no row chose
 * @param length of the line
 * @param history the passes, of all numbers of corners
 * @param numIter number of passes
 * @param trainSeconds wall-clock time from the call of fit to its end
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SpaceFillingVQSummary(
        int k,
        long rows,
        double trainingCost,
        double mse,
        double[] segmentSizes,
        double perplexity,
        int dead,
        double length,
        List<PassRecord> history,
        int numIter,
        double trainSeconds)
        implements QuantizerSummary {

    @Override
    public String toString() {
        return "SpaceFillingVQSummary: k=" + k + ", rows=" + rows + ", mse=" + mse + ", trainingCost=" + trainingCost
                + ", perplexity=" + perplexity + ", dead=" + dead + ", length=" + length + ", numIter=" + numIter
                + ", trainSeconds=" + trainSeconds;
    }

    static SpaceFillingVQSummary of(CurveResult result, long rows, double seconds) {
        CodebookStatistics all = result.statistics();
        return new SpaceFillingVQSummary(
                result.corners().rows(),
                rows,
                all.error(),
                all.meanError(),
                all.counts().clone(),
                all.histogram().perplexity(),
                all.dead(),
                new SpaceFillingCurve(result.corners()).length(),
                result.history(),
                result.history().size(),
                seconds);
    }
}
