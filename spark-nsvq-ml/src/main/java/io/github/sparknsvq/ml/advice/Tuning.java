package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.core.evaluation.Interval;
import io.github.sparknsvq.ml.IvfIndex;
import java.util.List;
import java.util.Map;

/**
 * What tuning found: a setting, and what it promises.
 *
 * @param target which recall was asked for
 * @param measure what recall is: {@code intersection} or {@code recall}, as {@link IndexTuner#setMeasure} says
 * @param reached whether the setting meets the target: the lower end of its interval does on the queries that chose
 *     it, and the time of a query is within its limit. If not, the setting is the one of the highest lower end
 * @param setting what to build, and how to search it
 * @param selected the measure on the queries that chose the setting: too good by the choice, if anything
 * @param intersection share of the {@code k} true neighbors that is found, on the queries held out; estimated from
 *     {@link Sample#neighbors} in the sample, which are about as far away
 * @param recall share of the queries held out whose true nearest neighbor in the sample is found
 * @param cost what a query reads
 * @param sample what settings were tried on
 * @param tried how the indexes compare that were tried
 * @param warnings what keeps the promise from being one, a sentence each; empty if the sample is large enough
 */
public record Tuning(
        double target,
        String measure,
        boolean reached,
        Setting setting,
        Interval selected,
        Interval intersection,
        Interval recall,
        Cost cost,
        Sample sample,
        List<Tried> tried,
        List<String> warnings) {

    /**
     * What to build, and how to search it.
     *
     * @param quantizer flat, pq, opq or rq
     * @param codebooks number of codebooks, 0 for flat
     * @param bits bits of an index into a codebook, 0 for flat
     * @param codeBytes bytes of a vector's code
     * @param metric l2, ip or cosine
     * @param lists number of inverted lists
     * @param probes lists that a query looks at
     * @param rerank candidates that are ranked again by their vectors, 0 for none
     * @param k how many neighbors are found
     * @param seed seed of the training
     * @param featuresCol column of vectors
     * @param skipInvalid whether rows with invalid vectors are left out
     */
    public record Setting(
            String quantizer,
            int codebooks,
            int bits,
            int codeBytes,
            String metric,
            int lists,
            int probes,
            int rerank,
            int k,
            long seed,
            String featuresCol,
            boolean skipInvalid) {
        /** Returns the estimator that builds this index; its model searches so once it has vectors to rank by. */
        public IvfIndex estimator() {
            IvfIndex estimator = new IvfIndex()
                    .setQuantizer(quantizer)
                    .setMetric(metric)
                    .setNumLists(lists)
                    .setProbes(probes)
                    .setRerank(rerank)
                    .setK(k)
                    .setSeed(seed)
                    .setFeaturesCol(featuresCol)
                    .setHandleInvalid(skipInvalid ? "skip" : "error");
            return codebooks == 0
                    ? estimator
                    : estimator.setNumCodebooks(codebooks).setCodebookBits(bits);
        }

        private Values values() {
            return new Values()
                    .put("quantizer", quantizer)
                    .put("codebooks", codebooks == 0 ? null : codebooks)
                    .put("bits", codebooks == 0 ? null : bits)
                    .put("codeBytes", codeBytes)
                    .put("metric", metric)
                    .put("lists", lists)
                    .put("probes", probes)
                    .put("rerank", rerank)
                    .put("k", k)
                    .put("seed", seed);
        }
    }

    /**
     * What a query reads, in the index of all rows.
     *
     * @param rowsScanned vectors whose codes are looked at, on average
     * @param bytes of their codes, of the centroids, and of the vectors that candidates are ranked by: what settings
     *     are compared by
     * @param milliseconds of a query in an index of the sample in this JVM, with the vectors to rank by in memory, on
     *     one thread of this machine, scaled up to all rows; NaN if no limit was set
     */
    public record Cost(double rowsScanned, double bytes, double milliseconds) {}

    /**
     * What settings were tried on.
     *
     * @param rows of the data set
     * @param sampled how many of them
     * @param dimension of the vectors
     * @param selection queries that chose the setting
     * @param heldOut queries that measured it
     * @param sampleLists lists of the sample's index: those of the setting, or fewer that stand for them
     * @param neighbors true neighbors of each query that were compared in the sample, and stand for {@code k}
     */
    public record Sample(
            long rows, int sampled, int dimension, int selection, int heldOut, int sampleLists, int neighbors) {}

    /**
     * An index that was tried, with its cheapest setting that meets the target, or its best one.
     *
     * @param setting what it is, and how it is searched
     * @param reached whether that meets the target
     * @param selected the measure, on the queries that chose
     * @param bytes what a query reads
     */
    public record Tried(Setting setting, boolean reached, Interval selected, double bytes) {
        private Map<String, Object> values() {
            return new Values()
                    .put("quantizer", setting.quantizer())
                    .put("codeBytes", setting.codeBytes())
                    .put("lists", setting.lists())
                    .put("probes", setting.probes())
                    .put("rerank", setting.rerank())
                    .put("reached", reached)
                    .putInterval("selected", selected)
                    .put("costBytes", bytes)
                    .map();
        }
    }

    /** Returns what was measured as recall on the queries held out. */
    public Interval measured() {
        return measure.equals(IndexTuner.RECALL) ? recall : intersection;
    }

    /**
     * Returns the recall that other queries like these should get at least: true of 39 of 40 such promises, where
     * there are no {@link #warnings}.
     */
    public double promise() {
        return measured().low();
    }

    /** Returns all numbers by their names in JSON; what is not known is left out. */
    public Map<String, Object> values() {
        Values values = new Values()
                .put("rows", sample.rows())
                .put("dimension", sample.dimension())
                .put("sampleRows", sample.sampled())
                .put("queries", sample.selection())
                .put("heldOutQueries", sample.heldOut())
                .put("sampleLists", sample.sampleLists())
                .put("neighborsCompared", sample.neighbors())
                .put("measure", measure)
                .put("targetRecall", target)
                .put("reached", reached)
                .put("promise", promise())
                .put("warnings", warnings.isEmpty() ? null : warnings);
        setting.values().map().forEach(values::put);
        return values.putInterval("intersection@" + setting.k(), intersection)
                .putInterval("recall@" + setting.k(), recall)
                .putInterval("selected", selected)
                .put("rowsScanned", cost.rowsScanned())
                .put("costBytes", cost.bytes())
                .put("latencyMs", cost.milliseconds())
                .put("tried", tried.stream().map(Tried::values).toList())
                .map();
    }

    /** Returns {@link #values} as one line of JSON. */
    public String json() {
        return Values.json(values());
    }
}
