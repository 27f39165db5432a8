package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.CodeErrors;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Finds the code of the vector in a row: one codeword of each of several codebooks. */
public final class CodeEncoder extends VectorEncoder {
    private static final long serialVersionUID = 1L;

    /** Field of the encoded struct: the packed code. */
    public static final String CODE = "code";

    /** Field of the encoded struct: the indices. */
    public static final String CODES = "codes";

    /** Field of the encoded struct: squared errors, codebook by codebook. */
    public static final String ERRORS = "errors";

    /** Field of the encoded struct: distance from what the code stands for. */
    public static final String DISTANCE = "distance";

    /** Field of the encoded struct: what the code stands for. */
    public static final String RECONSTRUCTION = "reconstruction";

    /**
     * What to find.
     *
     * @param codes whether the struct has the indices
     * @param errors whether it has the squared errors, codebook by codebook
     * @param distance whether it has the Euclidean distance
     * @param reconstruction whether it has what the code stands for
     * @param errorThreshold a residual code ends with the first level at which the squared error is not above this;
     *     negative for codes with all levels
     */
    public record Wanted(boolean codes, boolean errors, boolean distance, boolean reconstruction, double errorThreshold)
            implements Serializable {}

    private final Broadcast<SharedQuantizer> quantizer;
    private final Wanted wanted;

    /**
     * Makes the encoder of a column.
     *
     * @param vectors the column, scaled to length 1 for cosine distance
     * @param quantizer on all executors
     * @param wanted what to find
     */
    public CodeEncoder(VectorColumn vectors, Broadcast<SharedQuantizer> quantizer, Wanted wanted) {
        super(vectors, quantizer.value().dimension());
        this.quantizer = quantizer;
        this.wanted = wanted;
    }

    @Override
    StructType type() {
        StructType type = new StructType().add(CODE, DataTypes.BinaryType, false);
        if (wanted.codes()) {
            type = type.add(CODES, DataTypes.createArrayType(DataTypes.IntegerType, false), false);
        }
        if (wanted.errors()) {
            type = type.add(ERRORS, DataTypes.createArrayType(DataTypes.FloatType, false), false);
        }
        if (wanted.distance()) {
            type = type.add(DISTANCE, DataTypes.FloatType, false);
        }
        return wanted.reconstruction()
                ? type.add(RECONSTRUCTION, DataTypes.createArrayType(DataTypes.FloatType, false), false)
                : type;
    }

    @Override
    Batch batch(int capacity) {
        return new Found(quantizer.value().quantizer(), capacity);
    }

    private final class Found implements Batch {
        private final Quantizer of;
        private final CodeBits bits;

        /** The layout of codes that end after so many indices and one. */
        private final CodeBits[] prefixes;

        private final int[] indices;
        private final int[] levels;
        private final CodeErrors errors;
        private final float[] leftOver;
        private final float[] decoded;
        private final float[] distances;

        Found(Quantizer of, int capacity) {
            this.of = of;
            this.bits = of.codeBits();
            this.prefixes = new CodeBits[bits.indices()];
            Arrays.setAll(prefixes, m -> bits.prefix(m + 1));
            this.indices = new int[capacity * bits.indices()];
            this.levels = new int[capacity];
            Arrays.fill(levels, bits.indices());
            boolean measures = wanted.errors() || wanted.errorThreshold() >= 0;
            this.errors = measures ? new CodeErrors(of) : null;
            this.leftOver = measures ? new float[capacity * bits.indices()] : null;
            this.decoded = wanted.distance() || wanted.reconstruction() ? new float[capacity * dimension()] : null;
            this.distances = wanted.distance() ? new float[capacity] : null;
        }

        @Override
        public void search(float[] rows, int count) {
            of.encode(rows, 0, count, indices, 0);
            if (errors != null) {
                errors.measure(rows, 0, count, indices, 0, leftOver, 0);
            }
            if (wanted.errorThreshold() >= 0) {
                for (int i = 0; i < count; i++) {
                    levels[i] = enough(i * bits.indices());
                }
            }
            if (decoded != null) {
                decode(count);
            }
            for (int i = 0; distances != null && i < count; i++) {
                distances[i] = (float) Math.sqrt(squaredDistance(rows, i));
            }
        }

        /** Returns how many levels leave little enough over, at least 1. */
        private int enough(int from) {
            int level = 1;
            while (level < bits.indices() && leftOver[from + level - 1] > wanted.errorThreshold()) {
                level++;
            }
            return level;
        }

        private void decode(int count) {
            if (wanted.errorThreshold() < 0) {
                of.decode(indices, 0, count, decoded, 0);
                return;
            }
            for (int i = 0; i < count; i++) {
                ((SumQuantizer) of).decode(indices, i * bits.indices(), 1, levels[i], decoded, i * dimension());
            }
        }

        private double squaredDistance(float[] rows, int i) {
            double sum = 0;
            for (int at = i * dimension(); at < (i + 1) * dimension(); at++) {
                double apart = rows[at] - decoded[at];
                sum += apart * apart;
            }
            return sum;
        }

        @Override
        public void write(int i, InternalRow result) {
            int from = i * bits.indices();
            int field = 0;
            CodeBits layout = prefixes[levels[i] - 1];
            byte[] code = new byte[layout.codeSize()];
            layout.pack(indices, from, 1, code, 0);
            result.update(field++, code);
            if (wanted.codes()) {
                int[] row = Arrays.copyOfRange(indices, from, from + levels[i]);
                result.update(field++, UnsafeArrayData.fromPrimitiveArray(row));
            }
            if (wanted.errors()) {
                float[] row = Arrays.copyOfRange(leftOver, from, from + levels[i]);
                result.update(field++, UnsafeArrayData.fromPrimitiveArray(row));
            }
            if (wanted.distance()) {
                result.setFloat(field++, distances[i]);
            }
            if (wanted.reconstruction()) {
                float[] row = Arrays.copyOfRange(decoded, i * dimension(), (i + 1) * dimension());
                result.update(field, UnsafeArrayData.fromPrimitiveArray(row));
            }
        }
    }
}
