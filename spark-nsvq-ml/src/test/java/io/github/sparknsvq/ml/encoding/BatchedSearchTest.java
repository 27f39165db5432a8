package io.github.sparknsvq.ml.encoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;

/** How many rows are searched together. {@code VQBatchTest} says what comes out. */
class BatchedSearchTest {
    private static final StructType SCHEMA = new StructType()
            .add("features", DataTypes.createArrayType(DataTypes.FloatType, false))
            .add("text", DataTypes.StringType);

    /** Finds the first value of each vector, and notes how many vectors each search had. */
    private static final class FirstValue extends VectorEncoder {
        private static final long serialVersionUID = 1L;

        private final int wanted;
        private final ArrayList<Integer> searches = new ArrayList<>();

        FirstValue(int dimension, int wanted) {
            super(VectorColumn.of(SCHEMA, "features", false), dimension);
            this.wanted = wanted;
        }

        @Override
        public StructType type() {
            return new StructType().add("first", DataTypes.FloatType, false);
        }

        @Override
        int rowsPerBatch() {
            return wanted == 0 ? super.rowsPerBatch() : wanted;
        }

        @Override
        Batch batch(int capacity) {
            float[] first = new float[capacity];
            return new Batch() {
                @Override
                public void search(float[] rows, int count) {
                    searches.add(count);
                    for (int i = 0; i < count; i++) {
                        first[i] = rows[i * dimension()];
                    }
                }

                @Override
                public void write(int i, InternalRow result) {
                    result.setFloat(0, first[i]);
                }
            };
        }
    }

    private static Iterator<InternalRow> rows(int count, int dimension, int textLength) {
        UTF8String text = UTF8String.fromString("x".repeat(textLength));
        return IntStream.range(0, count)
                .<InternalRow>mapToObj(i -> {
                    float[] vector = new float[dimension];
                    vector[0] = i;
                    return new GenericInternalRow(new Object[] {UnsafeArrayData.fromPrimitiveArray(vector), text});
                })
                .iterator();
    }

    /** Returns the sizes of the batches that rows are searched in. */
    private static List<Integer> batches(int wanted, int count, int dimension, int textLength) {
        FirstValue encoder = new FirstValue(dimension, wanted);
        BatchedSearch search = new BatchedSearch(rows(count, dimension, textLength), SCHEMA, encoder, 0, true, false);
        for (int i = 0; i < count; i++) {
            assertEquals(i, search.next().getFloat(2));
        }
        assertFalse(search.hasNext());
        return encoder.searches;
    }

    @Test
    void batchesGrowToWhatTheCpuWants() {
        assertEquals(List.of(48, 192, 768, 960, 960, 72), batches(0, 3000, 4, 1));
        assertEquals(List.of(48, 192, 262, 262, 236), batches(0, 1000, 1000, 1));
        assertEquals(List.of(48, 48, 4), batches(0, 100, 50_000, 1));
    }

    @Test
    void batchesGrowToWhatADeviceWants() {
        assertEquals(List.of(48, 192, 768, 3072, 12_288, 20_000, 3632), batches(20_000, 40_000, 4, 1));
    }

    @Test
    void smallOnesAreNoSmallerThanTheFirst() {
        assertEquals(List.of(48, 48, 4), batches(10, 100, 4, 1));
    }

    @Test
    void aBatchHoldsNoMoreThanAnExecutorCanBear() {
        // 2^24 values of dimension 16384
        assertEquals(List.of(48, 192, 768, 1024, 268), batches(1 << 20, 2300, 16_384, 1));
    }

    @Test
    void largeColumnsEndABatch() {
        // rows of 100 KB: 4 MiB are full with 42 of them
        assertEquals(List.of(42, 42, 16), batches(0, 100, 4, 100_000));
        // a batch of 20,000 vectors of 100 values may take 32 MB, so 320 of these rows
        assertEquals(List.of(48, 192, 319, 41), batches(20_000, 600, 100, 100_000));
    }

    @Test
    void anEmptyPartitionAsksForNothing() {
        FirstValue encoder = new FirstValue(4, 0);
        assertFalse(new BatchedSearch(rows(0, 4, 1), SCHEMA, encoder, 0, true, false).hasNext());
        assertEquals(List.of(), encoder.searches);
    }
}
