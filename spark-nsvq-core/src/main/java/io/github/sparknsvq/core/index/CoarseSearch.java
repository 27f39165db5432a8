package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;
import java.util.Arrays;

/**
 * Finds centroids for transformed rows: the nearest ones by a search that a provider has, and those of largest inner
 * product by the same search in one dimension more. Of very uneven lengths, and where very many are wanted, all
 * centroids are compared.
 *
 * <p>An instance does not change and may be used by several threads at once.
 */
final class CoarseSearch {
    /** How many times as long as half of the others a centroid may be for {@link #lifted} to be precise. */
    private static final double EVEN = 64;

    private final Metric metric;
    private final ListChoice choice;
    private final FloatMatrix centroids;

    /** The search for the nearest centroids; null where none is chosen by that. */
    private final NearestCodeword nearest;

    /**
     * The search for the centroids of largest inner product, of one dimension more; null where none is chosen so, or
     * their lengths differ too much.
     */
    private final NearestCodeword largest;

    /** The root of the mean squared distance of the centroids from their mean; NaN before it is asked for. */
    private volatile double spread = Double.NaN;

    /**
     * Prepares the searches.
     *
     * @param metric what vectors are compared by
     * @param choice what centroids are compared by
     * @param centroids {@code lists x D}, at least one
     * @param provider searches for centroids
     */
    CoarseSearch(Metric metric, ListChoice choice, FloatMatrix centroids, NearestCodewordProvider provider) {
        this.metric = metric;
        this.choice = choice;
        this.centroids = centroids;
        boolean products = choice != ListChoice.NEAREST && areEven(centroids);
        this.nearest = choice == ListChoice.LARGEST && products ? null : provider.prepare(centroids);
        this.largest = products ? provider.prepare(lifted(centroids)) : null;
    }

    private static double[] squaredNorms(FloatMatrix centroids) {
        int d = centroids.columns();
        double[] norms = new double[centroids.rows()];
        Arrays.setAll(norms, k -> VectorMath.squaredNorm(centroids.values(), k * d, d));
        return norms;
    }

    /** Whether no vector is so much longer than the others that {@link #lifted} would not be precise. */
    static boolean areEven(FloatMatrix centroids) {
        double[] norms = squaredNorms(centroids);
        Arrays.sort(norms);
        return norms[norms.length - 1] <= EVEN * EVEN * norms[norms.length / 2];
    }

    /**
     * Gives each centroid one dimension more, so that all have the same length: then the nearest of a query that has
     * a zero there is the one of largest inner product.
     */
    static FloatMatrix lifted(FloatMatrix centroids) {
        int d = centroids.columns();
        double[] norms = squaredNorms(centroids);
        double most = Arrays.stream(norms).max().orElse(0);
        float[] values = new float[norms.length * (d + 1)];
        for (int k = 0; k < norms.length; k++) {
            System.arraycopy(centroids.values(), k * d, values, k * (d + 1), d);
            values[k * (d + 1) + d] = (float) Math.sqrt(most - norms[k]);
        }
        return new FloatMatrix(norms.length, d + 1, values);
    }

    /** As {@link IvfQuantizer#rowsPerCall}. */
    int rowsPerCall() {
        return (nearest == null ? largest : nearest).rowsPerCall();
    }

    /** As {@link IvfQuantizer#spread}; several threads may measure it at once, and get the same. */
    double spread() {
        double known = spread;
        if (Double.isNaN(known)) {
            known = measuredSpread();
            spread = known;
        }
        return known;
    }

    private double measuredSpread() {
        int d = centroids.columns();
        float[] values = centroids.values();
        double[] mean = new double[d];
        for (int i = 0; i < values.length; i++) {
            mean[i % d] += values[i];
        }
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            double apart = values[i] - mean[i % d] / centroids.rows();
            sum += apart * apart;
        }
        return Math.sqrt(sum / centroids.rows());
    }

    /** As {@link IvfQuantizer#assign}. */
    void assign(float[] rows, int offset, int count, int[] lists) {
        float[] distances = new float[count];
        if (choice.vectors() == Metric.L2) {
            nearest.nearest(rows, offset, count, lists, distances);
        } else if (largest == null) {
            eachList(Metric.INNER_PRODUCT, rows, offset, count, 1, lists);
        } else {
            largest.nearest(lifted(rows, offset, count, centroids.columns()), 0, count, lists, distances);
        }
    }

    /** Gives each row one dimension more, in which it is 0. */
    static float[] lifted(float[] rows, int offset, int count, int d) {
        float[] lifted = new float[count * (d + 1)];
        for (int i = 0; i < count; i++) {
            System.arraycopy(rows, offset + i * d, lifted, i * (d + 1), d);
        }
        return lifted;
    }

    /** As {@link IvfQuantizer#probes}. */
    void probes(float[] queries, int offset, int count, int probes, int[] lists, float[] distances) {
        boolean l2 = choice.queries() == Metric.L2;
        boolean each = probes > IvfQuantizer.MOST_SEARCHED || (largest == null && !l2);
        if (each) {
            eachList(choice.queries(), queries, offset, count, probes, lists);
        } else {
            NearestCodeword search = l2 ? nearest : largest;
            float[] rows = l2 ? queries : lifted(queries, offset, count, centroids.columns());
            int from = l2 ? offset : 0;
            if (distances == null) {
                search.choose(rows, from, count, probes, lists);
            } else {
                search.nearest(rows, from, count, probes, lists, distances);
            }
        }
        boolean there = !each && l2 && metric == Metric.L2;
        for (int i = 0; distances != null && !there && i < count * probes; i++) {
            distances[i] = distance(metric, queries, offset + i / probes * centroids.columns(), lists[i]);
        }
    }

    /**
     * All centroids go through a heap: for many probes, since the kernels sort by insertion, and for centroids of
     * uneven lengths.
     */
    private void eachList(Metric by, float[] queries, int offset, int count, int probes, int[] lists) {
        NearestLabels best = new NearestLabels(probes);
        float[] sorted = new float[probes];
        long[] labels = new long[probes];
        for (int i = 0; i < count; i++) {
            int at = offset + i * centroids.columns();
            for (int list = 0; list < centroids.rows(); list++) {
                float distance = distance(by, queries, at, list);
                best.offer(Float.isFinite(distance) ? distance : Float.MAX_VALUE, list); // a place for every list
            }
            int found = best.drain(sorted, labels, 0);
            for (int p = 0; p < found; p++) {
                lists[i * probes + p] = (int) labels[p];
            }
        }
    }

    private float distance(Metric by, float[] queries, int at, int list) {
        int d = centroids.columns();
        return by == Metric.L2
                ? VectorMath.squaredDistance(queries, at, centroids.values(), list * d, d)
                : -innerProduct(queries, at, list);
    }

    private float innerProduct(float[] queries, int at, int list) {
        float[] values = centroids.values();
        int d = centroids.columns();
        float sum = 0;
        for (int j = 0; j < d; j++) {
            sum += queries[at + j] * values[list * d + j];
        }
        return sum;
    }
}
