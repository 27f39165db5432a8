package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListChoice;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.ListScanner;
import io.github.sparknsvq.core.index.ListScanning;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.TwoLevelProvider;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.spark.SearchDevice;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The trained parts of an index (centroids, codebooks), as they are broadcast: executors get them once, and prepare
 * searches on first use, once per JVM.
 */
public final class SharedIndex implements Serializable {
    private static final long serialVersionUID = 1L;

    private final DistanceKind distance;
    private final ListChoice choice;
    private final int lists;
    private final int dimension;
    private final float[] centroids;
    private final SharedQuantizer codes;
    private final boolean byResidual;
    private final Device device;

    private transient Prepared prepared;

    /** What is made of all this in a JVM. */
    private record Prepared(IvfQuantizer quantizer, ListFormat format, Supplier<ListScanner> scanning) {}

    /**
     * Puts an index's trained parts together.
     *
     * @param distance what vectors are compared by
     * @param choice what centroids are compared by
     * @param centroids {@code lists x D}, before any rotation; not copied
     * @param codes the quantizer of the lists' codes, or null where lists hold vectors
     * @param byResidual whether codes are of residuals, what is left of a vector without its centroid, rather than
     *     of vectors
     * @param device where to search for centroids: auto, cpu or opencl
     */
    public SharedIndex(
            DistanceKind distance,
            ListChoice choice,
            FloatMatrix centroids,
            SharedQuantizer codes,
            boolean byResidual,
            Device device) {
        this.distance = distance;
        this.choice = choice;
        this.lists = centroids.rows();
        this.dimension = centroids.columns();
        this.centroids = centroids.values();
        this.codes = codes;
        this.byResidual = byResidual;
        this.device = device;
    }

    /** As above, of an index that was trained for a distance: lists are chosen as {@link #usualChoice} says. */
    public SharedIndex(
            DistanceKind distance, FloatMatrix centroids, SharedQuantizer codes, boolean byResidual, Device device) {
        this(distance, usualChoice(distance), centroids, codes, byResidual, device);
    }

    /** Returns what vectors are compared by. */
    public DistanceKind distance() {
        return distance;
    }

    /** Returns what centroids are compared by in an index that was trained for a distance. */
    public static ListChoice usualChoice(DistanceKind distance) {
        return ListChoice.usual(metric(distance));
    }

    private static Metric metric(DistanceKind distance) {
        return distance == DistanceKind.L2 ? Metric.L2 : Metric.INNER_PRODUCT;
    }

    /** Returns what centroids are compared by. */
    public ListChoice choice() {
        return choice;
    }

    /** Returns the centroids before any rotation, not copied. */
    public FloatMatrix centroids() {
        return new FloatMatrix(lists, dimension, centroids);
    }

    /** Returns the quantizer of the lists' codes, or null where lists hold vectors. */
    public SharedQuantizer codes() {
        return codes;
    }

    /** Returns whether codes are of residuals (vector minus centroid) rather than of vectors. */
    public boolean byResidual() {
        return byResidual;
    }

    /** Returns the number of lists. */
    public int lists() {
        return lists;
    }

    /** Returns the dimension of the vectors. */
    public int dimension() {
        return dimension;
    }

    /** Returns where centroids are searched. */
    public Device device() {
        return device;
    }

    /** Returns this searched elsewhere: this, if it is searched there already. */
    public SharedIndex withDevice(Device other) {
        return other == device
                ? this
                : new SharedIndex(
                        distance,
                        choice,
                        centroids(),
                        codes == null ? null : codes.withDevice(other),
                        byResidual,
                        other);
    }

    /** Returns the quantizer, made when it is first asked for. */
    public IvfQuantizer quantizer() {
        return prepared().quantizer();
    }

    /** Returns how scanning wants the codes of a list. */
    ListFormat format() {
        return prepared().format();
    }

    /** Returns what reads distances from lists. */
    Supplier<ListScanner> scanning() {
        return prepared().scanning();
    }

    private synchronized Prepared prepared() {
        if (prepared == null) {
            prepared = prepare();
        }
        return prepared;
    }

    private Prepared prepare() {
        List<VectorTransform> transforms = new ArrayList<>();
        if (distance == DistanceKind.COSINE) {
            transforms.add(new Normalization(dimension));
        }
        FloatMatrix rotated = centroids();
        Quantizer inner = codes == null ? null : codes.quantizer();
        if (inner instanceof RotatedQuantizer withRotation) {
            Rotation rotation = withRotation.rotation();
            transforms.add(rotation);
            inner = withRotation.inner();
            rotated = new FloatMatrix(lists, dimension, new float[lists * dimension]);
            rotation.apply(centroids, 0, lists, rotated.values(), 0);
        }
        NearestCodewordProvider search = TwoLevelProvider.forLists(lists, SearchDevice.provider(device));
        IvfQuantizer quantizer =
                new IvfQuantizer(metric(distance), choice, transforms, rotated, inner, byResidual, search);
        ListFormat format = ListFormat.of(inner, dimension);
        return new Prepared(quantizer, format, ListScanning.of(quantizer, format));
    }
}
