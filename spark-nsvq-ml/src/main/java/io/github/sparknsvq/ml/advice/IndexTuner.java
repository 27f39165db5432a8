package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Interval;
import io.github.sparknsvq.core.index.ExactNeighbors;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.spark.Jobs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Chooses an index's quantizer, number of lists, probes and candidates to rank again, for a recall that is asked for
 * and bytes that a vector's code may have.
 *
 * <p>Indexes are trained on a sample and searched in this JVM. Of settings whose recall on two thirds of queries is
 * at least the target with its lower end of the 95 % interval, the one is taken that reads least for a query: the
 * centroids, the codes of the lists it looks at, and the vectors of its candidates. What it promises is measured on
 * the other third, which had no part in the choice. No clock has either, unless there is a limit on the time.
 *
 * <p>Where the sample is one of {@code f} rows, the {@code k} nearest of all rows are as near as the {@code k / f}
 * nearest of the sample are, and have {@code f} times as many vectors of about their distance around them: so many
 * neighbors are looked for in the sample, and candidates are {@code f} times as many as it takes there. Where too few
 * neighbors are left, above {@code f = k / 2}, or the sample is too small to train as many lists, fewer lists stand
 * for those of the whole index: the result has warnings, and its promise may not be kept.
 *
 * <pre>{@code
 * try (TuningSample sample = TuningSample.draw(items, queries, TuningSample.Draw.usual("l2"))) {
 *     Tuning tuning = new IndexTuner(sample).setBytes(32).tune(0.95);
 *     tuning.setting().estimator().setIndexDir("index").fit(items);
 * }
 * }</pre>
 *
 * <p>For one thread. Trained indexes are kept for further targets.
 */
public final class IndexTuner {
    /** The measure of how many of the {@code k} true neighbors are found. */
    public static final String INTERSECTION = "intersection";

    /** The measure of whether the true nearest neighbor is among the {@code k} found. */
    public static final String RECALL = "recall";

    private static final int BYTES = 32;
    private static final int K = 10;

    /** Candidates for each neighbor; without re-ranking there is one. */
    private static final double[] FACTORS = {1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128};

    /** How many settings, cheapest first, are measured for one within the limit of time. */
    private static final int MOST_TIMED = 10;

    /** Rows that queries are compared with at a time. */
    private static final int BLOCK = 8192;

    private final TuningSample sample;
    private final Map<List<Object>, TrialIndex> trained = new HashMap<>();

    /** The nearest rows of the queries that choose, by how many there are of each. */
    private final Map<Integer, ExactNeighbors.Found> truths = new HashMap<>();

    private int bytes = BYTES;
    private int k = K;
    private String measure = INTERSECTION;
    private List<String> quantizers = Codec.QUANTIZERS;
    private boolean reranks = true;
    private double limit = Double.POSITIVE_INFINITY;
    private Consumer<String> listener = said -> {};

    /**
     * A setting of an index, and what it does on the queries that choose.
     *
     * @param index of the sample
     * @param scale what the index stands for
     * @param probes lists of the sample's that queries look at
     * @param rerank rows of the sample that are ranked again, 0 for none
     * @param reached whether the target is
     * @param selected the measure
     * @param scanned rows of the sample that a query looks at
     * @param bytes that a query of all rows reads
     */
    private record Candidate(
            TrialIndex index,
            SampleScale scale,
            int probes,
            int rerank,
            boolean reached,
            Interval selected,
            double scanned,
            double bytes) {}

    /**
     * Makes a tuner.
     *
     * @param sample what settings are tried on; stays open
     */
    public IndexTuner(TuningSample sample) {
        this.sample = sample;
    }

    /** Sets the most bytes that a vector's code may have (default: 32), at least 1. */
    public IndexTuner setBytes(int most) {
        NsvqException.unless(most >= 1, "a code has at least 1 byte, not " + most);
        bytes = most;
        return this;
    }

    /** Sets how many neighbors searches find (default: 10), from 1 to 1000. */
    public IndexTuner setK(int neighbors) {
        NsvqException.unless(neighbors >= 1 && neighbors <= 1000, "k = " + neighbors + ": from 1 to 1000 are valid");
        k = neighbors;
        return this;
    }

    /**
     * Sets what recall is.
     *
     * @param name {@code intersection} (default), which share of the {@code k} true neighbors is among the {@code k}
     *     found; or {@code recall}, the share of queries whose true nearest neighbor is among these
     */
    public IndexTuner setMeasure(String name) {
        NsvqException.unless(
                name.equals(INTERSECTION) || name.equals(RECALL),
                "measure '" + name + "' is unknown: valid are " + INTERSECTION + ", " + RECALL);
        measure = name;
        return this;
    }

    /**
     * Sets which of pq, opq and rq are tried (default: all). rq has 8 codebooks at most, whatever the bytes:
     * more take very long to train.
     */
    public IndexTuner setQuantizers(String... names) {
        quantizers = List.of(names);
        Codec.check(quantizers);
        return this;
    }

    /** Sets whether candidates may be ranked again by the vectors, kept beside the index (default: true). */
    public IndexTuner setReranks(boolean may) {
        reranks = may;
        return this;
    }

    /**
     * Sets how long a query may take: settings are measured, cheapest first, until one takes no longer. The same seed
     * then need not give the same setting.
     *
     * <p>What is timed is core's {@link io.github.sparknsvq.core.index.IvfIndex}, as it serves an exported file: one
     * query after the other on one thread, with codes and the vectors to rank by in memory. The time in an index of
     * the sample is scaled up by the bytes that a query of all rows reads. A job that searches by Spark takes longer.
     *
     * @param milliseconds of one query, on one thread of this machine, above 0; infinity for no limit
     */
    public IndexTuner setLatency(double milliseconds) {
        NsvqException.unless(milliseconds > 0, "a query takes longer than " + milliseconds + " milliseconds");
        limit = milliseconds;
        return this;
    }

    /** Sets what hears which index is being tried. */
    public IndexTuner setListener(Consumer<String> hears) {
        listener = hears;
        return this;
    }

    /**
     * Chooses a setting.
     *
     * @param target the recall that is asked for, above 0, at most 1
     * @return the cheapest setting that reaches it, or the best one if none does
     */
    public Tuning tune(double target) {
        NsvqException.unless(
                target > 0 && target <= 1, "recall of " + target + " cannot be reached: above 0, and 1 at most");
        List<SampleScale> scales = SampleScale.of(sample.rows(), sample.size(), k);
        SampleScale middle = scales.get(scales.size() / 2);
        List<Candidate> found = new ArrayList<>();
        List<Candidate> bests = new ArrayList<>();
        for (Codec codec : Codec.of(quantizers, bytes, sample.dimension())) {
            bests.add(tried(codec, middle, target, found));
        }
        Codec codec = best(bests).index().codec();
        for (SampleScale other : scales) {
            if (!other.equals(middle)) {
                bests.add(tried(codec, other, target, found));
            }
        }
        return result(target, found, bests);
    }

    /** Returns the cheapest of those that reach the target or, where none does, the best of all. */
    private static Candidate best(List<Candidate> candidates) {
        return candidates.stream()
                .filter(Candidate::reached)
                .min(Comparator.comparingDouble(Candidate::bytes))
                .orElseGet(() -> candidates.stream()
                        .max(Comparator.comparingDouble(
                                candidate -> candidate.selected().low()))
                        .orElseThrow());
    }

    /** Searches one index with all settings, adds those that reach the target, and returns the best one. */
    private Candidate tried(Codec codec, SampleScale scale, double target, List<Candidate> found) {
        TrialIndex index = trained.computeIfAbsent(List.of(codec, scale.tried()), key -> train(codec, scale.tried()));
        ExactNeighbors.Found truth =
                truths.computeIfAbsent(scale.neighbors(), count -> exact(sample.selection(), count));
        List<Integer> counts = candidates(codec, scale);
        Candidate best = null;
        for (int probes : probes(scale.tried())) {
            double scanned = index.scanned(sample.selection(), probes);
            if (best != null && best.reached() && cost(codec, scale, probes, scanned, 0) >= best.bytes()) {
                break; // more probes cost more
            }
            int[] ranks = index.selectionRanks(sample.selection(), truth, most(counts), probes);
            for (int candidates : counts) {
                Interval selected = interval(ranks, scale.neighbors(), candidates, measure);
                int rerank = candidates == scale.neighbors() ? 0 : candidates;
                double cost = cost(codec, scale, probes, scanned, rerank);
                boolean reached = selected.low() >= target;
                Candidate each = new Candidate(index, scale, probes, rerank, reached, selected, scanned, cost);
                if (each.reached()) {
                    found.add(each);
                }
                best = best == null ? each : best(List.of(best, each));
            }
        }
        return best;
    }

    private TrialIndex train(Codec codec, int lists) {
        listener.accept("trying " + codec.quantizer() + " of " + codec.codeBytes() + " bytes in " + lists + " lists");
        TuningSample.Draw how = sample.how();
        IvfIndex estimator = new IvfIndex()
                .setFeaturesCol(how.featuresCol())
                .setMetric(how.metric())
                .setHandleInvalid(how.skipInvalid() ? "skip" : "error")
                .setSeed(how.seed())
                .setNumLists(lists)
                .setQuantizer(codec.quantizer());
        if (codec.codebooks() > 0) {
            estimator.setNumCodebooks(codec.codebooks()).setCodebookBits(Codec.BITS);
        }
        return new TrialIndex(
                codec, Jobs.run(() -> estimator.trained(sample.training())).quantizer(), sample.base());
    }

    /** Returns 1, 2, 3, 4, 6, 8, 12 and so on, and all lists. */
    private static List<Integer> probes(int lists) {
        List<Integer> probes = new ArrayList<>();
        for (int power = 1; power < lists; power *= 2) {
            probes.add(power);
            if (power > 1 && power / 2 * 3 < lists) {
                probes.add(power / 2 * 3);
            }
        }
        probes.add(lists);
        return probes;
    }

    /**
     * Returns how many rows of the sample to rank again: some for each true neighbor that is compared. Codes alone,
     * one for each, are not tried where fewer lists stand for those of all rows: nobody knows how they rank these.
     */
    private List<Integer> candidates(Codec codec, SampleScale scale) {
        boolean alone = codec.codebooks() == 0 || scale.tried() == scale.lists();
        return Arrays.stream(reranks ? FACTORS : new double[] {1})
                .filter(times -> times > 1 || alone || !reranks)
                .mapToObj(times -> (int) Math.min(sample.size(), Math.ceil(times * scale.neighbors())))
                .distinct()
                .toList();
    }

    private static int most(List<Integer> candidates) {
        return candidates.get(candidates.size() - 1);
    }

    /** Returns the bytes that a query of all rows reads, from what one of the sample looks at. */
    private double cost(Codec codec, SampleScale scale, int probes, double scanned, int rerank) {
        double vectors = rerank * scale.fewer();
        return read(codec, scale.lists(), scale.factor(), scanned * scale.stretch(probes), vectors);
    }

    /** Returns the bytes of centroids, and {@code times} those of codes and of vectors to rank by. */
    private double read(Codec codec, int lists, double times, double codes, double vectors) {
        double vector = Float.BYTES * (double) sample.dimension();
        return lists * vector + times * (codes * codec.codeBytes() + vectors * vector);
    }

    private ExactNeighbors.Found exact(FloatMatrix queries, int neighbors) {
        Metric metric = sample.how().metric().equals("l2") ? Metric.L2 : Metric.INNER_PRODUCT;
        ExactNeighbors search = new ExactNeighbors(metric, queries, neighbors);
        FloatMatrix base = sample.base();
        int d = base.columns();
        for (int from = 0; from < base.rows(); from += BLOCK) {
            int to = Math.min(base.rows(), from + BLOCK);
            float[] values = Arrays.copyOfRange(base.values(), from * d, to * d);
            search.add(
                    new FloatMatrix(to - from, d, values),
                    LongStream.range(from, to).toArray());
        }
        return search.take();
    }

    /** Counts which true neighbors are among so many candidates. */
    private static Interval interval(int[] ranks, int each, int candidates, String of) {
        int counted = of.equals(RECALL) ? 1 : each;
        double[] shares = new double[ranks.length / each];
        for (int query = 0; query < shares.length; query++) {
            int found = 0;
            for (int j = 0; j < counted; j++) {
                found += ranks[query * each + j] < candidates ? 1 : 0;
            }
            shares[query] = (double) found / counted;
        }
        return Interval.ofMean(shares, counted);
    }

    private Tuning result(double target, List<Candidate> found, List<Candidate> bests) {
        Candidate chosen = best(bests);
        double milliseconds = Double.NaN;
        boolean reached = chosen.reached();
        if (limit < Double.POSITIVE_INFINITY && reached) {
            listener.accept("measuring how long queries take");
            Optional<Candidate> quick = quickest(found);
            reached = quick.isPresent();
            chosen = quick.orElse(chosen);
        }
        if (limit < Double.POSITIVE_INFINITY) {
            milliseconds = milliseconds(chosen);
        }
        SampleScale scale = chosen.scale();
        int each = scale.neighbors();
        FloatMatrix others = sample.heldOut();
        int most = most(candidates(chosen.index().codec(), scale));
        int[] ranks = chosen.index().ranks(others, exact(others, each), most, chosen.probes());
        int candidates = chosen.rerank() == 0 ? each : chosen.rerank();
        double scanned = scale.factor() * chosen.scanned() * scale.stretch(chosen.probes());
        return new Tuning(
                target,
                measure,
                reached,
                setting(chosen),
                chosen.selected(),
                interval(ranks, each, candidates, INTERSECTION),
                interval(ranks, each, candidates, RECALL),
                new Tuning.Cost(scanned, chosen.bytes(), milliseconds),
                triedOn(scale),
                bests.stream()
                        .map(best -> new Tuning.Tried(setting(best), best.reached(), best.selected(), best.bytes()))
                        .toList(),
                scale.warnings(sample.rows(), sample.size(), k));
    }

    private Tuning.Sample triedOn(SampleScale scale) {
        return new Tuning.Sample(
                sample.rows(),
                sample.size(),
                sample.dimension(),
                sample.selection().rows(),
                sample.heldOut().rows(),
                scale.tried(),
                scale.neighbors());
    }

    /** Returns the cheapest setting whose queries take no longer than they may. */
    private Optional<Candidate> quickest(List<Candidate> found) {
        return found.stream()
                .sorted(Comparator.comparingDouble(Candidate::bytes))
                .limit(MOST_TIMED)
                .filter(each -> milliseconds(each) <= limit)
                .findFirst();
    }

    /** Measures a query in the sample's index, and scales its time up by the bytes that are read. */
    private double milliseconds(Candidate each) {
        TrialIndex index = each.index();
        double read = read(index.codec(), index.lists(), 1, each.scanned(), each.rerank());
        int neighbors = each.scale().neighbors();
        return each.bytes() / read * index.milliseconds(sample.selection(), neighbors, each.probes(), each.rerank());
    }

    private Tuning.Setting setting(Candidate of) {
        Codec codec = of.index().codec();
        return new Tuning.Setting(
                codec.quantizer(),
                codec.codebooks(),
                codec.codebooks() == 0 ? 0 : Codec.BITS,
                codec.codeBytes(),
                sample.how().metric(),
                of.scale().lists(),
                of.scale().probes(of.probes()),
                of.scale().rerank(of.rerank()),
                k,
                sample.how().seed(),
                sample.how().featuresCol(),
                sample.how().skipInvalid());
    }
}
