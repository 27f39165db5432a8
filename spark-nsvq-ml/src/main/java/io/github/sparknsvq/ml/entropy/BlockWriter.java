package io.github.sparknsvq.ml.entropy;

import io.github.sparknsvq.core.entropy.BlockCoder;
import io.github.sparknsvq.ml.spark.Iterators;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;

/** Makes rows of blocks from rows of codes, in a task. */
final class BlockWriter implements Serializable {
    private static final long serialVersionUID = 1L;

    private final CodeColumn column;
    private final BlockCoder coder;
    private final int kept;
    private final int rowsPerBlock;

    /**
     * Prepares it.
     *
     * @param kept columns of the struct beside the code; 0 for no struct
     */
    BlockWriter(CodeColumn column, BlockCoder coder, int kept, int rowsPerBlock) {
        this.column = column;
        this.coder = coder;
        this.kept = kept;
        this.rowsPerBlock = rowsPerBlock;
    }

    /** Returns blocks: the number of rows, the coded bytes and, where there are any, the kept columns. */
    Iterator<InternalRow> blocks(Iterator<InternalRow> rows) {
        return Iterators.untilNull(() -> rows.hasNext() ? block(rows) : null);
    }

    private InternalRow block(Iterator<InternalRow> rows) {
        int m = column.sizes.length;
        int[] indices = new int[16 * m];
        int[] lengths = new int[16];
        List<Object> structs = new ArrayList<>();
        int count = 0;
        for (; count < rowsPerBlock && rows.hasNext(); count++) {
            if (count == lengths.length) {
                lengths = Arrays.copyOf(lengths, 2 * count);
                indices = Arrays.copyOf(indices, 2 * count * m);
            }
            InternalRow row = rows.next();
            lengths[count] = column.read(row, indices, count * m);
            if (kept > 0) {
                structs.add(row.getStruct(1, kept).copy()); // Spark reuses the row
            }
        }
        byte[] coded = coder.encode(indices, lengths, count);
        return kept > 0
                ? new GenericInternalRow(new Object[] {count, coded, new GenericArrayData(structs.toArray())})
                : new GenericInternalRow(new Object[] {count, coded});
    }
}
