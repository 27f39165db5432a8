package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.index.SharedIndex;
import java.io.Serializable;
import org.apache.spark.ml.util.Summary;

/**
 * What building an index took and reached on the rows that it was trained on.
 *
 * @param rows number of rows trained on
 * @param coarseMse squared distance of rows from the centroids of their lists, summed over dimensions, mean over rows
 * @param mse squared error of rows after their code, the same way; 0 where lists hold vectors
 * @param trainSeconds wall-clock time from the call of fit to the end of training
 * @param buildSeconds wall-clock time from there to the end of fit: vectors coded and written
 */
public record IvfIndexSummary(long rows, double coarseMse, double mse, double trainSeconds, double buildSeconds)
        implements Summary, Serializable {

    /**
     * What an index's directory keeps of its training: what new vectors are compared with, to see whether they are
     * still like those that the index was trained on.
     *
     * @param rows number of rows trained on
     * @param coarseMse as {@link IvfIndexSummary#coarseMse}
     * @param mse as {@link IvfIndexSummary#mse}
     */
    public record Training(long rows, double coarseMse, double mse) implements Serializable {}

    /** What training gave. */
    record Trained(SharedIndex index, long rows, double coarseMse, double mse) {
        Training kept() {
            return new Training(rows, coarseMse, mse);
        }

        IvfIndexSummary summary(double trainSeconds, double buildSeconds) {
            return new IvfIndexSummary(rows, coarseMse, mse, trainSeconds, buildSeconds);
        }
    }
}
