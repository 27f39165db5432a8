package io.github.sparknsvq.core.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Reads a range of a file's rows, in order.
 *
 * <p>Files are read in whole rows, about a mebibyte at a time, so streams need no buffering of their own. Of a
 * column-major file a block of rows is read at a time, about 16 MiB as floats: a piece of each column. They
 * are turned into rows in memory.
 */
public final class VectorReader implements Closeable {
    private static final int BUFFER_BYTES = 1 << 20;

    /** Values of a block of rows of a column-major file: more of them, since each column is a seek. */
    private static final int BLOCK_VALUES = 1 << 22;

    /** The bytes of a file, from any place on. */
    public interface Input extends Closeable {
        /**
         * Reads bytes.
         *
         * @param position of the first byte in the file
         * @param target where they go, from the start
         * @param count how many
         * @return how many were read: fewer only at the end of the file
         * @throws IOException if the file cannot be read
         */
        int read(long position, byte[] target, int count) throws IOException;
    }

    private final VectorFileLayout layout;
    private final RowDecoder decoder;
    private final Input in;
    private final ByteBuffer buffer;
    private final long endRow;
    private long row;

    /** Rows of a column-major file that were read and not yet given. */
    private final float[] block;

    private int blockRows;
    private int blockRow;

    /**
     * Starts reading.
     *
     * @param layout of the file, not a column-major one
     * @param firstRow number of the first row to read
     * @param rows how many rows to read
     * @param in stands at {@code layout.offsetOf(firstRow)}; closed by {@link #close}
     * @throws IndexOutOfBoundsException if the file has no such rows
     */
    public VectorReader(VectorFileLayout layout, long firstRow, long rows, InputStream in) {
        this(layout, firstRow, rows, new Stream(in));
        if (layout.columnMajor()) {
            throw new IllegalArgumentException("a column-major file is not read as a stream: " + layout.file());
        }
    }

    /**
     * Starts reading.
     *
     * @param layout of the file
     * @param firstRow number of the first row to read
     * @param rows how many rows to read
     * @param in the file; closed by {@link #close}
     * @throws IndexOutOfBoundsException if the file has no such rows
     */
    public VectorReader(VectorFileLayout layout, long firstRow, long rows, Input in) {
        Objects.checkFromIndexSize(firstRow, rows, layout.rows());
        this.layout = layout;
        this.decoder = new RowDecoder(layout);
        this.in = in;
        this.row = firstRow;
        this.endRow = firstRow + rows;
        int stride = Math.max(1, layout.rowStride());
        int capacity;
        if (layout.columnMajor()) {
            int most = (int) Math.min(rows, Math.max(1, BLOCK_VALUES / layout.dimension()));
            this.block = new float[most * layout.dimension()];
            capacity = most * layout.elementType().bytes();
        } else {
            // Whole rows only, so that none is split between two fills; a row wider than the buffer gets one of its
            // own size.
            this.block = null;
            capacity = (int) Math.min(rows, Math.max(1, BUFFER_BYTES / stride)) * stride;
        }
        this.buffer = ByteBuffer.allocate(capacity).order(layout.byteOrder()).limit(0);
    }

    /**
     * Reads the next row as floats.
     *
     * @param target where its {@code dimension} values go
     * @param offset index of the first value in {@code target}
     * @return false, with nothing written, after the last row
     * @throws CorruptFileException if the row has another dimension than the first one, or the stream ends inside it
     * @throws IOException if the stream fails
     */
    public boolean read(float[] target, int offset) throws IOException {
        if (row == endRow) {
            return false;
        }
        if (block != null) {
            if (blockRow == blockRows) {
                fillBlock();
            }
            System.arraycopy(block, blockRow++ * layout.dimension(), target, offset, layout.dimension());
            row++;
            return true;
        }
        fill();
        decoder.decode(buffer, row++, target, offset);
        return true;
    }

    /**
     * Reads the next row as integers; only from a file of {@link ElementType#INT32} or {@link ElementType#UINT8} that
     * is not column-major.
     *
     * @param target where its {@code dimension} values go
     * @param offset index of the first value in {@code target}
     * @return false, with nothing written, after the last row
     * @throws CorruptFileException if the row has another dimension than the first one, or the stream ends inside it
     * @throws IOException if the stream fails
     */
    public boolean read(int[] target, int offset) throws IOException {
        if (block != null) {
            throw new IllegalArgumentException("a column-major file is read as floats: " + layout.file());
        }
        if (row == endRow) {
            return false;
        }
        fill();
        decoder.decode(buffer, row++, target, offset);
        return true;
    }

    /** Brings the next row into the buffer. */
    private void fill() throws IOException {
        if (buffer.hasRemaining()) {
            return;
        }
        int wanted = (int) Math.min(buffer.capacity(), (endRow - row) * layout.rowStride());
        fill(layout.offsetOf(row), wanted);
    }

    /** Brings the next rows into the block, by a piece of each column. */
    private void fillBlock() throws IOException {
        int dimension = layout.dimension();
        int bytes = layout.elementType().bytes();
        blockRow = 0;
        blockRows = (int) Math.min(block.length / dimension, endRow - row);
        for (int column = 0; column < dimension; column++) {
            fill(layout.dataOffset() + (column * layout.rows() + row) * bytes, blockRows * bytes);
            layout.elementType().read(buffer, 0, blockRows, block, column, dimension);
        }
    }

    private void fill(long position, int wanted) throws IOException {
        int got = in.read(position, buffer.array(), wanted);
        if (got < wanted) {
            throw new CorruptFileException(
                    layout.file(),
                    position + got,
                    "the file ends here, but it was " + layout.offsetOf(layout.rows())
                            + " bytes long when it was opened");
        }
        buffer.position(0).limit(wanted);
    }

    /** A stream that is read from where it stands, one piece after the other. */
    private record Stream(InputStream in) implements Input {
        @Override
        public int read(long position, byte[] target, int count) throws IOException {
            return in.readNBytes(target, 0, count);
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
