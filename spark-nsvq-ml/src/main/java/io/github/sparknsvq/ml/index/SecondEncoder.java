package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.SpilledLists;
import io.github.sparknsvq.core.kernel.TwoLevelProvider;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SearchDevice;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Arrays;
import java.util.Iterator;
import java.util.function.Supplier;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;

/**
 * Codes vectors for the second lists that {@link SpilledLists} chooses: rows of places and vectors, as {@link
 * FaissVectorExport} joins them, become rows {@code list, place, code, bin}.
 *
 * @param vectors the column of vectors
 * @param index on all executors
 * @param starts the first place of each list, and last the number of places
 * @param binStarts the first list of each bin, and last the number of lists
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record SecondEncoder(
        VectorColumn vectors, Broadcast<SerializedValue<SharedIndex>> index, long[] starts, int[] binStarts)
        implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    /** Values of the vectors that are coded together, 4 MB. */
    private static final int VALUES = 1 << 20;

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        return Iterators.untilNull(new Coded(rows, index.value().value()));
    }

    private final class Coded implements Supplier<InternalRow> {
        private final Iterator<InternalRow> rows;
        private final IvfQuantizer quantizer;
        private final SpilledLists spilled;
        private final float[] given;
        private final float[] transformed;
        private final long[] places;
        private final int[] first;
        private final int[] second;
        private final byte[] codes;
        private int count;
        private int next;

        Coded(Iterator<InternalRow> rows, SharedIndex shared) {
            this.rows = rows;
            this.quantizer = shared.quantizer();
            this.spilled = new SpilledLists(
                    quantizer,
                    SpilledLists.WEIGHT,
                    TwoLevelProvider.forLists(shared.lists(), SearchDevice.provider(shared.device())));
            int most = Math.max(1, VALUES / Math.max(quantizer.dimension(), quantizer.innerDimension()));
            this.given = new float[most * quantizer.dimension()];
            this.transformed = new float[most * quantizer.innerDimension()];
            this.places = new long[most];
            this.first = new int[most];
            this.second = new int[most];
            this.codes = new byte[most * quantizer.codeSize()];
        }

        private void fill() {
            int d = quantizer.dimension();
            next = 0;
            count = 0;
            while (count < places.length && rows.hasNext()) {
                InternalRow row = rows.next();
                float[] vector = FaissVectorExport.vector(vectors, d, row, false);
                System.arraycopy(vector, 0, given, count * d, d);
                places[count] = row.getLong(FaissVectorExport.PLACE_AT);
                first[count] = list(places[count]);
                count++;
            }
            quantizer.transform(given, 0, count, transformed, 0);
            spilled.assign(transformed, 0, count, first, second);
            quantizer.encode(transformed, 0, count, second, codes, 0);
        }

        /** Returns the list of a place: the last that starts there, as those before it are empty. */
        private int list(long place) {
            int low = 0;
            int high = starts.length - 1;
            while (high - low > 1) {
                int middle = (low + high) >>> 1;
                if (starts[middle] <= place) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        /** Returns the next row; null at the end. */
        @Override
        public InternalRow get() {
            if (next == count) {
                fill();
            }
            if (next == count) {
                return null;
            }
            int size = quantizer.codeSize();
            int list = second[next];
            int at = Arrays.binarySearch(binStarts, list);
            byte[] code = Arrays.copyOfRange(codes, next * size, (next + 1) * size);
            return new GenericInternalRow(new Object[] {list, places[next++], code, at >= 0 ? at : -at - 2});
        }
    }
}
