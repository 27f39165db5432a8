package io.github.sparknsvq.ml.entropy;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.quantizer.CodeBits;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** A column of codes, and how indices are read from it and written to it. One task at a time uses an instance. */
final class CodeColumn implements Serializable {
    private static final long serialVersionUID = 1L;

    /** What a column holds. */
    enum Form {
        /** The index of the only codebook's codeword. */
        INDEX(DataTypes.IntegerType),
        /** Packed indices; of codes that end early, as many bytes as these take. */
        PACKED(DataTypes.BinaryType),
        /** Indices, of codes that end early as many as there are. */
        INDICES(DataTypes.createArrayType(DataTypes.IntegerType, false));

        @SuppressWarnings("ImmutableEnumChecker") // Spark's types do not change
        private final DataType type;

        Form(DataType type) {
            this.type = type;
        }

        DataType type() {
            return type;
        }

        /** Returns the name that stands in files. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    final String name;
    final Form form;

    /** Codewords of each codebook. */
    final int[] sizes;

    /** Layouts of the first index, of the first two, and so on; made when they are first asked for. */
    private transient CodeBits[] layouts;

    CodeColumn(String name, Form form, int[] sizes) {
        this.name = name;
        this.form = form;
        this.sizes = sizes;
    }

    private CodeBits[] layouts() {
        if (layouts == null) {
            CodeBits all =
                    new CodeBits(IntStream.of(sizes).map(CodeBits::widthFor).toArray());
            layouts =
                    IntStream.rangeClosed(1, sizes.length).mapToObj(all::prefix).toArray(CodeBits[]::new);
        }
        return layouts;
    }

    /**
     * Reads the indices of a code, and checks them.
     *
     * @param row has the code in its first column
     * @param indices receives them, one for each codebook at most
     * @param to where the first one goes
     * @return how many there are
     */
    int read(InternalRow row, int[] indices, int to) {
        if (row.isNullAt(0)) {
            throw invalid("is null");
        }
        int length = switch (form) {
            case INDEX -> {
                indices[to] = row.getInt(0);
                yield 1;
            }
            case PACKED -> unpack(row.getBinary(0), indices, to);
            case INDICES -> {
                int[] all = row.getArray(0).toIntArray();
                if (all.length < 1 || all.length > sizes.length) {
                    throw invalid("has " + all.length + " indices, where the model has " + sizes.length + " codebooks");
                }
                System.arraycopy(all, 0, indices, to, all.length);
                yield all.length;
            }
        };
        for (int m = 0; m < length; m++) {
            int index = indices[to + m];
            if (index < 0 || index >= sizes[m]) {
                throw invalid("has index " + index + " of codebook " + m + ", which has " + sizes[m] + " codewords");
            }
        }
        return length;
    }

    private int unpack(byte[] code, int[] indices, int to) {
        for (int m = sizes.length; m > 0; m--) {
            CodeBits layout = layouts()[m - 1];
            if (layout.codeSize() == code.length) {
                layout.unpack(code, 0, 1, indices, to);
                return m;
            }
        }
        throw invalid("has " + code.length + " bytes, where the model's codes have "
                + layouts()[sizes.length - 1].codeSize());
    }

    /** Returns a code as the column holds it. */
    Object value(int[] indices, int from, int length) {
        return switch (form) {
            case INDEX -> indices[from];
            case PACKED -> {
                CodeBits layout = layouts()[length - 1];
                byte[] code = new byte[layout.codeSize()];
                layout.pack(indices, from, 1, code, 0);
                yield code;
            }
            case INDICES -> UnsafeArrayData.fromPrimitiveArray(Arrays.copyOfRange(indices, from, from + length));
        };
    }

    private NsvqException invalid(String problem) {
        return new NsvqException("column '" + name + "' holds a code that " + problem
                + ": it was not made by this model, or is damaged");
    }
}
