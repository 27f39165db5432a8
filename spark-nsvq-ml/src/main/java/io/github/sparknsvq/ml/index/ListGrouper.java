package io.github.sparknsvq.ml.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;

/** Gathers vectors that come sorted by list: rows of {@link ListSchema#coded} become those of {@link ListSchema#stored}. */
final class ListGrouper implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    private static final long serialVersionUID = 1L;

    /** Bytes of codes at which a list goes on in a row of its own, far below what a row can hold. */
    private static final int MOST_BYTES = 1 << 26;

    private final ListSchema schema;
    private final int codeSize;

    ListGrouper(ListSchema schema, int codeSize) {
        this.schema = schema;
        this.codeSize = codeSize;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        return new Lists(rows);
    }

    private final class Lists implements Iterator<InternalRow> {
        private final Iterator<InternalRow> rows;
        private InternalRow first;
        private int count;
        private long[] ids = new long[64];
        private byte[] codes = new byte[64 * codeSize];
        private final List<Object> names = new ArrayList<>();
        private final List<Object> attributes = new ArrayList<>();

        Lists(Iterator<InternalRow> rows) {
            this.rows = rows;
            advance();
        }

        private void advance() {
            first = rows.hasNext() ? rows.next() : null;
        }

        @Override
        public boolean hasNext() {
            return first != null;
        }

        @Override
        public InternalRow next() {
            if (first == null) {
                throw new NoSuchElementException();
            }
            count = 0;
            names.clear();
            attributes.clear();
            int list = first.getInt(ListSchema.LIST_AT);
            while (first != null
                    && first.getInt(ListSchema.LIST_AT) == list
                    && (long) (count + 1) * codeSize <= MOST_BYTES) {
                add(first);
                advance();
            }
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
                ids = Arrays.copyOf(ids, 2 * count);
                codes = Arrays.copyOf(codes, (int) Math.min(MOST_BYTES, 2L * count * codeSize));
            }
            ids[count] = vector.getLong(ListSchema.IDS_AT);
            System.arraycopy(vector.getBinary(ListSchema.CODES_AT), 0, codes, count * codeSize, codeSize);
            if (schema.named()) {
                names.add(vector.getUTF8String(ListSchema.NAMES_AT).clone());
            }
            if (schema.hasAttributes()) {
                attributes.add(vector.getStruct(
                                schema.attributesAt(), schema.attributes().length())
                        .copy());
            }
            count++;
        }
    }
}
