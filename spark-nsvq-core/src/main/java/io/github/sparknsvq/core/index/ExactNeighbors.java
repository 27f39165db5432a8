package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;
import java.io.Serializable;
import java.util.Arrays;

/**
 * The true nearest vectors of queries, by comparing each query with every vector: what recall is measured against.
 * Vectors come in blocks, in any order, in one JVM or in several whose results {@link #add(Found)} brings together.
 * Distances are squared Euclidean ones, or inner products with their sign turned; of equal ones the vector of the
 * lower label is nearer. For one thread.
 */
public final class ExactNeighbors {
    /** Candidates of a block beyond those that are kept: their order is settled by distances summed anew. */
    private static final int SPARE = 6;

    /** Queries that are compared at a time. */
    private static final int SOME = NearestCodeword.BATCH_ROWS;

    /** The most candidates that a search of a block finds fast. */
    private static final int MOST = IvfQuantizer.MOST_SEARCHED - SPARE;

    private final Metric metric;
    private final FloatMatrix queries;
    private final NearestLabels[] nearest;

    /**
     * What was found.
     *
     * @param counts how many vectors each query has: {@code k}, or as many as there were
     * @param labels of those of query {@code i}, nearest first, from {@code i * k} on
     * @param distances of the same
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Found(int[] counts, long[] labels, float[] distances) implements Serializable {
        /** Returns the labels of a query's nearest vectors, nearest first. */
        public long[] of(int query) {
            int k = labels.length / counts.length;
            return Arrays.copyOfRange(labels, query * k, query * k + counts[query]);
        }
    }

    /**
     * Begins a search.
     *
     * @param metric what is nearest; for cosines vectors and queries of length 1 with either
     * @param queries one per row, not copied
     * @param k how many vectors are kept of each query, from 1 to 1018
     * @throws NsvqException if {@code k} is out of its range
     */
    public ExactNeighbors(Metric metric, FloatMatrix queries, int k) {
        NsvqException.unless(k >= 1 && k <= MOST, "exact search finds from 1 to " + MOST + " neighbors, not " + k);
        this.metric = metric;
        this.queries = queries;
        this.nearest = new NearestLabels[queries.rows()];
        Arrays.setAll(nearest, query -> new NearestLabels(k));
    }

    /**
     * Compares queries with a block of vectors. A few thousand at a time are fast, and cost that many vectors' memory
     * once more.
     *
     * @param vectors one per row, of the queries' dimension
     * @param labels one for each vector
     * @throws NsvqException if dimensions or numbers do not go together
     */
    public void add(FloatMatrix vectors, long[] labels) {
        if (vectors.rows() == 0 || queries.rows() == 0) {
            return;
        }
        NsvqException.unless(
                vectors.columns() == queries.columns(),
                "vectors of dimension " + vectors.columns() + " cannot be compared with queries of dimension "
                        + queries.columns());
        NsvqException.unless(
                labels.length == vectors.rows(),
                labels.length + " labels do not go with " + vectors.rows() + " vectors");
        boolean l2 = metric == Metric.L2;
        if (!l2 && !IvfQuantizer.areEven(vectors)) {
            compareAll(vectors, labels);
            return;
        }
        NearestCodeword search = NearestCodewordProviders.cpu().prepare(l2 ? vectors : IvfQuantizer.lifted(vectors));
        int candidates = Math.min(vectors.rows(), nearest[0].capacity() + SPARE);
        int d = queries.columns();
        int[] found = new int[Math.min(SOME, queries.rows()) * candidates];
        float[] distances = new float[found.length];
        for (int from = 0; from < queries.rows(); from += SOME) {
            int count = Math.min(SOME, queries.rows() - from);
            float[] rows = l2 ? queries.values() : IvfQuantizer.lifted(queries.values(), from * d, count, d);
            search.nearest(rows, l2 ? from * d : 0, count, candidates, found, distances);
            for (int i = 0; i < count * candidates; i++) {
                offer(from + i / candidates, vectors, found[i], labels);
            }
        }
    }

    /** Inner products with vectors of very different lengths, which the search is not precise for. */
    private void compareAll(FloatMatrix vectors, long[] labels) {
        for (int query = 0; query < queries.rows(); query++) {
            for (int i = 0; i < labels.length; i++) {
                offer(query, vectors, i, labels);
            }
        }
    }

    private void offer(int query, FloatMatrix vectors, int vector, long[] labels) {
        int d = queries.columns();
        float distance = metric == Metric.L2
                ? VectorMath.squaredDistance(queries.values(), query * d, vectors.values(), vector * d, d)
                : -product(queries.values(), query * d, vectors.values(), vector * d, d);
        nearest[query].offer(distance, labels[vector]);
    }

    private static float product(float[] a, int from, float[] b, int at, int d) {
        double sum = 0;
        for (int j = 0; j < d; j++) {
            sum += (double) a[from + j] * b[at + j];
        }
        return (float) sum;
    }

    /** Takes what another search found for the same queries among other vectors. */
    public void add(Found other) {
        int k = other.labels().length / Math.max(1, other.counts().length);
        for (int query = 0; query < nearest.length; query++) {
            for (int i = query * k; i < query * k + other.counts()[query]; i++) {
                nearest[query].offer(other.distances()[i], other.labels()[i]);
            }
        }
    }

    /** Returns what was found, and forgets it. */
    public Found take() {
        int k = nearest.length == 0 ? 0 : nearest[0].capacity();
        Found found = new Found(new int[nearest.length], new long[nearest.length * k], new float[nearest.length * k]);
        for (int query = 0; query < nearest.length; query++) {
            found.counts()[query] = nearest[query].drain(found.distances(), found.labels(), query * k);
        }
        return found;
    }
}
