package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Arrays;
import java.util.Iterator;
import java.util.function.Supplier;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Finds the list and the code of each vector: rows (vector, id, attributes) become those of
 * {@link ListSchema#coded}.
 *
 * @param vectors the column of vectors
 * @param idCol name of the column of ids, for messages
 * @param schema the columns of lists
 * @param skipInvalid whether rows with invalid vectors are left out rather than ending the work
 * @param index on all executors
 */
record IndexEncoder(
        VectorColumn vectors,
        String idCol,
        ListSchema schema,
        boolean skipInvalid,
        Broadcast<SerializedValue<SharedIndex>> index)
        implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    private static final int VECTOR = 0;
    private static final int ID = 1;
    private static final int ATTRIBUTES = 2;

    /**
     * Rows of the first batch, and of all unless the search for centroids wants more, as a device does; fewer where
     * vectors are so long that these would be more than {@link #MOST_VALUES}.
     */
    private static final int LEAST_ROWS = 1920;

    /**
     * Values of the vectors that are coded together at most: every task of an executor holds as many, several
     * times.
     */
    private static final int MOST_VALUES = 1 << 23;

    /**
     * Bytes of attributes after which a batch of more than {@value #LEAST_ROWS} rows is full: they may be of any
     * size.
     */
    private static final int FULL_BYTES = 64 << 20;

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        return Iterators.untilNull(new Coded(rows, index.value().value().quantizer()));
    }

    private final class Coded implements Supplier<InternalRow> {
        private final Iterator<InternalRow> rows;
        private final IvfQuantizer quantizer;
        private final int mostRows;
        private float[] given;
        private float[] transformed;
        private int[] lists;
        private byte[] codes;
        private long[] ids;
        private UTF8String[] names;
        private InternalRow[] attributes;
        private long attributeBytes;
        private int count;
        private int next;

        Coded(Iterator<InternalRow> rows, IvfQuantizer quantizer) {
            this.rows = rows;
            this.quantizer = quantizer;
            int most = Math.max(1, MOST_VALUES / Math.max(quantizer.dimension(), quantizer.innerDimension()));
            int least = Math.min(LEAST_ROWS, most);
            this.mostRows = Math.max(least, Math.min(most, quantizer.rowsPerCall()));
            allocate(least);
        }

        private void allocate(int capacity) {
            given = new float[capacity * quantizer.dimension()];
            transformed = new float[capacity * quantizer.innerDimension()];
            lists = new int[capacity];
            codes = new byte[capacity * quantizer.codeSize()];
            ids = new long[capacity];
            names = new UTF8String[capacity];
            attributes = new InternalRow[capacity];
        }

        private void fill() {
            if (count == lists.length && count < mostRows && rows.hasNext()) {
                // a partition of few rows needs no room for many
                allocate(Math.min(mostRows, 4 * count));
            }
            next = 0;
            count = 0;
            attributeBytes = 0;
            while (count < lists.length && (count < LEAST_ROWS || attributeBytes < FULL_BYTES) && rows.hasNext()) {
                read(rows.next());
            }
            quantizer.transform(given, 0, count, transformed, 0);
            quantizer.assign(transformed, 0, count, lists);
            quantizer.encode(transformed, 0, count, lists, codes, 0);
        }

        private void read(InternalRow input) {
            if (input.isNullAt(ID)) {
                throw new NsvqException("column '" + idCol + "' holds null: every vector needs an id");
            }
            Object value = vectors.value(input, VECTOR);
            float[] vector = vectors.readWith(quantizer.dimension(), value);
            if (vector == null) {
                if (!skipInvalid) {
                    String id = schema.named() ? Reason.quoted(input.getUTF8String(ID)) : "" + input.getLong(ID);
                    String holds = "holds a vector, of id " + id + ",";
                    throw vectors.invalid(quantizer.dimension(), value, holds, "the index has");
                }
                return;
            }
            System.arraycopy(vector, 0, given, count * vector.length, vector.length);
            if (schema.named()) {
                names[count] = input.getUTF8String(ID).clone();
                ids[count] = NameHash.of(names[count]);
            } else {
                ids[count] = input.getLong(ID);
            }
            if (schema.hasAttributes()) {
                InternalRow columns =
                        input.getStruct(ATTRIBUTES, schema.attributes().length());
                attributes[count] = columns.copy();
                attributeBytes += columns instanceof UnsafeRow unsafe ? unsafe.getSizeInBytes() : 0;
            }
            count++;
        }

        /** Returns the next vector's row; null at the end. */
        @Override
        public InternalRow get() {
            if (next == count) {
                fill();
            }
            if (next == count) {
                return null;
            }
            int size = quantizer.codeSize();
            byte[] code = Arrays.copyOfRange(codes, next * size, (next + 1) * size);
            // not one row for all: who reads may look ahead, and the code takes an array anyway
            InternalRow row = schema.row(lists[next], ids[next], code, names[next], attributes[next]);
            next++;
            return row;
        }
    }
}
