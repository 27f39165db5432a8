package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.core.index.ExactNeighbors;
import io.github.sparknsvq.core.index.HeapLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.RankingVectors;
import io.github.sparknsvq.core.index.Refinement;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;

/** An index of a sample's rows in this JVM, searched with one setting after the other. For one thread. */
final class TrialIndex {
    /** The place of a neighbor that is no candidate. */
    static final int NOT_FOUND = Integer.MAX_VALUE;

    private final Codec codec;
    private final FloatMatrix base;
    private final HeapLists lists;
    private final IvfQuantizer quantizer;
    private final Map<List<Integer>, int[]> ranksOf = new HashMap<>();
    private double[] scanned;

    TrialIndex(Codec codec, IvfQuantizer quantizer, FloatMatrix base) {
        this.codec = codec;
        this.quantizer = quantizer;
        this.base = base;
        this.lists = HeapLists.of(quantizer, base);
    }

    Codec codec() {
        return codec;
    }

    int lists() {
        return lists.lists();
    }

    /** Returns {@link #ranks} of the queries that choose, which are asked for again and again. */
    int[] selectionRanks(FloatMatrix queries, ExactNeighbors.Found truth, int most, int probes) {
        List<Integer> search = List.of(truth.labels().length, most, probes);
        return ranksOf.computeIfAbsent(search, each -> ranks(queries, truth, most, probes));
    }

    /**
     * Searches, and returns the place of each true neighbor among the candidates that the codes give, nearest first:
     * those of query {@code i} from {@code i} times their number on.
     *
     * @param queries one per row
     * @param truth their true neighbors
     * @param most how many candidates are looked at
     * @param probes how many lists
     * @return places from 0, or {@link #NOT_FOUND}
     */
    int[] ranks(FloatMatrix queries, ExactNeighbors.Found truth, int most, int probes) {
        int count = queries.rows();
        int each = truth.labels().length / count;
        long[] ids = new long[count * most];
        int[] found = new int[count];
        try (IvfIndex index = new IvfIndex(quantizer, lists, probes)) {
            SearchOptions options = SearchOptions.nearest(most)
                    .withProbes(probes)
                    .withThreads(ForkJoinPool.commonPool(), ForkJoinPool.getCommonPoolParallelism() + 1);
            index.search(new IvfIndex.Batch(queries.values(), count, options, ids, new float[ids.length], found));
        }
        int[] ranks = new int[count * each];
        Arrays.fill(ranks, NOT_FOUND);
        for (int query = 0; query < count; query++) {
            for (int i = 0; i < found[query]; i++) {
                for (int j = 0; j < each; j++) {
                    if (truth.labels()[query * each + j] == ids[query * most + i]) {
                        ranks[query * each + j] = i;
                    }
                }
            }
        }
        return ranks;
    }

    /** Returns how many vectors a query looks at on average, with so many probes. */
    double scanned(FloatMatrix queries, int probes) {
        if (scanned == null) {
            scanned = count(queries);
        }
        return scanned[probes - 1];
    }

    private double[] count(FloatMatrix queries) {
        int all = lists.lists();
        double[] sums = new double[all];
        float[] transformed = new float[quantizer.innerDimension()];
        int[] order = new int[all];
        for (int query = 0; query < queries.rows(); query++) {
            quantizer.transform(queries.values(), query * queries.columns(), 1, transformed, 0);
            quantizer.probes(transformed, 0, 1, all, order, null);
            long vectors = 0;
            for (int i = 0; i < all; i++) {
                vectors += lists.size(order[i]);
                sums[i] += vectors;
            }
        }
        for (int i = 0; i < all; i++) {
            sums[i] /= queries.rows();
        }
        return sums;
    }

    /**
     * Measures how long a query takes on this machine, on one thread, after all have been run once.
     *
     * @param k how many neighbors
     * @param rerank how many candidates are ranked by the vectors; 0 for none
     * @return milliseconds
     */
    double milliseconds(FloatMatrix queries, int k, int probes, int rerank) {
        Refinement refinement = rerank == 0 ? null : new Refinement(new SampleVectors(base, lists), 0, 1);
        SearchOptions options = SearchOptions.nearest(k).withProbes(probes).withRerank(rerank);
        try (IvfIndex index = new IvfIndex(quantizer, lists, probes, refinement)) {
            float[] query = new float[queries.columns()];
            long began = 0;
            for (int i = 0; i < 2 * queries.rows(); i++) {
                began = i == queries.rows() ? System.nanoTime() : began;
                System.arraycopy(queries.values(), i % queries.rows() * query.length, query, 0, query.length);
                index.search(query, options);
            }
            return (System.nanoTime() - began) / 1e6 / queries.rows();
        }
    }

    /** The sample's rows, by their places in lists. */
    private record SampleVectors(FloatMatrix base, HeapLists lists) implements RankingVectors {
        @Override
        public int dimension() {
            return base.columns();
        }

        @Override
        public ScalarQuantizer quantizer() {
            return null;
        }

        @Override
        public void read(long[] places, int from, int count, float[] rows) {
            int d = base.columns();
            for (int i = 0; i < count; i++) {
                long place = places[from + i];
                int row = (int) lists.vector((int) (place >>> Integer.SIZE), (int) place);
                System.arraycopy(base.values(), row * d, rows, i * d, d);
            }
        }

        @Override
        public void codes(long[] places, int from, int count, byte[] codes) {
            throw new UnsupportedOperationException("these are no codes");
        }
    }
}
