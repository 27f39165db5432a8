package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.core.linalg.VectorMath;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.util.ArrayData;

/**
 * Measures how far vectors are from what codes stand for: the squared Euclidean distance or, for models of cosine
 * distance, one minus the inner product with the vector scaled to length 1, as indexes do. Spark's generated code
 * calls the public methods, with the vector as Spark holds it.
 *
 * <p>Where one vector comes with many codes in a row, its distances from all codewords are tabulated, and a code's
 * distance is the sum of one entry for each of its indices (Jegou, Douze and Schmid, Product quantization for nearest
 * neighbor search, PAMI 2011): for one codebook and for product quantizers. Others decode each code, since what the
 * length of a sum is, no table of single codewords knows.
 */
public final class CodeDistance implements Serializable {
    private static final long serialVersionUID = 1L;

    private final VectorColumn vectors;
    private final Broadcast<SharedQuantizer> quantizer;
    private final CodeColumnDecoder codes;
    private final PositionDecoder positions;

    /** Whether all vectors are the same. */
    private final boolean constant;

    // One thread at a time: where everything was computed for the last vector.
    private transient SharedQuantizer shared;
    private transient Quantizer of;
    private transient int[] indices;
    private transient float[] decoded;
    private transient float[] query;

    /** How many codes the last vector came with. */
    private transient long comparisons;

    /** How many codes with one vector are worth a table, and whether there is one for the last vector. */
    private transient int worthTable;

    private transient boolean tabulated;
    private transient float[] table;

    /**
     * Makes what measures distances.
     *
     * @param vectors the column of vectors, scaled to length 1 for cosine distance, or by the quantizer's weights
     * @param quantizer on all executors
     * @param codes name of the column of codes or positions, for messages
     * @param variableLength whether codes may end before the last level
     * @param constant whether all vectors are the same
     */
    public CodeDistance(
            VectorColumn vectors,
            Broadcast<SharedQuantizer> quantizer,
            String codes,
            boolean variableLength,
            boolean constant) {
        this.vectors = vectors;
        this.quantizer = quantizer;
        this.codes = new CodeColumnDecoder(quantizer, codes, variableLength);
        this.positions = new PositionDecoder(quantizer, codes);
        this.constant = constant;
    }

    /** Called by Spark: the distance from what a packed code stands for. */
    public synchronized float packed(Object vector, byte[] code) {
        take(vector);
        return distance(codes.unpack(of, code, indices));
    }

    /** Called by Spark: the distance from what a code's indices stand for. */
    public synchronized float indices(Object vector, ArrayData code) {
        take(vector);
        return distance(codes.read(code, indices));
    }

    /** Called by Spark: the distance from the codeword of an index. */
    public synchronized float index(Object vector, int code) {
        take(vector);
        indices[0] = code;
        return distance(1);
    }

    /** Called by Spark: the distance from the point of a line at a position. */
    public synchronized float position(Object vector, double position) {
        take(vector);
        positions.decode(shared.curve(), position, decoded);
        return distanceFromDecoded();
    }

    private void take(Object value) {
        if (of == null) {
            prepare();
        } else if (constant && query != null) {
            comparisons++;
            return;
        }
        float[] vector = vectors.readWith(of.dimension(), value);
        if (vector == null) {
            throw vectors.refused(of.dimension(), value, "holds a vector", "the codebook");
        }
        if (query != null && Arrays.equals(vector, query)) {
            comparisons++;
        } else {
            query = vector;
            comparisons = 1;
            tabulated = false;
        }
    }

    private void prepare() {
        shared = quantizer.value();
        indices = new int[shared.codeBits().indices()];
        decoded = new float[shared.dimension()];
        boolean tables = switch (shared.kind()) {
            case VECTOR, PRODUCT -> true;
            default -> false;
        };
        worthTable = tables ? shared.layout().largest() : Integer.MAX_VALUE;
        of = shared.scaledQuantizer();
    }

    private float distance(int levels) {
        if (comparisons >= worthTable) {
            for (int m = 0; m < levels; m++) {
                if (indices[m] < 0 || indices[m] >= worthTable) {
                    codes.decode(of, indices, levels, decoded); // says what is wrong
                }
            }
            return distanceFromTable();
        }
        codes.decode(of, indices, levels, decoded);
        return distanceFromDecoded();
    }

    private float distanceFromDecoded() {
        return vectors.unitLength()
                ? 1 - product(query, 0, decoded, 0, decoded.length)
                : VectorMath.squaredDistance(query, 0, decoded, 0, decoded.length);
    }

    private float distanceFromTable() {
        if (!tabulated) {
            tabulate();
            tabulated = true;
        }
        float sum = 0;
        for (int m = 0; m < indices.length; m++) {
            sum += table[m * worthTable + indices[m]];
        }
        return vectors.unitLength() ? 1 - sum : sum;
    }

    /** Fills in, codebook after codebook, each codeword's distance from, or product with, its part of the vector. */
    private void tabulate() {
        int total = shared.layout().total();
        int part = shared.layout().dimension();
        float[] codewords = shared.scaledCodewords();
        float[] turned = query;
        if (shared.rotation() != null) {
            turned = new float[query.length];
            shared.rotation().apply(query, 0, 1, turned, 0);
        }
        table = table == null ? new float[total] : table;
        for (int k = 0; k < total; k++) {
            int from = k / worthTable * part;
            table[k] = vectors.unitLength()
                    ? product(turned, from, codewords, k * part, part)
                    : VectorMath.squaredDistance(turned, from, codewords, k * part, part);
        }
    }

    private static float product(float[] a, int from, float[] b, int at, int n) {
        float sum = 0;
        for (int j = 0; j < n; j++) {
            sum += a[from + j] * b[at + j];
        }
        return sum;
    }

    /** Equal ones measure the same, so that plans that have equal ones measure once. */
    @Override
    public boolean equals(Object other) {
        return other instanceof CodeDistance that
                && vectors.equals(that.vectors)
                && codes.equals(that.codes)
                && constant == that.constant;
    }

    @Override
    public int hashCode() {
        return vectors.hashCode() * 31 + codes.name().hashCode();
    }
}
