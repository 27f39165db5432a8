package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Interval;
import io.github.sparknsvq.core.index.ExactNeighbors;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.watch.JobLabels;
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
 * neighbors are looked for in the sample, and candidates are {@code f} times as many as it takes there.
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

    /** Rows of the sample for each list that is trained on them. */
    private static final int ROWS_OF_LIST = 20;

    /** How many settings, cheapest first, are measured for one within the limit of time. */
    private static final int MOST_TIMED = 10;

    /** Rows that queries are compared with at a time. */
    private static final int BLOCK = 8192;

    private final TuningSample sample;
    private final double factor;
    private final Map<List<Object>, TrialIndex> trained = new HashMap<>();
    private int bytes = BYTES;
    private int k = K;
    private String measure = INTERSECTION;
    private List<String> quantizers = Codec.QUANTIZERS;
    private boolean reranks = true;
    private double limit = Double.POSITIVE_INFINITY;
    private Consumer<String> listener = said -> {};
    private ExactNeighbors.Found truth;

    /** A setting of an index, and what it does on the queries that choose. */
    private record Candidate(
            TrialIndex index,
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
        this.factor = Math.max(1, (double) sample.rows() / sample.size());
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
        truth = null;
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
        List<Integer> lists = lists();
        int middle = lists.get(lists.size() / 2);
        List<Candidate> found = new ArrayList<>();
        List<Candidate> bests = new ArrayList<>();
        for (Codec codec : Codec.of(quantizers, bytes, sample.dimension())) {
            bests.add(tried(codec, middle, target, found));
        }
        Codec codec = best(bests).index().codec();
        for (int other : lists) {
            if (other != middle) {
                bests.add(tried(codec, other, target, found));
            }
        }
        return result(target, found, bests);
    }

    /** Returns the numbers of lists to try: up to what {@code numLists = 0} would take, as far as the sample goes. */
    private List<Integer> lists() {
        List<Integer> lists = new ArrayList<>();
        for (double times : new double[] {1, 2, 4}) {
            long wanted = Math.round(times * Math.sqrt((double) sample.rows()));
            lists.add((int) Math.max(1, Math.min(wanted, sample.size() / ROWS_OF_LIST)));
        }
        return lists.stream().distinct().toList();
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
    private Candidate tried(Codec codec, int lists, double target, List<Candidate> found) {
        TrialIndex index = trained.computeIfAbsent(List.of(codec, lists), key -> train(codec, lists));
        Candidate best = null;
        for (int probes : probes(lists)) {
            double scanned = index.scanned(sample.selection(), probes);
            if (best != null && best.reached() && cost(index, scanned, 0) >= best.bytes()) {
                break; // more probes cost more
            }
            int[] ranks = index.selectionRanks(sample.selection(), truth(), most(), probes);
            for (int candidates : candidates()) {
                Interval selected = interval(ranks, candidates, measure);
                int rerank = candidates == neighbors() ? 0 : candidates;
                double cost = cost(index, scanned, rerank);
                Candidate each =
                        new Candidate(index, probes, rerank, selected.low() >= target, selected, scanned, cost);
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
                codec,
                JobLabels.run(
                        sample.training().sparkSession(),
                        TuningSample.JOBS,
                        "training an index",
                        () -> estimator.trained(sample.training()).quantizer()),
                sample.base());
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

    /** Returns how many neighbors in the sample are as near as {@code k} in all rows. */
    private int neighbors() {
        return (int) Math.max(1, Math.min(sample.size(), Math.round(k / factor)));
    }

    private List<Integer> candidates() {
        return Arrays.stream(reranks ? FACTORS : new double[] {1})
                .mapToObj(times -> (int) Math.min(sample.size(), Math.ceil(times * neighbors())))
                .distinct()
                .toList();
    }

    private int most() {
        List<Integer> all = candidates();
        return all.get(all.size() - 1);
    }

    private double cost(TrialIndex index, double scanned, int rerank) {
        double vector = Float.BYTES * (double) sample.dimension();
        return index.lists() * vector + factor * (scanned * index.codec().codeBytes() + rerank * vector);
    }

    private ExactNeighbors.Found truth() {
        if (truth == null) {
            truth = exact(sample.selection());
        }
        return truth;
    }

    private ExactNeighbors.Found exact(FloatMatrix queries) {
        Metric metric = sample.how().metric().equals("l2") ? Metric.L2 : Metric.INNER_PRODUCT;
        ExactNeighbors search = new ExactNeighbors(metric, queries, neighbors());
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
    private Interval interval(int[] ranks, int candidates, String of) {
        int each = neighbors();
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
        FloatMatrix others = sample.heldOut();
        int[] ranks = chosen.index().ranks(others, exact(others), most(), chosen.probes());
        int candidates = chosen.rerank() == 0 ? neighbors() : chosen.rerank();
        return new Tuning(
                target,
                measure,
                reached,
                setting(chosen),
                chosen.selected(),
                interval(ranks, candidates, INTERSECTION),
                interval(ranks, candidates, RECALL),
                new Tuning.Cost(factor * chosen.scanned(), chosen.bytes(), milliseconds),
                new Tuning.Sample(
                        sample.rows(),
                        sample.size(),
                        sample.dimension(),
                        sample.selection().rows(),
                        sample.heldOut().rows()),
                bests.stream()
                        .map(each -> new Tuning.Tried(setting(each), each.reached(), each.selected(), each.bytes()))
                        .toList());
    }

    /** Returns the cheapest setting whose queries take no longer than they may. */
    private Optional<Candidate> quickest(List<Candidate> found) {
        return found.stream()
                .sorted(Comparator.comparingDouble(Candidate::bytes))
                .limit(MOST_TIMED)
                .filter(each -> milliseconds(each) <= limit)
                .findFirst();
    }

    private double milliseconds(Candidate each) {
        double centroids = each.index().lists() * Float.BYTES * (double) sample.dimension();
        double scale = each.bytes() / (centroids + (each.bytes() - centroids) / factor); // centroids do not grow
        return scale * each.index().milliseconds(sample.selection(), neighbors(), each.probes(), each.rerank());
    }

    private Tuning.Setting setting(Candidate of) {
        Codec codec = of.index().codec();
        return new Tuning.Setting(
                codec.quantizer(),
                codec.codebooks(),
                codec.codebooks() == 0 ? 0 : Codec.BITS,
                codec.codeBytes(),
                sample.how().metric(),
                of.index().lists(),
                of.probes(),
                of.rerank() == 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, Math.ceil(of.rerank() * factor)),
                k,
                sample.how().seed(),
                sample.how().featuresCol(),
                sample.how().skipInvalid());
    }
}
