package io.github.sparknsvq.core.io;

import java.nio.ByteBuffer;

/** Turns the bytes of one row into numbers, after checking that the row has the dimension of the file. */
final class RowDecoder {
    private final VectorFileLayout layout;

    RowDecoder(VectorFileLayout layout) {
        this.layout = layout;
    }

    /**
     * Decodes the row at the buffer's position into {@code dimension} floats and moves the position past the row.
     *
     * @param bytes in the file's byte order, at least a row remaining
     * @param row the row's number in the file, for messages
     * @param target where the values go
     * @param offset index of the first value in {@code target}
     * @throws CorruptFileException if the row announces another dimension than the first one
     */
    void decode(ByteBuffer bytes, long row, float[] target, int offset) {
        int start = checkedValues(bytes, row);
        layout.elementType().read(bytes, start, layout.dimension(), target, offset, 1);
        bytes.position(start - layout.prefixBytes() + layout.rowStride());
    }

    /** Decodes as above, into integers; only for {@link ElementType#INT32} and {@link ElementType#UINT8}. */
    void decode(ByteBuffer bytes, long row, int[] target, int offset) {
        int start = checkedValues(bytes, row);
        int end = offset + layout.dimension();
        switch (layout.elementType()) {
            case INT32 -> bytes.asIntBuffer().get(target, offset, layout.dimension());
            case UINT8 -> {
                for (int i = offset, at = start; i < end; i++, at++) {
                    target[i] = Byte.toUnsignedInt(bytes.get(at));
                }
            }
            default -> throw new IllegalArgumentException(layout.elementType() + " values are not integers");
        }
        bytes.position(start - layout.prefixBytes() + layout.rowStride());
    }

    /** Checks the row's own dimension and returns (and moves to) the position of its first value. */
    private int checkedValues(ByteBuffer bytes, long row) {
        if (bytes.order() != layout.byteOrder()) {
            throw new IllegalArgumentException("the file is " + layout.byteOrder() + ", the buffer is not");
        }
        if (layout.prefixBytes() > 0) {
            int dimension = bytes.getInt();
            if (dimension != layout.dimension()) {
                throw new CorruptFileException(
                        layout.file(),
                        layout.offsetOf(row),
                        "row " + row + " has dimension " + dimension + ", the first row has " + layout.dimension());
            }
        }
        return bytes.position();
    }
}
