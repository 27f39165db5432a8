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
     * @param bytes what it takes in memory, about
     * @param pieces of the files that may hold lists of it, by segment
     */
    record Bin(int number, int from, int to, long bytes, List<Piece> pieces) implements Serializable {}

    /**
     * Groups of rows that lie together in a file, or a share of one group: the rows of the bin's lists are dealt out
     * in turn to so many shares.
     *
     * @param file the file
     * @param start where the first group starts
     * @param end where the last ends
     * @param rows how many rows the groups have
     * @param share the first share that counts
     * @param endShare the share behind the last that counts
     * @param shares how many there are
     */
    record Piece(StoredFile file, long start, long end, long rows, int share, int endShare, int shares)
            implements Serializable {
        boolean has(long row) {
            long of = row % shares;
            return of >= share && of < endShare;
        }
    }

    /**
     * Returns the lists of a bin, in the order of segments and then of lists; a list may come several times.
     *
     * @throws NsvqException if a file holds what no list is
     */
    Iterator<LoadedList> lists(Bin bin, boolean withAttributes) {
        ListFilter.Live live = filter.live();
        return Iterators.flatten(Iterators.map(
                bin.pieces().iterator(),
                piece -> Iterators.untilNull(new Rows(bin, piece, live, withAttributes)::next)));
    }

    /** The rows of a piece. */
    private final class Rows {
        private final Bin bin;
        private final Piece piece;
        private final ListFilter.Live live;
        private final boolean withAttributes;
        private final Iterator<InternalRow> rows;
        private long read;
        private long ofBin;

        Rows(Bin bin, Piece piece, ListFilter.Live live, boolean withAttributes) {
            StoredFile file = piece.file();
            this.bin = bin;
            this.piece = piece;
            this.live = live;
            this.withAttributes = withAttributes;
            this.rows = read(file, () -> parquet.read(file.path(), file.length(), piece.start(), piece.end()));
        }

        /** Returns what the next row has; null at the end. */
        LoadedList next() {
            StoredFile file = piece.file();
            while (read(file, rows::hasNext)) {
                InternalRow row = read(file, rows::next);
                read++;
                check(file, row);
                int list = row.getInt(ListSchema.LIST_AT);
                if (list >= bin.from() && list < bin.to() && piece.has(ofBin++)) {
                    return LoadedList.of(row, file.segment(), schema, codeSize, live, withAttributes);
                }
            }
            NsvqException.unless(
                    read == piece.rows(),
                    file.path() + " is damaged: from byte " + piece.start() + " to " + piece.end() + " it has " + read
                            + " rows, and it says that they are " + piece.rows());
            return null;
        }
    }

    private static <T> T read(StoredFile file, Callable<T> something) {
        return file.read("lists", something);
    }

    private void check(StoredFile file, InternalRow row) {
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
