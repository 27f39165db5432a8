package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.CodeErrors;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Finds the code of the vector in a row: one codeword of each codebook. */
public final class CodeEncoder extends VectorEncoder {
    private static final long serialVersionUID = 1L;

    /** What can be found; the encoded struct has its fields in this order. */
    public enum Field {
        /** The index of the only codebook's codeword. */
        INDEX(DataTypes.IntegerType),
        /** The position along a line. */
        POSITION(DataTypes.DoubleType),
        /** The packed code. */
        CODE(DataTypes.BinaryType),
        /** The indices. */
        CODES(DataTypes.createArrayType(DataTypes.IntegerType, false)),
        /** Squared errors, codebook by codebook. */
        ERRORS(DataTypes.createArrayType(DataTypes.FloatType, false)),
        /** Distance of the vector from what its code stands for. */
        DISTANCE(DataTypes.FloatType),
        /** What the code stands for. */
        RECONSTRUCTION(DataTypes.createArrayType(DataTypes.FloatType, false));

        @SuppressWarnings("ImmutableEnumChecker") // Spark's types do not change
        private final DataType type;

        Field(DataType type) {
            this.type = type;
        }

        /** Returns the type of the field's values, which are never null. */
        public DataType type() {
            return type;
        }
    }

    /**
     * What to find.
     *
     * @param fields of the encoded struct
     * @param cosine whether the distance is 1 - cosine rather than Euclidean; for one codebook
     * @param errorThreshold a residual code ends with the first level at which the squared error is not above this;
     *     negative for codes with all levels
     * @param skippable whether users have a param to leave out rows with invalid vectors, for messages
     */
    public record Wanted(Set<Field> fields, boolean cosine, double errorThreshold, boolean skippable) {}

    private final Broadcast<SharedQuantizer> quantizer;
    private final Field[] fields;
    private final boolean cosine;
    private final double errorThreshold;
    private final boolean skippable;

    /**
     * Makes the encoder of a column.
     *
     * @param vectors the column, scaled to length 1 for cosine distance, or by the quantizer's weights
     * @param quantizer on all executors
     * @param wanted what to find
     */
    public CodeEncoder(VectorColumn vectors, Broadcast<SharedQuantizer> quantizer, Wanted wanted) {
        super(vectors, quantizer.value().dimension());
        this.quantizer = quantizer;
        this.fields = wanted.fields().stream().sorted().toArray(Field[]::new);
        this.cosine = wanted.cosine();
        this.errorThreshold = wanted.errorThreshold();
        this.skippable = wanted.skippable();
    }

    /** A column with the index of the nearest codeword; for one codebook where nothing else is wanted. */
    public Column index() {
        return call(INDEX_OF, DataTypes.IntegerType);
    }

    /** Called by Spark: the index for an array. */
    public int indexOf(ArrayData vector) {
        return encode(vector).getInt(0);
    }

    /** Called by Spark: the index for a {@code Vector}, which Spark takes for any object. */
    public int indexOf(Object vector) {
        return encode(vector).getInt(0);
    }

    @Override
    public StructType type() {
        StructType type = new StructType();
        for (Field field : fields) {
            type = type.add(field.name(), field.type(), false);
        }
        return type;
    }

    @Override
    InvalidVectorException invalid(Object value) {
        return skippable
                ? super.invalid(value)
                : vectors().refused(dimension(), value, "holds a vector", "the codebook");
    }

    /** Encoders are equal that find the same in the same column: plans that have equal ones search once. */
    @Override
    public boolean equals(Object other) {
        return other instanceof CodeEncoder that
                && vectors().equals(that.vectors())
                && quantizer.equals(that.quantizer)
                && Arrays.equals(fields, that.fields)
                && cosine == that.cosine
                && errorThreshold == that.errorThreshold
                && skippable == that.skippable;
    }

    @Override
    public int hashCode() {
        return Objects.hash(vectors(), quantizer.id(), Arrays.hashCode(fields), cosine, errorThreshold, skippable);
    }

    private boolean finds(Field field) {
        return Arrays.asList(fields).contains(field);
    }

    /**
     * Where the search for one codeword wants larger calls than the CPU's, as a device does, batches are as large.
     */
    @Override
    int rowsPerBatch() {
        SharedQuantizer of = quantizer.value();
        return of.kind() == SharedQuantizer.Kind.VECTOR && of.scaledQuantizer() instanceof VectorQuantizer one
                ? Math.max(super.rowsPerBatch(), one.search().rowsPerCall())
                : super.rowsPerBatch();
    }

    @Override
    Batch batch(int capacity) {
        SharedQuantizer of = quantizer.value();
        return of.kind() == SharedQuantizer.Kind.CURVE
                ? new ProjectedBatch(of.curve(), of.curveSearch(), fields, capacity)
                : new Found(of, capacity);
    }

    private final class Found implements Batch {
        private final Quantizer of;

        /** What decodes to rows in their own units where those are searched scaled; null where they are not. */
        private final Quantizer plain;

        /** The search of one codebook, which gives the distances as well; null if there are several. */
        private final NearestCodeword search;

        private final int most;

        /** {@code prefixes[m]}: the layout of codes of {@code m + 1} indices. */
        private final CodeBits[] prefixes;

        private final int[] indices;
        private final int[] levels;
        private final CodeErrors measure;
        private final float[] errors;
        private final boolean wantsDistance;
        private final float[] distances;
        private final float[] decoded;

        private final ReusedArray reconstruction;

        Found(SharedQuantizer shared, int capacity) {
            this.of = shared.scaledQuantizer();
            this.plain = shared.scaling() == null ? null : shared.decoder();
            this.search = of instanceof VectorQuantizer one ? one.search() : null;
            this.most = of.codeBits().indices();
            this.prefixes = new CodeBits[most];
            Arrays.setAll(prefixes, m -> of.codeBits().prefix(m + 1));
            this.indices = new int[capacity * most];
            this.levels = new int[capacity];
            Arrays.fill(levels, most);
            boolean measures = finds(Field.ERRORS) || errorThreshold >= 0;
            this.measure = measures ? new CodeErrors(of) : null;
            this.errors = measures ? new float[capacity * most] : null;
            this.wantsDistance = finds(Field.DISTANCE);
            this.distances = search != null || wantsDistance ? new float[capacity] : null;
            boolean reconstructs = finds(Field.RECONSTRUCTION);
            boolean decodes = reconstructs || (search == null && wantsDistance);
            this.decoded = decodes ? new float[capacity * dimension()] : null;
            this.reconstruction = reconstructs ? new ReusedArray(dimension()) : null;
        }

        @Override
        public void search(float[] rows, int count) {
            if (search == null) {
                of.encode(rows, 0, count, indices, 0);
            } else {
                search.nearest(rows, 0, count, indices, distances);
            }
            if (measure != null) {
                measure.measure(rows, 0, count, indices, 0, errors, 0);
            }
            for (int i = 0; errorThreshold >= 0 && i < count; i++) {
                levels[i] = levelsNeeded(i * most);
            }
            if (decoded != null) {
                decode(of, count);
            }
            for (int i = 0; wantsDistance && i < count; i++) {
                distances[i] = search == null ? distance(rows, i) : distance(distances[i]);
            }
            if (plain != null && reconstruction != null) {
                decode(plain, count);
            }
        }

        /** Returns after how many levels the error is small enough, at least 1. */
        private int levelsNeeded(int from) {
            int level = 1;
            while (level < most && errors[from + level - 1] > errorThreshold) {
                level++;
            }
            return level;
        }

        private void decode(Quantizer by, int count) {
            if (errorThreshold < 0) {
                by.decode(indices, 0, count, decoded, 0);
                return;
            }
            for (int i = 0; i < count; i++) {
                ((SumQuantizer) by).decode(indices, i * most, 1, levels[i], decoded, i * dimension());
            }
        }

        private float distance(float[] rows, int i) {
            double sum = 0;
            for (int at = i * dimension(); at < (i + 1) * dimension(); at++) {
                double apart = rows[at] - decoded[at];
                sum += apart * apart;
            }
            return (float) Math.sqrt(sum);
        }

        private float distance(float squared) {
            // between vectors of length 1 the squared distance is 2 (1 - cosine)
            return cosine ? squared / 2 : (float) Math.sqrt(squared);
        }

        @Override
        public void write(int i, InternalRow result) {
            int from = i * most;
            int to = from + levels[i];
            for (int f = 0; f < fields.length; f++) {
                switch (fields[f]) {
                    case INDEX -> result.setInt(f, indices[from]);
                    case CODE -> result.update(f, packed(from, levels[i]));
                    case CODES ->
                        result.update(f, UnsafeArrayData.fromPrimitiveArray(Arrays.copyOfRange(indices, from, to)));
                    case ERRORS ->
                        result.update(f, UnsafeArrayData.fromPrimitiveArray(Arrays.copyOfRange(errors, from, to)));
                    case DISTANCE -> result.setFloat(f, distances[i]);
                    case RECONSTRUCTION -> result.update(f, reconstruction.of(decoded, i * dimension()));
                    case POSITION -> throw new IllegalStateException("codewords have no position");
                }
            }
        }

        private byte[] packed(int from, int levels) {
            CodeBits layout = prefixes[levels - 1];
            byte[] code = new byte[layout.codeSize()];
            layout.pack(indices, from, 1, code, 0);
            return code;
        }
    }
}
