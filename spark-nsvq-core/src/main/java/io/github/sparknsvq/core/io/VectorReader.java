package io.github.sparknsvq.core.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Reads a range of a file's rows, in order, from a stream that stands at the first of them.
 *
 * <p>The stream is read in whole rows, about a mebibyte at a time, so it needs no buffering of its own.
 */
public final class VectorReader implements Closeable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final VectorFileLayout layout;
    private final RowDecoder decoder;
    private final InputStream in;
    private final ByteBuffer buffer;
    private final long endRow;
    private long row;

    /**
     * Starts reading.
     *
     * @param layout of the file
     * @param firstRow number of the first row to read
     * @param rows how many rows to read
     * @param in stands at {@code layout.offsetOf(firstRow)}; closed by {@link #close}
     * @throws IndexOutOfBoundsException if the file has no such rows
     */
    public VectorReader(VectorFileLayout layout, long firstRow, long rows, InputStream in) {
        Objects.checkFromIndexSize(firstRow, rows, layout.rows());
        this.layout = layout;
        this.decoder = new RowDecoder(layout);
        this.in = in;
        this.row = firstRow;
        this.endRow = firstRow + rows;
        int stride = Math.max(1, layout.rowStride());
        // Whole rows only, so that none is split between two fills; a row wider than the buffer gets one of its own
        // size.
        long bufferRows = Math.min(rows, Math.max(1, BUFFER_BYTES / stride));
        this.buffer = ByteBuffer.allocate((int) bufferRows * stride)
                .order(ByteOrder.LITTLE_ENDIAN)
                .limit(0);
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
        if (!fill()) {
            return false;
        }
        decoder.decode(buffer, row++, target, offset);
        return true;
    }

    /**
     * Reads the next row as integers; only from a file of {@link ElementType#INT32} or {@link ElementType#UINT8}.
     *
     * @param target where its {@code dimension} values go
     * @param offset index of the first value in {@code target}
     * @return false, with nothing written, after the last row
     * @throws CorruptFileException if the row has another dimension than the first one, or the stream ends inside it
     * @throws IOException if the stream fails
     */
    public boolean read(int[] target, int offset) throws IOException {
        if (!fill()) {
            return false;
        }
        decoder.decode(buffer, row++, target, offset);
        return true;
    }

    /** Brings the next row into the buffer; returns false if there is none. */
    private boolean fill() throws IOException {
        if (row == endRow) {
            return false;
        }
        if (buffer.hasRemaining()) {
            return true;
        }
        int wanted = (int) Math.min(buffer.capacity(), (endRow - row) * layout.rowStride());
        int got = in.readNBytes(buffer.array(), 0, wanted);
        if (got < wanted) {
            throw new CorruptFileException(
                    layout.file(),
                    layout.offsetOf(row) + got,
                    "the file ends here, but it was " + layout.offsetOf(layout.rows())
                            + " bytes long when it was opened");
        }
        buffer.position(0).limit(wanted);
        return true;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
