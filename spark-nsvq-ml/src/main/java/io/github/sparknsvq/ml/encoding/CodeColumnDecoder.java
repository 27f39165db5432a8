package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Finds what codes stand for. Spark's generated code calls the public methods that take a value as Spark holds it.
 *
 * @param quantizer on all executors
 * @param name of the column of codes, for messages
 * @param variableLength whether codes may end before the last level
 */
public record CodeColumnDecoder(Broadcast<SharedQuantizer> quantizer, String name, boolean variableLength)
        implements Serializable {
    /**
     * A column with what codes stand for.
     *
     * @param codes the column of codes
     * @param packed whether they are packed rather than arrays of indices
     */
    public Column decoded(Column codes, boolean packed) {
        DataType type = packed ? DataTypes.BinaryType : DataTypes.createArrayType(DataTypes.IntegerType, true);
        DataType vector = DataTypes.createArrayType(DataTypes.FloatType, false);
        return SparkInternals.call(this, packed ? "packed" : "indices", vector, codes, type);
    }

    /** Called by Spark: what a packed code stands for. */
    public ArrayData packed(byte[] code) {
        if (code == null) {
            throw invalid("is null");
        }
        Quantizer of = quantizer.value().decoder();
        int[] indices = new int[of.codeBits().indices()];
        return row(of, indices, unpack(of, code, indices));
    }

    /** Called by Spark: what the index of the only codebook's codeword stands for. */
    public ArrayData index(int code) {
        return row(quantizer.value().decoder(), new int[] {code}, 1);
    }

    /** Called by Spark: what a code's indices stand for. */
    public ArrayData indices(ArrayData codes) {
        if (codes == null) {
            throw invalid("is null");
        }
        Quantizer of = quantizer.value().decoder();
        int[] indices = new int[of.codeBits().indices()];
        return row(of, indices, read(codes, indices));
    }

    /** Unpacks a code; returns how many of its indices there are. */
    int unpack(Quantizer of, byte[] code, int[] indices) {
        CodeBits layout = of.codeBits();
        while (variableLength && layout.indices() > 1 && layout.codeSize() > code.length) {
            layout = layout.prefix(layout.indices() - 1);
        }
        if (code.length != layout.codeSize()) {
            throw invalid("has " + code.length + " bytes, where the model's codes have "
                    + (variableLength ? "up to " : "") + of.codeSize());
        }
        layout.unpack(code, 0, 1, indices, 0);
        return layout.indices();
    }

    /** Reads a code's indices; returns how many there are. */
    int read(ArrayData codes, int[] indices) {
        int levels = codes.numElements();
        int most = indices.length;
        if (levels != most && (!variableLength || levels < 1 || levels > most)) {
            String upTo = variableLength ? "up to " : "";
            throw invalid("has " + levels + " indices, where the model's codes have " + upTo + most);
        }
        for (int m = 0; m < levels; m++) {
            if (codes.isNullAt(m)) {
                throw invalid("has a null at index " + m);
            }
            indices[m] = codes.getInt(m);
        }
        return levels;
    }

    private ArrayData row(Quantizer of, int[] indices, int levels) {
        float[] row = new float[of.dimension()];
        decode(of, indices, levels, row);
        return UnsafeArrayData.fromPrimitiveArray(row);
    }

    /** Decodes the first indices of a code. */
    void decode(Quantizer of, int[] indices, int levels, float[] row) {
        try {
            if (levels < of.codeBits().indices()) {
                ((SumQuantizer) of).decode(indices, 0, 1, levels, row, 0);
            } else {
                of.decode(indices, 0, 1, row, 0);
            }
        } catch (NsvqException e) {
            throw new NsvqException("column '" + name + "' cannot be decoded: " + Reason.of(e), e);
        }
    }

    private NsvqException invalid(String problem) {
        return new NsvqException("column '" + name + "' holds a code that " + problem
                + ": it was not made by this model, or is damaged");
    }
}
