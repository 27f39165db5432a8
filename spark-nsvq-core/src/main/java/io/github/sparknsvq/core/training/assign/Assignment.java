package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.io.Serializable;
import java.util.List;

/**
 * How rows choose codewords of one or more codebooks, and the targets for these. With it the training loop
 * trains codebooks of any kind: all of them in the same pass over the rows, from the same three numbers per codeword.
 */
public sealed interface Assignment extends Serializable
        permits SingleAssignment,
                TwoLevelAssignment,
                ProductAssignment,
                RotatedAssignment,
                ResidualAssignment,
                PricedAssignment {

    /** Returns the codebooks. */
    CodebookLayout layout();

    /** Returns the dimension {@code D} of the rows. */
    int rowDimension();

    /**
     * Prepares codebooks for one thread. Not for users, who have no rows to hand to it.
     *
     * @param codewords all codewords, {@code total x dimension}
     * @param device where to search
     * @param most the most rows of a call
     */
    Assigner prepare(float[] codewords, Device device, int most);

    /** Returns how many rows the search of a device should get at a time. */
    default int rowsPerCall(Device device) {
        return NearestCodewordProviders.forDevice(device)
                .rowsPerCall(layout().largest(), layout().dimension(), rowDimension());
    }

    /** Returns how many rows give each codeword of every codebook a row of its own to start from. */
    default int rowsToStartFrom() {
        return layout().largest();
    }

    /**
     * Chooses the codewords to start from.
     *
     * @param sample some of the rows, at least one
     * @param chooser chooses among what a codebook quantizes
     * @param device where to search
     * @return all codewords
     */
    float[] start(FloatMatrix sample, CodewordChooser chooser, Device device);

    /**
     * Returns the squared error of the rows, summed over dimensions and rows, from the statistics of all codebooks.
     */
    default double error(CodebookStatistics statistics) {
        return statistics.error();
    }

    /** Returns the weight of the rows, from the statistics of all codebooks; each row chose in every codebook. */
    default double weight(CodebookStatistics statistics) {
        return statistics.weight() / layout().codebooks();
    }

    /** Returns the mean squared error per row (summed over dimensions), 0 for no rows. */
    default double meanError(CodebookStatistics statistics) {
        double weight = weight(statistics);
        return weight > 0 ? error(statistics) / weight : 0;
    }

    /**
     * Measures what each codebook has to quantize.
     *
     * @param source the rows
     * @param codewords the codewords that the training starts from
     * @param device where to search
     */
    default List<Moments> moments(StatisticsSource source, float[] codewords, Device device) {
        return Moments.ofTargets(source, this, codewords, device);
    }

    /**
     * Returns which share of its input's variance a codebook leaves as error, on average over the codebooks.
     *
     * @param mse mean squared error of the rows
     * @param moments what {@link #moments} gave
     * @return the share, 0 if there is no variance
     */
    default double remainingShare(double mse, List<Moments> moments) {
        double variance = moments.stream().mapToDouble(Moments::variance).sum();
        return variance > 0 ? mse / variance : 0;
    }
}
