package io.github.sparknsvq.ml.entropy;

import io.github.sparknsvq.core.entropy.BlockCoder;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.ml.spark.Iterators;
import java.io.Serializable;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.StructType;

/** Makes rows of codes from rows of blocks, in a task. */
final class BlockReader implements Serializable {
    private static final long serialVersionUID = 1L;

    private final CodeColumn column;
    private final BlockCoder coder;
    private final StructType kept;

    /**
     * Prepares it.
     *
     * @param kept the columns beside the code
     */
    BlockReader(CodeColumn column, BlockCoder coder, StructType kept) {
        this.column = column;
        this.coder = coder;
        this.kept = kept;
    }

    /**
     * Returns the rows of blocks.
     *
     * @param blocks the file's name, the number of rows, the coded bytes and, where there are any, the kept columns
     */
    Iterator<InternalRow> rows(Iterator<InternalRow> blocks) {
        return Iterators.flatten(Iterators.map(blocks, this::decoded));
    }

    private Iterator<InternalRow> decoded(InternalRow block) {
        String file =
                block.isNullAt(0) ? "a file of blocks" : block.getUTF8String(0).toString();
        int columns = kept.length();
        boolean whole = !block.isNullAt(1) && !block.isNullAt(2) && (columns == 0 || !block.isNullAt(3));
        require(whole, file, "a block has no number of rows, no bytes or no rows beside them");
        int count = block.getInt(1);
        byte[] coded = block.getBinary(2);
        coder.check(coded, count, file);
        ArrayData structs = columns == 0 ? null : block.getArray(3);
        require(
                columns == 0 || structs.numElements() == count,
                file,
                "a block of " + count + " codes does not have as many rows beside them");
        int m = column.sizes.length;
        int[] indices = new int[count * m];
        int[] lengths = new int[count];
        coder.decode(coded, count, indices, lengths, file);
        return IntStream.range(0, count)
                .mapToObj(i -> row(structs, i, column.value(indices, i * m, lengths[i])))
                .iterator();
    }

    private static void require(boolean holds, String file, String reason) {
        if (!holds) {
            throw new CorruptFileException(file, 0, reason);
        }
    }

    private InternalRow row(ArrayData structs, int i, Object code) {
        Object[] values = new Object[kept.length() + 1];
        if (structs != null) {
            InternalRow struct = structs.getStruct(i, kept.length());
            for (int j = 0; j < kept.length(); j++) {
                values[j] = struct.get(j, kept.fields()[j].dataType());
            }
        }
        values[kept.length()] = code;
        return new GenericInternalRow(values);
    }
}
