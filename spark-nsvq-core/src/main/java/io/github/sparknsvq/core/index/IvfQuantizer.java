package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.Quantizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    private final Metric metric;
    private final ListChoice choice;
    private final List<VectorTransform> transforms;
    private final FloatMatrix centroids;
    private final Quantizer codes;
    private final boolean byResidual;
    private final CoarseSearch coarse;

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
        this.coarse = new CoarseSearch(metric, choice, centroids, provider);
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

    /**
     * Returns the spread of the centroids, the root of their mean squared distance from their mean: computed once,
     * when it is first asked for.
     */
    double spread() {
        return coarse.spread();
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
        return coarse.rowsPerCall();
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
        coarse.assign(rows, offset, count, lists);
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
        coarse.probes(queries, offset, count, probes, lists, distances);
    }
}
