package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.linalg.VectorTransform;
import java.util.List;

/** Ranks candidates by vectors, in memory that it keeps. For one thread. */
final class Refiner {
    /** Bytes of vectors at a time: they should stay in a first-level cache until they are measured. */
    private static final int BYTES = 1 << 14;

    private final RankingVectors vectors;
    private final List<VectorTransform> transforms;
    private final Metric metric;
    private final float factor;
    private final long size;
    private final ScanKernel kernel = NearestCodewordProviders.cpu().scans();
    private final float[] query;
    private final float[] rows;
    private final float[] distances;
    private NearestLabels nearest = new NearestLabels(1);
    private long[] candidates = new long[1];

    /**
     * Makes a refiner.
     *
     * @param quantizer of the index
     * @param refinement of the index
     * @param size of the index
     */
    Refiner(IvfQuantizer quantizer, Refinement refinement, long size) {
        this.factor = refinement.factor();
        this.size = size;
        this.vectors = refinement.vectors();
        this.transforms = quantizer.transforms().subList(0, refinement.transforms());
        this.metric = quantizer.metric();
        int d = vectors.dimension();
        this.query = new float[d];
        this.distances = new float[Math.max(1, BYTES / Float.BYTES / d)];
        this.rows = new float[distances.length * d];
    }

    /** Returns the number of candidates for {@code k} neighbors, as FAISS has it; {@code other} unless it is 0. */
    int candidates(int k, float other) {
        long candidates = (long) (k * (other == 0 ? factor : other));
        return (int) Math.max(1, Math.min(size, Math.max(k, candidates)));
    }

    /**
     * Ranks candidates; of equally near ones the first is nearer.
     *
     * @param queries holds the query, as users have it
     * @param at where it starts
     * @param places of the candidates, nearest first by their codes; receives those of the {@code k} nearest
     * @param found number of candidates
     * @param k how many are taken at most
     * @param sorted receives the distances of the nearest
     * @param to where the first goes
     * @return how many were taken
     */
    int rank(float[] queries, int at, long[] places, int found, int k, float[] sorted, int to) {
        take(queries, at);
        if (nearest.capacity() != k) {
            nearest = new NearestLabels(k);
        }
        if (candidates.length < Math.max(found, k)) {
            candidates = new long[Math.max(found, k)];
        }
        for (int from = 0; from < found; from += distances.length) {
            int n = Math.min(distances.length, found - from);
            vectors.read(places, from, n, rows);
            if (metric == Metric.L2) {
                kernel.squaredDistances(query, rows, n, distances);
            } else {
                kernel.innerProducts(query, rows, n, distances);
                for (int i = 0; i < n; i++) {
                    distances[i] = -distances[i];
                }
            }
            nearest.offer(distances, 0, n, from);
        }
        int taken = nearest.drain(sorted, candidates, to, 0);
        for (int i = 0; i < taken; i++) {
            candidates[i] = places[(int) candidates[i]];
        }
        System.arraycopy(candidates, 0, places, 0, taken);
        return taken;
    }

    private void take(float[] queries, int at) {
        float[] from = queries;
        int start = at;
        for (VectorTransform transform : transforms) {
            float[] next = new float[transform.outputDimension()];
            transform.apply(from, start, 1, next, 0);
            from = next;
            start = 0;
        }
        System.arraycopy(from, start, query, 0, query.length);
    }
}
