package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.index.IvfQuantizer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Vectors of a list, as one row of a file has them, without those that are deleted or filtered out.
 *
 * @param list the list
 * @param ids their ids
 * @param names the ids as the user gave them, or null where ids are numbers
 * @param codes their packed codes
 * @param attributes their attributes, or null where they were not asked for
 */
@SuppressWarnings("ArrayRecordComponent") // is never compared
record LoadedList(int list, long[] ids, UTF8String[] names, byte[] codes, InternalRow[] attributes) {

    /**
     * Reads a row of {@link ListSchema#stored}.
     *
     * @param segment of the row's file
     * @param live which vectors count
     * @param withAttributes whether attributes are kept
     */
    static LoadedList of(
            InternalRow row,
            int segment,
            ListSchema schema,
            int codeSize,
            ListFilter.Live live,
            boolean withAttributes) {
        long[] ids = row.getArray(ListSchema.IDS_AT).toLongArray();
        byte[] codes = row.getBinary(ListSchema.CODES_AT);
        ArrayData strings = schema.named() ? row.getArray(ListSchema.NAMES_AT) : null;
        ArrayData values = schema.hasAttributes() ? row.getArray(schema.attributesAt()) : null;
        int fields = schema.attributes().length();
        UTF8String[] names = strings == null ? null : new UTF8String[ids.length];
        InternalRow[] attributes = values == null || !withAttributes ? null : new InternalRow[ids.length];
        byte[] kept = new byte[codes.length];
        int count = 0;
        for (int i = 0; i < ids.length; i++) {
            if (!live.keepsAll() && !live.keeps(ids[i], segment, values, i)) {
                continue;
            }
            ids[count] = ids[i];
            if (names != null) {
                names[count] = strings.getUTF8String(i).clone();
            }
            if (attributes != null) {
                attributes[count] = values.getStruct(i, fields).copy();
            }
            System.arraycopy(codes, i * codeSize, kept, count * codeSize, codeSize);
            count++;
        }
        boolean all = count == ids.length;
        return new LoadedList(
                row.getInt(ListSchema.LIST_AT),
                all ? ids : Arrays.copyOf(ids, count),
                all || names == null ? names : Arrays.copyOf(names, count),
                all ? kept : Arrays.copyOf(kept, count * codeSize),
                all || attributes == null ? attributes : Arrays.copyOf(attributes, count));
    }

    /**
     * Returns rows of an id, as the user gave it, and of what its code stands for: where lists hold vectors, the
     * vector, of D values.
     *
     * @param quantizer the index's
     */
    Iterator<InternalRow> vectors(IvfQuantizer quantizer) {
        return IntStream.range(0, ids.length)
                .<InternalRow>mapToObj(i -> {
                    float[] vector = new float[quantizer.innerDimension()];
                    quantizer.decode(list, codes, i * quantizer.codeSize(), 1, vector, 0);
                    Object id = names == null ? (Object) ids[i] : names[i];
                    return new GenericInternalRow(new Object[] {id, UnsafeArrayData.fromPrimitiveArray(vector)});
                })
                .iterator();
    }

    /** Returns a vector as a row of {@link ListSchema#coded}. */
    InternalRow coded(int i, int codeSize, ListSchema schema) {
        byte[] code = Arrays.copyOfRange(codes, i * codeSize, (i + 1) * codeSize);
        return schema.row(
                list, ids[i], code, names == null ? null : names[i], attributes == null ? null : attributes[i]);
    }
}
