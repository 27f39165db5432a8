package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.Quantizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * What training an inverted-file index gives: transforms, a coarse quantizer whose codewords are the centroids of the
 * lists, and the quantizer of the vectors or of their residuals (Jegou, Douze and Schmid, TPAMI 2011, section IV:
 * IVFADC).
 *
 * <p>A vector is transformed, goes to the list of the best centroid, and is coded there. Queries are transformed,
 * too, and look at the lists of the best centroids; {@link ListChoice} says which are best. All methods but {@link
 * #transform} take transformed rows, of {@link #innerDimension} values.
 *
 * <p>An instance does not change and may be used by several threads at once.
 */
public final class IvfQuantizer {
    /**
     * The most probes that the search for centroids finds; it sorts them by insertion, which is slow for more. For
     * more, all centroids are compared.
     */
    public static final int MOST_SEARCHED = 1024;

    /** How many times as long as half of the others a centroid may be for {@link #lifted} to be precise. */
    private static final double EVEN = 64;

    private final Metric metric;
    private final ListChoice choice;
    private final List<VectorTransform> transforms;
    private final FloatMatrix centroids;
    private final Quantizer codes;
    private final boolean byResidual;

    /** The search for the nearest centroids; null where none is chosen by that. */
    private final NearestCodeword nearest;

    /**
     * The search for the centroids of largest inner product, of one dimension more; null where none is chosen so, or
     * their lengths differ too much.
     */
    private final NearestCodeword largest;

    /**
     * Makes the quantizer of an index.
     *
     * @param metric what vectors are compared by
     * @param choice what centroids are compared by
     * @param transforms what rows go through first, in order; may be empty
     * @param centroids {@code lists x D}, at least one
     * @param codes codes vectors of dimension {@code D}; null where lists hold the vectors themselves, as {@code D}
     *     float32, little-endian
     * @param byResidual whether {@code codes} codes the residual of a vector, its difference from the centroid,
     *     rather than the vector
     * @param provider searches for centroids
     * @throws NsvqException if there is no centroid, or dimensions contradict each other
     */
    public IvfQuantizer(
            Metric metric,
            ListChoice choice,
            List<? extends VectorTransform> transforms,
            FloatMatrix centroids,
            Quantizer codes,
            boolean byResidual,
            NearestCodewordProvider provider) {
        this.metric = metric;
        this.choice = choice;
        this.transforms = List.copyOf(transforms);
        this.centroids = centroids;
        this.codes = codes;
        this.byResidual = byResidual && codes != null;
        checkDimensions();
        boolean products = choice != ListChoice.NEAREST && areEven(centroids);
        this.nearest = choice == ListChoice.LARGEST && products ? null : provider.prepare(centroids);
        this.largest = products ? provider.prepare(lifted(centroids)) : null;
    }

    /** As above, searching on the CPU. */
    public IvfQuantizer(
            Metric metric,
            ListChoice choice,
            List<? extends VectorTransform> transforms,
            FloatMatrix centroids,
            Quantizer codes,
            boolean byResidual) {
        this(metric, choice, transforms, centroids, codes, byResidual, NearestCodewordProviders.cpu());
    }

    /** As above, choosing lists as indexes do that are trained for the metric: see {@link ListChoice#usual}. */
    public IvfQuantizer(
            Metric metric,
            List<? extends VectorTransform> transforms,
            FloatMatrix centroids,
            Quantizer codes,
            boolean byResidual) {
        this(metric, ListChoice.usual(metric), transforms, centroids, codes, byResidual);
    }

    private void checkDimensions() {
        NsvqException.unless(centroids.rows() >= 1, "an index needs at least one list");
        int d = transforms.isEmpty() ? innerDimension() : dimension();
        for (VectorTransform transform : transforms) {
            NsvqException.unless(
                    transform.inputDimension() == d,
                    "a transform of vectors of dimension " + transform.inputDimension()
                            + " cannot follow one that gives dimension " + d);
            d = transform.outputDimension();
        }
        NsvqException.unless(
                d == innerDimension() && (codes == null || codes.dimension() == d),
                "centroids of dimension " + innerDimension()
                        + (codes == null ? "" : " and codes of dimension " + codes.dimension())
                        + " do not go with vectors of dimension " + d);
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

    /** Returns what vectors are compared by. */
    public Metric metric() {
        return metric;
    }

    /** Returns what centroids are compared by. */
    public ListChoice choice() {
        return choice;
    }

    /** Returns the transforms, in order. */
    public List<VectorTransform> transforms() {
        return transforms;
    }

    /** Returns the centroids of the lists, not copied. */
    public FloatMatrix centroids() {
        return centroids;
    }

    /** Returns what codes vectors, or null where lists hold the vectors themselves. */
    public Quantizer codes() {
        return codes;
    }

    /** Returns whether codes are of residuals: the differences of vectors from the centroids of their lists. */
    public boolean byResidual() {
        return byResidual;
    }

    /** Returns the dimension of the vectors that users have. */
    public int dimension() {
        return transforms.isEmpty() ? innerDimension() : transforms.get(0).inputDimension();
    }

    /** Returns the dimension of transformed vectors. */
    public int innerDimension() {
        return centroids.columns();
    }

    /** Returns the number of lists. */
    public int lists() {
        return centroids.rows();
    }

    /** Returns the bytes of a code. */
    public int codeSize() {
        return codes == null ? innerDimension() * Float.BYTES : codes.codeSize();
    }

    /**
     * Transforms rows.
     *
     * @param rows row-major block that holds the rows, {@link #dimension} values each
     * @param offset where the first row starts
     * @param count number of rows, 0 or more
     * @param out receives the rows, {@link #innerDimension} values each; not {@code rows}
     * @param to where the first goes
     */
    public void transform(float[] rows, int offset, int count, float[] out, int to) {
        float[] from = rows;
        int at = offset;
        for (int i = 0; i < transforms.size() - 1; i++) {
            float[] next = new float[count * transforms.get(i).outputDimension()];
            transforms.get(i).apply(from, at, count, next, 0);
            from = next;
            at = 0;
        }
        if (transforms.isEmpty()) {
            System.arraycopy(from, at, out, to, count * innerDimension());
        } else {
            transforms.get(transforms.size() - 1).apply(from, at, count, out, to);
        }
    }

    /**
     * Turns transformed rows back, as far as the transforms can.
     *
     * @param rows transformed rows
     * @param count how many, from the start of the array
     * @return {@code count x dimension()} rows
     */
    public float[] reverse(float[] rows, int count) {
        float[] from = rows;
        for (int i = transforms.size() - 1; i >= 0; i--) {
            float[] next = new float[count * transforms.get(i).inputDimension()];
            transforms.get(i).reverse(from, 0, count, next, 0);
            from = next;
        }
        return from;
    }

    /**
     * Returns how many rows a call of {@link #assign} should bring to be fast, at least 1; any number is answered.
     */
    public int rowsPerCall() {
        return (nearest == null ? largest : nearest).rowsPerCall();
    }

    /**
     * Finds the list of each row: that of the best centroid, of equals the first.
     *
     * @param rows transformed rows
     * @param offset where the first starts
     * @param count number of rows, 0 or more
     * @param lists receives the list of row {@code i} at {@code i}
     */
    public void assign(float[] rows, int offset, int count, int[] lists) {
        float[] distances = new float[count];
        if (choice.vectors() == Metric.L2) {
            nearest.nearest(rows, offset, count, lists, distances);
        } else if (largest == null) {
            eachList(Metric.INNER_PRODUCT, rows, offset, count, 1, lists);
        } else {
            largest.nearest(lifted(rows, offset, count, innerDimension()), 0, count, lists, distances);
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

    /**
     * Codes rows for their lists.
     *
     * @param rows transformed rows
     * @param offset where the first starts
     * @param count number of rows, 0 or more
     * @param lists the list of row {@code i} at {@code i}
     * @param target receives the codes, {@link #codeSize} bytes each
     * @param to where the first goes
     */
    public void encode(float[] rows, int offset, int count, int[] lists, byte[] target, int to) {
        int d = innerDimension();
        if (codes == null) {
            ByteBuffer.wrap(target, to, count * codeSize())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .put(rows, offset, count * d);
        } else if (byResidual) {
            float[] residuals = new float[count * d];
            float[] values = centroids.values();
            for (int i = 0; i < count; i++) {
                int at = i * d;
                int centroid = lists[i] * d;
                for (int j = 0; j < d; j++) {
                    residuals[at + j] = rows[offset + at + j] - values[centroid + j];
                }
            }
            codes.encode(residuals, 0, count, target, to);
        } else {
            codes.encode(rows, offset, count, target, to);
        }
    }

    /**
     * Finds what codes of a list stand for.
     *
     * @param list the list
     * @param source the codes, {@link #codeSize} bytes each
     * @param offset where the first starts
     * @param count number of codes, 0 or more
     * @param rows receives transformed rows
     * @param to where the first goes
     * @throws NsvqException if a code holds an index that no codeword has
     */
    public void decode(int list, byte[] source, int offset, int count, float[] rows, int to) {
        int d = innerDimension();
        if (codes == null) {
            ByteBuffer.wrap(source, offset, count * codeSize())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(rows, to, count * d);
            return;
        }
        codes.decode(source, offset, count, rows, to);
        if (byResidual) {
            float[] values = centroids.values();
            for (int i = to; i < to + count * d; i += d) {
                for (int j = 0; j < d; j++) {
                    rows[i + j] += values[list * d + j];
                }
            }
        }
    }

    /**
     * Finds the lists that queries should look at, best centroid first. Up to {@link #MOST_SEARCHED} are those that
     * the provider's search finds, which need not be the best if it is approximate; more are always the best.
     *
     * @param queries transformed queries
     * @param offset where the first starts
     * @param count number of queries, 0 or more
     * @param probes how many lists for each, in [1, {@link #lists}]
     * @param lists receives those of query {@code i} from {@code i * probes}
     * @param distances receives their distances by the index's metric: squared Euclidean distances, or inner products
     *     with the sign turned; null where they are not needed, then lists about as far may come in any order
     * @throws IllegalArgumentException if {@code probes} is out of range
     */
    public void probes(float[] queries, int offset, int count, int probes, int[] lists, float[] distances) {
        boolean l2 = choice.queries() == Metric.L2;
        boolean each = probes > MOST_SEARCHED || (largest == null && !l2);
        if (each) {
            eachList(choice.queries(), queries, offset, count, probes, lists);
        } else {
            NearestCodeword search = l2 ? nearest : largest;
            float[] rows = l2 ? queries : lifted(queries, offset, count, innerDimension());
            int from = l2 ? offset : 0;
            if (distances == null) {
                search.choose(rows, from, count, probes, lists);
            } else {
                search.nearest(rows, from, count, probes, lists, distances);
            }
        }
        boolean there = !each && l2 && metric == Metric.L2;
        for (int i = 0; distances != null && !there && i < count * probes; i++) {
            distances[i] = distance(metric, queries, offset + i / probes * innerDimension(), lists[i]);
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
            int at = offset + i * innerDimension();
            for (int list = 0; list < lists(); list++) {
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
        int d = innerDimension();
        return by == Metric.L2
                ? VectorMath.squaredDistance(queries, at, centroids.values(), list * d, d)
                : -innerProduct(queries, at, list);
    }

    private float innerProduct(float[] queries, int at, int list) {
        float[] values = centroids.values();
        int from = list * innerDimension();
        float sum = 0;
        for (int j = 0; j < innerDimension(); j++) {
            sum += queries[at + j] * values[from + j];
        }
        return sum;
    }
}
