package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.VectorMath;

/**
 * Leaves out lists whose centroids are much farther from a query than the nearest one. A query well inside a list
 * needs few lists, one between many needs more: a fixed number of probes is too many for the first and too few for
 * the second. It is the query-aware pruning of Chen et al., SPANN, NeurIPS 2021, section 3.2.3, by the difference
 * of distances in place of their ratio, which did worse on all the data that it was measured on.
 *
 * <p>Let {@code s} be the spread of the centroids, the root of the mean squared distance from their mean. A list is
 * kept if the distance of its centroid (not squared) exceeds that of the nearest by {@code slack * s} at most. Where
 * vectors are compared by inner product, a list is kept if the product with its centroid is below the largest by at
 * most {@code slack * s} times the query's length; that helps where vectors have about equal lengths, as under
 * cosine, and not where they have not.
 */
public final class ListSlack {
    private final IvfQuantizer quantizer;
    private final double most;

    /**
     * Prepares the choice. The spread of the centroids is measured once for a quantizer.
     *
     * @param quantizer of the index
     * @param slack in units of the spread of the centroids, above 0; may be infinite
     * @throws NsvqException if it is not above 0
     */
    public ListSlack(IvfQuantizer quantizer, double slack) {
        NsvqException.unless(slack > 0, "lists cannot be chosen with a slack of " + slack + ": above 0");
        this.quantizer = quantizer;
        this.most = slack == Double.POSITIVE_INFINITY ? slack : slack * quantizer.spread();
    }

    /**
     * Puts -1 in the place of each list that is left out. The nearest one is never.
     *
     * @param queries transformed queries
     * @param offset where the first starts
     * @param count number of queries, 0 or more
     * @param probes how many lists there are for each
     * @param lists those of query {@code i} from {@code i * probes}, as {@link IvfQuantizer#probes} finds them
     * @param distances their distances, as it gives them
     */
    public void apply(float[] queries, int offset, int count, int probes, int[] lists, float[] distances) {
        int d = quantizer.innerDimension();
        boolean squared = quantizer.metric() == Metric.L2;
        for (int i = 0; i < count; i++) {
            double allowed = squared ? most : most * Math.sqrt(VectorMath.squaredNorm(queries, offset + i * d, d));
            int from = i * probes;
            double nearest = Double.POSITIVE_INFINITY;
            for (int p = from; p < from + probes; p++) {
                nearest = Math.min(nearest, distances[p]);
            }
            // rounding may have brought a squared distance below 0
            double bound = squared ? square(Math.sqrt(Math.max(0, nearest)) + allowed) : nearest + allowed;
            for (int p = from; p < from + probes; p++) {
                if (distances[p] > bound && distances[p] > nearest) { // not so of NaN
                    lists[p] = -1;
                }
            }
        }
    }

    private static double square(double value) {
        return value * value;
    }
}
