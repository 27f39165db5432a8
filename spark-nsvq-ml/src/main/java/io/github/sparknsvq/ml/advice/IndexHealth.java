package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.core.evaluation.Interval;
import io.github.sparknsvq.ml.IvfIndexSummary;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.index.IndexInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * How an index is, and what to do about it.
 *
 * @param info what it is, and what is in it
 * @param balance how even its lists are
 * @param training what it was trained on; null where it does not say so, as those of earlier releases
 * @param drift how well it codes the sample, compared with what it was trained on; null without a sample
 * @param search how well it finds the sample's neighbors; null without a sample, or where nothing is in it
 * @param advice what to do, the most urgent first; {@code nothing} alone where all is well
 */
public record IndexHealth(
        IndexInfo info,
        Balance balance,
        IvfIndexSummary.Training training,
        Drift drift,
        Search search,
        List<Advice> advice) {

    /**
     * How even lists are. Sizes count what a search reads: vectors that were deleted, but not compacted away, too.
     *
     * @param mean vectors of a list
     * @param largest vectors of the largest list
     * @param variation standard deviation of the sizes, in units of the mean
     * @param imbalance by how much longer searches take than with lists of equal size, if queries are spread as
     *     vectors are
     */
    public record Balance(double mean, long largest, double variation, double imbalance) {
        /** Measures the balance of what is in an index. */
        static Balance of(IndexContents contents) {
            double mean = Arrays.stream(contents.sizes()).average().orElse(0);
            double squares = Arrays.stream(contents.sizes())
                    .mapToDouble(size -> (size - mean) * (size - mean))
                    .sum();
            double variation = Math.sqrt(squares / contents.sizes().length) / mean;
            return new Balance(mean, contents.largest(), variation, contents.imbalance());
        }

        /** Returns the vectors of the largest list in units of the mean; NaN in an index without vectors. */
        public double largestToMean() {
            return largest / mean;
        }
    }

    /**
     * The error of a sample, compared with that of the rows that the index was trained on.
     *
     * @param rows of the sample
     * @param coarseMse squared distance from the centroids of their lists, summed over dimensions, mean over rows
     * @param mse squared error of their codes, the same way; 0 where lists hold vectors
     * @param ratio {@code mse} by the training's, or {@code coarseMse} where lists hold vectors; NaN where the
     *     index does not say what its training reached
     * @param low lower end of the ratio's 95 % confidence interval
     * @param high its upper end
     * @param expected the ratio of rows that are like those trained on: above 1, since centroids and codewords fit
     *     the rows that they were made of better than others
     */
    public record Drift(
            long rows, double coarseMse, double mse, double ratio, double low, double high, double expected) {}

    /**
     * How well the index finds true neighbors of the sample.
     *
     * @param k how many neighbors of each query are compared
     * @param truth what tells the true ones: {@code vectors}, those that were given; {@code index}, all lists of an
     *     index that holds vectors; {@code codes}, all lists of one that holds codes, so that only what is lost by
     *     looking at few lists shows
     * @param points what was measured, the fewest probes first: the first with the index's own number
     */
    public record Search(int k, String truth, List<Point> points) {}

    /**
     * What a search with a number of probes found.
     *
     * @param probes lists that a query looks at
     * @param slack by which of these are left out; 0 for none
     * @param recall share of queries whose true nearest neighbor is among the first {@code k}
     * @param intersection share of the {@code k} true ones that is among the first {@code k}
     */
    public record Point(int probes, double slack, Interval recall, Interval intersection) {
        /** Returns this point's numbers. */
        Map<String, Object> values(int k) {
            return new Values()
                    .put("probes", probes)
                    .put("slack", slack > 0 ? slack : null)
                    .putInterval("recall@" + k, recall)
                    .putInterval("intersection@" + k, intersection)
                    .map();
        }
    }

    /**
     * Something to do.
     *
     * @param action {@code compact}, {@code retrain}, {@code raise probes}, {@code raise slack}, {@code rerank} or
     *     {@code nothing}
     * @param reason why, with the numbers that say so
     */
    public record Advice(String action, String reason) {}

    /** Returns all numbers by their names in JSON; what is not known is left out. */
    public Map<String, Object> values() {
        IndexContents contents = info.contents();
        Values values = new Values()
                .put("dimension", info.trained().dimension())
                .put("lists", info.trained().lists())
                .put("codeBytes", info.trained().codeBytes())
                .put("metric", info.trained().metric())
                .put("quantizer", info.trained().quantizer())
                .put("vectors", contents.vectors())
                .put("segments", contents.segments())
                .put("deleted", contents.deleted())
                .put("deletedShare", deletedShare())
                .put("emptyLists", contents.empty())
                .put("meanList", balance.mean())
                .put("largestList", balance.largest())
                .put("largestToMean", balance.largestToMean())
                .put("variation", balance.variation())
                .put("imbalance", balance.imbalance())
                .put("bytes", contents.bytes());
        putTraining(values);
        if (search != null) {
            Point own = search.points().get(0);
            own.values(search.k()).forEach(values::put);
            values.put("queries", own.recall().count()).put("truth", search.truth());
            values.put(
                    "searches",
                    search.points().stream()
                            .map(point -> point.values(search.k()))
                            .toList());
        }
        return values.put("advice", advice.stream().map(IndexHealth::values).toList())
                .map();
    }

    private void putTraining(Values values) {
        values.put("training", training == null ? "unknown" : "known");
        if (training != null) {
            values.put("trainRows", training.rows())
                    .put("trainCoarseMse", training.coarseMse())
                    .put("trainMse", training.mse());
        }
        if (drift != null) {
            values.put("sampleRows", drift.rows())
                    .put("coarseMse", drift.coarseMse())
                    .put("mse", drift.mse())
                    .put("drift", drift.ratio());
            if (Double.isFinite(drift.ratio())) {
                if (Double.isFinite(drift.low())) {
                    values.put("driftInterval", List.of(drift.low(), drift.high()));
                }
                values.put("expectedDrift", drift.expected());
            }
        }
    }

    private static Map<String, Object> values(Advice advice) {
        return new Values()
                .put("action", advice.action())
                .put("reason", advice.reason())
                .map();
    }

    /** Returns which share of the vectors in files was deleted; NaN in an index without vectors. */
    public double deletedShare() {
        long deleted = info.contents().deleted();
        return deleted / (double) (deleted + info.contents().vectors());
    }

    /** Returns {@link #values} as one line of JSON. */
    public String json() {
        return Values.json(values());
    }
}
