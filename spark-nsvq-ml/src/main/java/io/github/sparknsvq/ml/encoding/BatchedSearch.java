package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;

/**
 * A partition's rows, each with the result of its search behind its columns, searched a batch at a time: the kernel
 * is many times faster on a block of rows than on one. Every call of {@link #next} gives the same object.
 *
 * <p>An invalid vector ends its batch, and is an error only when its row is asked for: a limit that is satisfied
 * before never meets it.
 */
final class BatchedSearch implements Iterator<InternalRow> {
    /** Rows of the first batch, then four times as many: a query with a limit may want no more. */
    private static final int FIRST_ROWS = 48;

    /** Bytes of a batch's rows after which it is full: columns beside the vector may be of any size. */
    private static final int FULL_BYTES = 4 << 20;

    /** The same for larger batches, per value of their vectors: one as a double, and as much for other columns. */
    private static final int FULL_BYTES_PER_VALUE = 2 * Double.BYTES;

    /** Values of a batch's vectors at most, whatever the search wants: every task of an executor holds a batch. */
    private static final int MOST_VALUES = 1 << 24;

    private final Iterator<InternalRow> rows;
    private final UnsafeProjection toUnsafe;
    private final VectorEncoder encoder;
    private final int ordinal;
    private final boolean keepsNulls;

    // The batch: copies of the rows, one after the other, their vectors, and what was found.
    private final int dimension;
    private int maxRows;
    private long fullBytes;
    private byte[] bytes = new byte[0];
    private int[] ends = new int[0];
    private float[] vectors = new float[0];
    private boolean[] nulls = new boolean[0];
    private VectorEncoder.Batch batch;
    private int count;
    private int next;
    private InvalidVectorException failure;

    // The row that is given out.
    private final UnsafeRow row;
    private final SpecificInternalRow found;
    private final InternalRow result;
    private final InternalRow noResult = new GenericInternalRow(1);
    private final JoinedRow joined = new JoinedRow();

    /**
     * Wraps a partition.
     *
     * @param rows the partition's rows; they may be reused
     * @param schema of the rows
     * @param encoder what to search with
     * @param ordinal which column of the rows has the vector
     * @param firstAlone whether the result is the first field alone rather than the encoder's struct
     * @param keepsNulls whether the result of a null is null rather than an error
     */
    BatchedSearch(
            Iterator<InternalRow> rows,
            StructType schema,
            VectorEncoder encoder,
            int ordinal,
            boolean firstAlone,
            boolean keepsNulls) {
        this.rows = rows;
        this.toUnsafe = UnsafeProjection.create(schema);
        this.encoder = encoder;
        this.ordinal = ordinal;
        this.keepsNulls = keepsNulls;
        this.dimension = encoder.dimension();
        this.row = new UnsafeRow(schema.length());
        this.found = new SpecificInternalRow(encoder.type());
        // a row of the struct alone serves for its first field as well
        this.result = firstAlone ? found : new GenericInternalRow(new Object[] {found});
    }

    @Override
    public boolean hasNext() {
        if (next == count && failure == null) {
            fill();
        }
        if (next == count && failure != null) {
            throw failure;
        }
        return next < count;
    }

    @Override
    public InternalRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int i = next++;
        int start = i == 0 ? 0 : ends[i - 1];
        row.pointTo(bytes, Platform.BYTE_ARRAY_OFFSET + start, ends[i] - start);
        if (nulls[i]) {
            return joined.apply(row, noResult);
        }
        batch.write(i, found);
        return joined.apply(row, result);
    }

    /** Takes in and searches the next batch; leaves it empty at the partition's end. */
    private void fill() {
        count = 0;
        next = 0;
        if (!rows.hasNext()) {
            return;
        }
        grow();
        int used = 0;
        while (count < ends.length && used < fullBytes && rows.hasNext()) {
            InternalRow taken = rows.next();
            UnsafeRow unsafe = taken instanceof UnsafeRow already ? already : toUnsafe.apply(taken);
            nulls[count] = keepsNulls && unsafe.isNullAt(ordinal);
            try {
                if (!nulls[count]) {
                    System.arraycopy(encoder.vector(unsafe, ordinal), 0, vectors, count * dimension, dimension);
                }
            } catch (InvalidVectorException e) {
                failure = e;
                break;
            }
            used = append(unsafe, used);
            ends[count++] = used;
        }
        batch.search(vectors, count);
    }

    /** Asks for the size of batches only now: an empty partition needs no search. */
    private void setLimits() {
        int most = MOST_VALUES / Math.max(1, dimension);
        maxRows = Math.max(FIRST_ROWS, Math.min(most, encoder.rowsPerBatch()));
        fullBytes = Math.max(FULL_BYTES, (long) FULL_BYTES_PER_VALUE * maxRows * dimension);
    }

    /** Makes room for a batch of four times as many rows as the last, within bounds. */
    private void grow() {
        if (maxRows == 0) {
            setLimits();
        }
        int capacity = Math.min(maxRows, Math.max(FIRST_ROWS, 4 * ends.length));
        if (capacity > ends.length) {
            ends = new int[capacity];
            vectors = new float[capacity * dimension]; // where nulls are, what stands there is searched for nothing
            nulls = new boolean[capacity];
            batch = encoder.batch(capacity);
        }
    }

    private int append(UnsafeRow unsafe, int used) {
        int end = Math.addExact(used, unsafe.getSizeInBytes());
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 16, Math.max(2L * bytes.length, end)));
        }
        unsafe.writeToMemory(bytes, Platform.BYTE_ARRAY_OFFSET + used);
        return end;
    }
}
