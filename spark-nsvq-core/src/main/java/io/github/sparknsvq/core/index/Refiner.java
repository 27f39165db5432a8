package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ByteDistances;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
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

    /** Measures vectors of bytes as they are; null where others are stored. */
    private final ByteDistances bytes;

    private final byte[] codes;
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
        ScalarQuantizer scalar = vectors.quantizer();
        boolean asBytes = scalar != null && scalar.isBytes();
        this.bytes = asBytes ? kernel.bytes(scalar.first(), scalar.step()) : null;
        this.query = new float[d];
        this.distances = new float[Math.max(1, BYTES / (asBytes ? d : d * Float.BYTES))];
        this.rows = new float[asBytes ? 0 : distances.length * d];
        this.codes = new byte[asBytes ? distances.length * d : 0];
    }

    /** Returns the number of candidates for {@code k} neighbors: as many as asked for, or for 0 as FAISS has it. */
    int candidates(int k, int asked) {
        long candidates = asked == 0 ? (long) (k * factor) : asked;
        return (int) Math.max(1, Math.min(size, Math.max(k, candidates)));
    }

    /**
     * Ranks candidates; of equally near ones the first is nearer.
     *
     * @param queries holds the query, as users have it
     * @param at where it starts
     * @param places of the candidates; receives those of the {@code k} nearest
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
            measure(places, from, n);
            nearest.offer(distances, 0, n, from);
        }
        int taken = nearest.drain(sorted, candidates, to, 0);
        for (int i = 0; i < taken; i++) {
            candidates[i] = places[(int) candidates[i]];
        }
        System.arraycopy(candidates, 0, places, 0, taken);
        return taken;
    }

    private void measure(long[] places, int from, int n) {
        if (bytes != null) {
            vectors.codes(places, from, n, codes);
            bytes.measure(codes, 0, n, distances);
        } else {
            vectors.read(places, from, n, rows);
            if (metric == Metric.L2) {
                kernel.squaredDistances(query, rows, n, distances);
            } else {
                kernel.innerProducts(query, rows, n, distances);
            }
        }
        if (metric == Metric.INNER_PRODUCT) {
            for (int i = 0; i < n; i++) {
                distances[i] = -distances[i];
            }
        }
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
        if (bytes == null) {
            System.arraycopy(from, start, query, 0, query.length);
        } else if (metric == Metric.L2) {
            bytes.squaredDistancesFrom(from, start);
        } else {
            bytes.innerProductsWith(from, start);
        }
    }
}
