package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
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

    /**
     * A bin on its way to its task.
     *
     * @param number of the bin
     * @param from its first list
     * @param to the list behind its last one
     * @param part which of the parts that the rows of these lists are shared out in
     * @param parts how many of them there are
     * @param files those that may hold lists of it, by segment
     */
    record Bin(int number, int from, int to, int part, int parts, List<ListFile> files) implements Serializable {}

    /**
     * Returns the lists of a bin, in the order of segments and then of lists; a list may come several times.
     *
     * @throws NsvqException if a file holds what no list is
     */
    Iterator<LoadedList> lists(Bin bin, boolean withAttributes) {
        ListFilter.Live live = filter.live();
        long[] rowsOfRange = {0};
        return Iterators.flatten(Iterators.map(bin.files().iterator(), file -> {
            Iterator<InternalRow> rows = read(file, () -> parquet.read(file.path(), file.length()));
            return Iterators.untilNull(() -> next(file, rows, bin, rowsOfRange, live, withAttributes));
        }));
    }

    private LoadedList next(
            ListFile file,
            Iterator<InternalRow> rows,
            Bin bin,
            long[] rowsOfRange,
            ListFilter.Live live,
            boolean withAttributes) {
        while (read(file, rows::hasNext)) {
            InternalRow row = read(file, rows::next);
            check(file, row);
            int list = row.getInt(ListSchema.LIST_AT);
            if (list >= bin.from() && list < bin.to() && rowsOfRange[0]++ % bin.parts() == bin.part()) {
                return LoadedList.of(row, file.segment(), schema, codeSize, live, withAttributes);
            }
        }
        return null;
    }

    private static <T> T read(ListFile file, Callable<T> something) {
        return file.file().read("lists", something);
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
        String list = file.path() + " is damaged: list " + row.getInt(ListSchema.LIST_AT) + " has " + ids + " ids";
        if (ids * codeSize != bytes) {
            throw new NsvqException(
                    list + " and " + bytes + " bytes of codes, which should be " + codeSize + " for each");
        }
        if (schema.named() && row.getArray(ListSchema.NAMES_AT).numElements() != ids) {
            throw new NsvqException(list + ", but not as many names");
        }
    }
}
