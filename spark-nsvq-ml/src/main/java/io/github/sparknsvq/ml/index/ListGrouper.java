package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.ml.spark.Iterators;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;

/**
 * Gathers vectors that come sorted by list: rows of {@link ListSchema#coded} become those of
 * {@link ListSchema#stored}.
 *
 * @param schema the columns of lists
 * @param codeSize bytes of a packed code
 * @param mostBytes bytes of a row at which the rest of its list starts a new row
 */
record ListGrouper(ListSchema schema, int codeSize, int mostBytes)
        implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    /** The most bytes of a row, far below what a row can hold: many rows are in memory at once. */
    private static final int MOST_BYTES = 1 << 24;

    /** A task that holds so many bytes of lists should hold this many rows at least, to share a list out evenly. */
    private static final int ROWS_OF_TASK = 8;

    /** As above, with rows that are small beside what a task holds of lists. */
    static ListGrouper of(ListSchema schema, int codeSize, long bytesOfTask) {
        return new ListGrouper(schema, codeSize, (int) Math.min(MOST_BYTES, bytesOfTask / ROWS_OF_TASK + 1));
    }

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        return Iterators.untilNull(new Lists(rows));
    }

    private final class Lists implements Supplier<InternalRow> {
        private final Iterator<InternalRow> rows;
        private InternalRow first;
        private int count;
        private long[] ids = new long[Math.min(64, most())];
        private byte[] codes = new byte[ids.length * codeSize];
        private final List<Object> names = new ArrayList<>();
        private final List<Object> attributes = new ArrayList<>();

        Lists(Iterator<InternalRow> rows) {
            this.rows = rows;
            advance();
        }

        private void advance() {
            first = rows.hasNext() ? rows.next() : null;
        }

        /** Returns how many vectors a row can have at most. */
        private int most() {
            return Math.max(1, mostBytes / (codeSize + Long.BYTES));
        }

        /** Returns about how many bytes a vector adds to a row. */
        private long bytes(InternalRow vector) {
            long bytes = (long) codeSize + Long.BYTES;
            if (schema.named()) {
                bytes += vector.getUTF8String(ListSchema.NAMES_AT).numBytes();
            }
            if (schema.hasAttributes()) {
                bytes += attributes(vector) instanceof UnsafeRow of
                        ? of.getSizeInBytes()
                        : schema.attributes().defaultSize();
            }
            return bytes;
        }

        private InternalRow attributes(InternalRow vector) {
            return vector.getStruct(schema.attributesAt(), schema.attributes().length());
        }

        /** Returns the next row of a list; null at the end. */
        @Override
        public InternalRow get() {
            if (first == null) {
                return null;
            }
            count = 0;
            names.clear();
            attributes.clear();
            int list = first.getInt(ListSchema.LIST_AT);
            long bytes = bytes(first);
            do { // a vector whose attributes alone are more gets a row to itself
                add(first);
                advance();
                bytes += first == null ? 0 : bytes(first);
            } while (first != null && first.getInt(ListSchema.LIST_AT) == list && bytes <= mostBytes);
            GenericInternalRow row = new GenericInternalRow(schema.width());
            row.setInt(ListSchema.LIST_AT, list);
            row.update(ListSchema.IDS_AT, UnsafeArrayData.fromPrimitiveArray(Arrays.copyOf(ids, count)));
            row.update(ListSchema.CODES_AT, Arrays.copyOf(codes, count * codeSize));
            if (schema.named()) {
                row.update(ListSchema.NAMES_AT, new GenericArrayData(names.toArray()));
            }
            if (schema.hasAttributes()) {
                row.update(schema.attributesAt(), new GenericArrayData(attributes.toArray()));
            }
            return row;
        }

        private void add(InternalRow vector) {
            if (count == ids.length) {
                ids = Arrays.copyOf(ids, Math.min(2 * count, most()));
                codes = Arrays.copyOf(codes, ids.length * codeSize);
            }
            ids[count] = vector.getLong(ListSchema.IDS_AT);
            System.arraycopy(vector.getBinary(ListSchema.CODES_AT), 0, codes, count * codeSize, codeSize);
            if (schema.named()) {
                names.add(vector.getUTF8String(ListSchema.NAMES_AT).clone());
            }
            if (schema.hasAttributes()) {
                attributes.add(attributes(vector).copy());
            }
            count++;
        }
    }
}
