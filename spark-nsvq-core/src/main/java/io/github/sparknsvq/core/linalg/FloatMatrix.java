package io.github.sparknsvq.core.linalg;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * A block of float vectors, row-major: row {@code i}, column {@code j} is {@code values()[i * columns() + j]}.
 *
 * <p>The matrix is a view of the array that it is given: nothing is copied, and what is written to {@link #values()}
 * is seen by every holder. Kernels read the array directly.
 */
public final class FloatMatrix {
    private final int rows;
    private final int columns;
    private final float[] values;

    /**
     * Wraps an array, without copying it.
     *
     * @param rows number of vectors, 0 or more
     * @param columns dimension of each vector, 0 or more
     * @param values {@code rows * columns} floats, row after row
     * @throws IllegalArgumentException if a size is negative or the array has another length
     */
    public FloatMatrix(int rows, int columns, float[] values) {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException("a matrix cannot be " + rows + " x " + columns);
        }
        if (values.length != (long) rows * columns) {
            long needed = (long) rows * columns;
            throw new IllegalArgumentException(
                    "a " + rows + " x " + columns + " matrix needs " + needed + " values, got " + values.length);
        }
        this.rows = rows;
        this.columns = columns;
        this.values = values;
    }

    /**
     * Copies vectors of equal length into one block.
     *
     * @param rows the vectors; none gives a 0 x 0 matrix
     * @return a {@code rows.length x rows[0].length} matrix
     * @throws IllegalArgumentException if the vectors differ in length or hold more than 2^31 - 1 values
     */
    public static FloatMatrix of(float[]... rows) {
        int columns = rows.length == 0 ? 0 : rows[0].length;
        long size = (long) rows.length * columns;
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(rows.length + " x " + columns + " values do not fit one array");
        }
        float[] values = new float[(int) size];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != columns) {
                throw new IllegalArgumentException(
                        "row " + i + " has " + rows[i].length + " values, the rows before it have " + columns);
            }
            System.arraycopy(rows[i], 0, values, i * columns, columns);
        }
        return new FloatMatrix(rows.length, columns, values);
    }

    /**
     * Reads a matrix from bytes, as Python's numpy has it: row after row, little-endian float32.
     *
     * @param rows number of vectors, 0 or more
     * @param columns dimension of each vector, 0 or more
     * @param bytes {@code 4 * rows * columns} bytes
     * @throws IllegalArgumentException if a size is negative or there are other than so many bytes
     */
    public static FloatMatrix fromBytes(int rows, int columns, byte[] bytes) {
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        if (bytes.length % Float.BYTES != 0) {
            throw new IllegalArgumentException(bytes.length + " bytes are no float32 values, of 4 bytes each");
        }
        return new FloatMatrix(rows, columns, values);
    }

    /**
     * Returns a copy as bytes: row after row, little-endian float32.
     *
     * @throws IllegalArgumentException if there are more than 2^29 - 1 values
     */
    public byte[] toBytes() {
        if (values.length > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException(
                    "the bytes of " + rows + " x " + columns + " values do not fit one array");
        }
        byte[] bytes = new byte[Float.BYTES * values.length];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
        return bytes;
    }

    /** Returns the number of vectors. */
    public int rows() {
        return rows;
    }

    /** Returns the dimension of each vector. */
    public int columns() {
        return columns;
    }

    /** Returns the array itself, not a copy: {@code rows * columns} floats, row after row. */
    public float[] values() {
        return values;
    }

    /**
     * Returns a copy of one vector.
     *
     * @param i row, from 0
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public float[] row(int i) {
        Objects.checkIndex(i, rows);
        return Arrays.copyOfRange(values, i * columns, (i + 1) * columns);
    }

    /**
     * Returns copies of some vectors, in the order in which they are asked for.
     *
     * @param which rows, from 0
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public FloatMatrix select(int... which) {
        float[] selected = new float[which.length * columns];
        for (int i = 0; i < which.length; i++) {
            System.arraycopy(values, Objects.checkIndex(which[i], rows) * columns, selected, i * columns, columns);
        }
        return new FloatMatrix(which.length, columns, selected);
    }

    /**
     * Returns one value.
     *
     * @param i row, from 0
     * @param j column, from 0
     * @throws IndexOutOfBoundsException if there is no such row or column
     */
    public float get(int i, int j) {
        return values[Objects.checkIndex(i, rows) * columns + Objects.checkIndex(j, columns)];
    }

    @Override
    public String toString() {
        return "FloatMatrix(" + rows + " x " + columns + ")";
    }
}
