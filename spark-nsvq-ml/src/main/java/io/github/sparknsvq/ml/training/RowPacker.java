package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Packs a partition's rows into blocks of float32, checking each on the way. Rows of different dimensions go to
 * different blocks: which dimension is the right one is only known when all partitions have reported.
 *
 * @param vectors the first column of the rows
 * @param weightCol the name of the second one, of weights, or null if the rows have none
 */
record RowPacker(VectorColumn vectors, String weightCol)
        implements FlatMapFunction<Iterator<InternalRow>, PackedBlock> {
    /**
     * Bytes of a full block: less than half of G1's smallest region, since larger objects make it collect at once.
     */
    private static final int BLOCK_BYTES = 480 << 10;

    /** Blocks have a multiple of this many rows where they have as many: what the kernel's tiles take. */
    private static final int TILES = 48;

    /** More dimensions than this in one partition, and rows of further ones count as invalid at once. */
    private static final int MAX_DIMENSIONS = 16;

    private static final int VECTOR = 0;
    private static final int WEIGHT = 1;

    @Override
    public Iterator<PackedBlock> call(Iterator<InternalRow> rows) {
        return Iterators.untilNull(new Blocks(rows));
    }

    /** Rows of one dimension on their way into a block. */
    private static final class Builder {
        final int dimension;
        final int capacity;
        final PackingReport.Packed packed;
        long start;
        int rows;
        float[] values;
        float[] weights;

        Builder(int dimension, boolean weighted, PackingReport.Packed packed) {
            this.dimension = dimension;
            this.packed = packed;
            int rows = Math.max(1, BLOCK_BYTES / 4 / dimension);
            this.capacity = rows < TILES ? rows : rows / TILES * TILES;
            int first = Math.min(capacity, 64);
            values = new float[first * dimension];
            weights = weighted ? new float[first] : null;
        }

        void add(float[] vector, float weight) {
            if (values.length == rows * dimension) {
                int more = Math.min(capacity, 2 * rows);
                values = Arrays.copyOf(values, more * dimension);
                weights = weights == null ? null : Arrays.copyOf(weights, more);
            }
            System.arraycopy(vector, 0, values, rows * dimension, dimension);
            if (weights != null) {
                weights[rows] = weight;
            }
            rows++;
        }

        boolean full() {
            return rows == capacity;
        }

        /** Makes a block of the rows so far, and measures them; the next one starts behind it. */
        PackedBlock take() {
            float[] blockValues = Arrays.copyOf(values, rows * dimension);
            float[] blockWeights = weights == null ? null : Arrays.copyOf(weights, rows);
            RowBlock block = new RowBlock(start, new FloatMatrix(rows, dimension, blockValues), blockWeights);
            packed.sum.add(block);
            start += rows;
            rows = 0;
            return PackedBlock.of(block);
        }
    }

    private final class Blocks implements Supplier<PackedBlock> {
        private final Iterator<InternalRow> rows;
        private final PackingReport report = new PackingReport();
        private final Map<Integer, Builder> builders = new LinkedHashMap<>();
        private final Queue<PackedBlock> ready = new ArrayDeque<>();
        private Builder last;
        private boolean ended;

        Blocks(Iterator<InternalRow> rows) {
            this.rows = rows;
        }

        /** Returns the next block, the last of them with the report; null at the end. */
        @Override
        public PackedBlock get() {
            while (ready.isEmpty() && rows.hasNext()) {
                add(rows.next());
            }
            if (ready.isEmpty() && !ended) {
                builders.values().stream()
                        .filter(builder -> builder.rows > 0)
                        .forEach(builder -> ready.add(builder.take()));
                ready.add(PackedBlock.of(report));
                ended = true;
            }
            return ready.poll();
        }

        private void add(InternalRow row) {
            long number = report.rows++;
            float weight = 1;
            if (weightCol != null) {
                weight = row.isNullAt(WEIGHT) ? Float.NaN : (float) row.getDouble(WEIGHT);
                if (weight == 0) {
                    report.weightless++;
                    return;
                }
                if (!(weight > 0 && weight <= VectorColumn.MAX_LENGTH)) {
                    String what = row.isNullAt(WEIGHT) ? "null" : "" + row.getDouble(WEIGHT);
                    report.invalid(
                            number, "has weight " + what + " in column '" + weightCol + "', which must be 0 or more");
                    return;
                }
            }
            Object value = vectors.value(row, VECTOR);
            float[] vector = vectors.read(value);
            if (vector == null) {
                report.invalid(number, vectors.problem(value));
            } else {
                add(vector, weight, number);
            }
        }

        private void add(float[] vector, float weight, long number) {
            if (last == null || last.dimension != vector.length) {
                last = builders.get(vector.length);
                if (last == null) {
                    if (builders.size() == MAX_DIMENSIONS) {
                        report.invalid(
                                number, "has " + vector.length + " values, rows before it have " + builders.keySet());
                        return;
                    }
                    var packed = new PackingReport.Packed(vector.length, number);
                    last = new Builder(vector.length, weightCol != null, packed);
                    builders.put(vector.length, last);
                    report.packed.put(vector.length, packed);
                }
            }
            last.add(vector, weight);
            last.packed.rows++;
            if (last.full()) {
                ready.add(last.take());
            }
        }
    }
}
