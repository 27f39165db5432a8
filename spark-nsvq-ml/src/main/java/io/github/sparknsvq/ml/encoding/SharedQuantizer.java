package io.github.sparknsvq.ml.encoding;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.Scaling;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.quantizer.SpaceFillingQuantizer;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.core.quantizer.WeightedQuantizer;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.ml.spark.SearchDevice;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The codebooks of a quantizer, one or several, in the form in which they are sent: executors get them once, as a
 * broadcast, and make the quantizer on first use, once per JVM.
 */
@DefaultSerializer(JavaSerializer.class) // Kryo by itself cannot read the records in it
public final class SharedQuantizer implements Serializable {
    private static final long serialVersionUID = 1L;

    /** What a quantizer does with its codebooks. */
    public enum Kind {
        /** The only one codes whole rows. */
        VECTOR,
        /** One for each part of a row. */
        PRODUCT,
        /** One for each level of residuals. */
        RESIDUAL,
        /** Their codewords are added up. */
        ADDITIVE,
        /** The only one holds the corners of a line, on which rows are projected. */
        CURVE,
        /** None: the only one holds, in place of codewords, the ranges of a scalar quantizer. */
        SCALAR
    }

    private final Kind kind;
    private final CodebookLayout layout;
    private final float[] codewords;
    private final Rotation rotation;
    private final float[] prices;
    private final int beam;
    private final int polishRounds;
    private final Device device;
    private final ScalarQuantizer.Type scalarType;
    private final SpaceFillingCurve.Search curveSearch;

    /** The weights of dimensions, or null for none. */
    private final Scaling scaling;

    private transient Quantizer quantizer;
    private transient Quantizer decoder;
    private transient SpaceFillingCurve curve;

    private SharedQuantizer(
            Kind kind,
            CodebookLayout layout,
            float[] codewords,
            Rotation rotation,
            float[] prices,
            int beam,
            int polishRounds,
            Device device) {
        this(kind, layout, codewords, rotation, prices, beam, polishRounds, device, null, null, null);
    }

    private SharedQuantizer(
            Kind kind,
            CodebookLayout layout,
            float[] codewords,
            Rotation rotation,
            float[] prices,
            int beam,
            int polishRounds,
            Device device,
            ScalarQuantizer.Type scalarType,
            SpaceFillingCurve.Search curveSearch,
            Scaling scaling) {
        this.kind = kind;
        this.layout = layout;
        this.codewords = codewords;
        this.rotation = rotation;
        this.prices = prices;
        this.beam = beam;
        this.polishRounds = polishRounds;
        this.device = device;
        this.scalarType = scalarType;
        this.curveSearch = curveSearch;
        this.scaling = scaling;
    }

    /**
     * Wraps the codebook of a vector quantizer.
     *
     * @param codebook {@code K x D} codewords, not copied
     * @param device where to search
     */
    public static SharedQuantizer vector(FloatMatrix codebook, Device device) {
        CodebookLayout layout = new CodebookLayout(codebook.columns(), codebook.rows());
        return new SharedQuantizer(Kind.VECTOR, layout, codebook.values(), null, null, 1, 0, device);
    }

    /**
     * Wraps the codebooks of a product quantizer.
     *
     * @param layout the codebooks
     * @param allCodewords the codewords, codebook after codebook, not copied
     * @param rotation applied to rows first, or null
     * @param device where to search: auto, cpu or opencl
     */
    public static SharedQuantizer product(
            CodebookLayout layout, float[] allCodewords, Rotation rotation, Device device) {
        return new SharedQuantizer(Kind.PRODUCT, layout, allCodewords, rotation, null, 1, 0, device);
    }

    /**
     * Wraps the codebooks of a residual quantizer.
     *
     * @param layout the codebooks, level by level
     * @param codewords all codewords, not copied
     * @param prices of all codewords, or null if they have none
     * @param beam how many sums the search keeps
     * @param device where to search: auto, cpu or opencl
     */
    public static SharedQuantizer residual(
            CodebookLayout layout, float[] codewords, float[] prices, int beam, Device device) {
        return new SharedQuantizer(Kind.RESIDUAL, layout, codewords, null, prices, beam, 0, device);
    }

    /**
     * Wraps the codebooks of an additive quantizer.
     *
     * @param layout the codebooks
     * @param codewords all codewords, not copied
     * @param beam how many sums the search keeps
     * @param polishRounds rounds of iterated conditional modes
     */
    public static SharedQuantizer additive(CodebookLayout layout, float[] codewords, int beam, int polishRounds) {
        return new SharedQuantizer(Kind.ADDITIVE, layout, codewords, null, null, beam, polishRounds, Device.CPU);
    }

    /**
     * Wraps the ranges of a scalar quantizer.
     *
     * @param type what values are rounded to
     * @param d dimension {@code D} of the rows
     * @param ranges as {@link ScalarQuantizer} takes them, with zeros up to {@code 2 x D} values or none; not copied
     * @param rotation applied to rows first, or null
     */
    public static SharedQuantizer scalar(ScalarQuantizer.Type type, int d, float[] ranges, Rotation rotation) {
        CodebookLayout layout = new CodebookLayout(d, 2);
        float[] padded = Arrays.copyOf(ranges, 2 * d);
        return new SharedQuantizer(Kind.SCALAR, layout, padded, rotation, null, 1, 0, Device.CPU, type, null, null);
    }

    /**
     * Wraps the corners of a line.
     *
     * @param corners {@code K x D}, not copied
     * @param search which segments are looked at for the nearest
     */
    public static SharedQuantizer curve(FloatMatrix corners, SpaceFillingCurve.Search search) {
        CodebookLayout layout = new CodebookLayout(corners.columns(), corners.rows());
        float[] values = corners.values();
        return new SharedQuantizer(Kind.CURVE, layout, values, null, null, 1, 0, Device.CPU, null, search, null);
    }

    /** Returns these codebooks searched elsewhere: this, if they are searched there already. */
    public SharedQuantizer withDevice(Device other) {
        return other == device || kind == Kind.SCALAR || kind == Kind.CURVE
                ? this
                : with(codewords, beam, polishRounds, other, scaling);
    }

    /** Returns these codebooks searched with another effort: this, if it is the same. */
    public SharedQuantizer withSearch(int newBeam, int newPolishRounds) {
        return newBeam == beam && newPolishRounds == polishRounds
                ? this
                : with(codewords, newBeam, newPolishRounds, device, scaling);
    }

    /**
     * Returns these codebooks searched by a weighted distance: this, if it is the same.
     *
     * @param weights of dimensions, or null for none
     * @throws NsvqException if there is not one weight for each dimension
     */
    public SharedQuantizer withWeights(Scaling weights) {
        if (Objects.equals(weights, scaling)) {
            return this;
        }
        if (weights != null && weights.inputDimension() != dimension()) {
            throw new NsvqException("dimensionWeights has " + weights.inputDimension() + " weights, but the model's"
                    + " vectors have " + dimension() + " dimensions: one for each is needed");
        }
        return with(codewords, beam, polishRounds, device, weights);
    }

    /**
     * Returns these codebooks, which were trained on scaled rows, in the rows' own units, searched by the weighted
     * distance. Behind a rotation they stay as they are.
     *
     * @param weights of dimensions, or null for none: then this
     */
    public SharedQuantizer trainedBy(Scaling weights) {
        return weights == null ? this : with(scaled(weights, Scaling::reverse), beam, polishRounds, device, weights);
    }

    private SharedQuantizer with(
            float[] values, int newBeam, int newPolishRounds, Device newDevice, Scaling newScaling) {
        return new SharedQuantizer(
                kind,
                layout,
                values,
                rotation,
                prices,
                newBeam,
                newPolishRounds,
                newDevice,
                scalarType,
                curveSearch,
                newScaling);
    }

    /** Scales rows, or scales them back. */
    private interface Scale {
        void run(Scaling by, float[] rows, int offset, int count, float[] out, int to);
    }

    private float[] scaled(Scaling by, Scale scale) {
        if (rotation != null) {
            return codewords;
        }
        int d = layout.dimension();
        float[] values = new float[codewords.length];
        for (int m = 0; m < layout.codebooks(); m++) {
            int from = layout.start(m);
            int count = layout.start(m + 1) - from;
            Scaling part = kind == Kind.PRODUCT ? by.part(m * d, d) : by;
            scale.run(part, codewords, from * d, count, values, from * d);
        }
        return values;
    }

    /** Returns this line with another search for the nearest segment: this, if it is the same. */
    public SharedQuantizer withSearch(SpaceFillingCurve.Search other) {
        return other == curveSearch ? this : curve(codewords(), other);
    }

    /** Returns what the quantizer does with its codebooks. */
    public Kind kind() {
        return kind;
    }

    /** Returns the short name of this kind of quantizer, as users are told it. */
    public String label() {
        return switch (kind) {
            case VECTOR -> "vq";
            case PRODUCT -> rotation == null ? "pq" : "opq";
            case RESIDUAL -> "rq";
            case ADDITIVE -> "aq";
            case CURVE -> "sfvq";
            case SCALAR -> scalarType.label();
        };
    }

    /** Returns the codebooks. */
    public CodebookLayout layout() {
        return layout;
    }

    /** Returns all codewords, codebook after codebook, not copied. */
    public FloatMatrix codewords() {
        return new FloatMatrix(layout.total(), layout.dimension(), codewords);
    }

    /** Returns the codewords' prices, not copied, or null if they have none. */
    public float[] prices() {
        return prices;
    }

    /** Returns what a scalar quantizer rounds values to, or null if this is none. */
    public ScalarQuantizer.Type scalarType() {
        return scalarType;
    }

    /** Returns the line, made when it is first asked for, or null if this is none. */
    public synchronized SpaceFillingCurve curve() {
        if (curve == null && kind == Kind.CURVE) {
            curve = new SpaceFillingCurve(codewords());
        }
        return curve;
    }

    /** Returns which segments of a line are looked at for the nearest, or null if this is none. */
    public SpaceFillingCurve.Search curveSearch() {
        return curveSearch;
    }

    /** Returns how many values an index of the largest codebook takes; of a line, the number of a segment. */
    public int largest() {
        return kind == Kind.CURVE ? layout.total() - 1 : layout.largest();
    }

    /** Returns the rotation, or null if there is none. */
    public Rotation rotation() {
        return rotation;
    }

    /** Returns the dimension of the vectors. */
    public int dimension() {
        return kind == Kind.PRODUCT ? layout.dimension() * layout.codebooks() : layout.dimension();
    }

    /** Returns the layout of a code, without making the quantizer. */
    public CodeBits codeBits() {
        if (kind == Kind.SCALAR) {
            return quantizer().codeBits();
        }
        return new CodeBits(IntStream.of(layout.sizes()).map(CodeBits::widthFor).toArray());
    }

    /** Returns the weights of dimensions, or null if there are none. */
    public Scaling scaling() {
        return scaling;
    }

    /** Returns the quantizer, which takes and gives rows in their own units, made when it is first asked for. */
    public synchronized Quantizer quantizer() {
        if (quantizer == null) {
            quantizer = scaling == null
                    ? make()
                    : new WeightedQuantizer(scaling, searched().make(), plain());
        }
        return quantizer;
    }

    /**
     * Returns the quantizer of rows that are scaled by the weights already, whose distances are the weighted ones; it
     * decodes to such rows.
     */
    public Quantizer scaledQuantizer() {
        return quantizer() instanceof WeightedQuantizer weighted ? weighted.inner() : quantizer();
    }

    /** Returns what decodes to rows in their own units; sums of codewords by any number of them. */
    public synchronized Quantizer decoder() {
        if (decoder == null) {
            Quantizer plain = scaling == null ? null : plain();
            decoder = plain == null ? quantizer() : plain;
        }
        return decoder;
    }

    /** Returns all codewords as they are compared with scaled rows, codebook after codebook. */
    public float[] scaledCodewords() {
        return scaling == null ? codewords : scaled(scaling, Scaling::apply);
    }

    private SharedQuantizer searched() {
        return with(scaledCodewords(), beam, polishRounds, device, null);
    }

    /** What decodes to rows as they are; null if codewords are behind a rotation. */
    private Quantizer plain() {
        return rotation == null ? with(codewords, 1, 0, Device.CPU, null).make() : null;
    }

    private Quantizer make() {
        NearestCodewordProvider provider = SearchDevice.provider(device);
        return switch (kind) {
            case VECTOR -> new VectorQuantizer(codewords(), provider);
            case PRODUCT -> {
                int bits = Integer.numberOfTrailingZeros(layout.largest());
                Quantizer product = new ProductQuantizer(dimension(), layout.codebooks(), bits, codewords, provider);
                yield rotation == null ? product : new RotatedQuantizer(rotation, product);
            }
            case RESIDUAL ->
                prices == null
                        ? new ResidualQuantizer(layout.codebooks(codewords), beam, provider)
                        : ResidualQuantizer.priced(layout.codebooks(codewords), prices, beam);
            case SCALAR -> {
                int d = layout.dimension();
                float[] ranges = Arrays.copyOf(codewords, (int) scalarType.rangeValues(d));
                Quantizer scalar = new ScalarQuantizer(scalarType, d, ranges);
                yield rotation == null ? scalar : new RotatedQuantizer(rotation, scalar);
            }
            case CURVE -> new SpaceFillingQuantizer(curve(), layout.total());
            case ADDITIVE -> new AdditiveQuantizer(layout.codebooks(codewords), beam, polishRounds);
        };
    }
}
