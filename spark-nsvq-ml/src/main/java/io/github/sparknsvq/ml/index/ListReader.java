package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.util.SparkInternals;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Reads the lists of a bin, on executors.
 *
 * @param parquet reads files
 * @param schema the columns of lists
 * @param codeSize bytes of a packed code
 * @param filter which vectors count
 */
record ListReader(SparkInternals.ParquetRows parquet, ListSchema schema, int codeSize, ListFilter filter)
        implements Serializable {

    /** A bin on its way to its task. */
    record Bin(int number, int from, int to, List<ListFile> files) implements Serializable {}

    /**
     * Hands out the lists of a bin, in the order of segments and then of lists; a list may come several times.
     *
     * @throws NsvqException if a file holds what no list is
     */
    void read(Bin bin, boolean withAttributes, Consumer<LoadedList> to) {
        ListFilter.Live live = filter.live();
        for (ListFile file : bin.files()) {
            for (Iterator<InternalRow> rows = parquet.read(file.path(), file.length()); rows.hasNext(); ) {
                InternalRow row = rows.next();
                check(file, row);
                int list = row.getInt(ListSchema.LIST_AT);
                if (list >= bin.from() && list < bin.to()) {
                    to.accept(LoadedList.of(row, file.segment(), schema, codeSize, live, withAttributes));
                }
            }
        }
    }

    private void check(ListFile file, InternalRow row) {
        for (int column = 0; column < schema.width(); column++) {
            if (row.isNullAt(column)) {
                throw new NsvqException(file.path() + " is damaged: a list has no "
                        + schema.stored().fieldNames()[column]);
            }
        }
        long ids = row.getArray(ListSchema.IDS_AT).numElements();
        int bytes = row.getBinary(ListSchema.CODES_AT).length;
        if (ids * codeSize != bytes) {
            throw new NsvqException(file.path() + " is damaged: list " + row.getInt(ListSchema.LIST_AT) + " has " + ids
                    + " ids and " + bytes + " bytes of codes, which should be " + codeSize + " for each");
        }
        if (schema.named() && row.getArray(ListSchema.NAMES_AT).numElements() != ids) {
            throw new NsvqException(file.path() + " is damaged: list " + row.getInt(ListSchema.LIST_AT) + " has " + ids
                    + " ids, but not as many names");
        }
    }
}
