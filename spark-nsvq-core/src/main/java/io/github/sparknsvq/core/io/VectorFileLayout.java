package io.github.sparknsvq.core.io;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where the vectors of a file lie: row {@code r} takes {@link #rowStride} bytes from
 * {@code dataOffset + r * rowStride}, of which the last {@code dimension * elementType.bytes()} are its values. In a
 * column-major npy file (Fortran order) the values of a column are next to each other instead: value {@code j} of row
 * {@code r} is at {@code dataOffset + (j * rows + r) * elementType.bytes()}.
 *
 * @param file path or URI, for messages
 * @param format the file's format
 * @param rows number of vectors
 * @param dimension values per vector; 0 only in a file without rows
 * @param dataOffset where the first row starts, in bytes from the start of the file
 * @param elementType what values are stored as
 * @param bigEndian whether values start with their highest byte
 * @param columnMajor whether the values of a column, rather than of a row, are next to each other
 */
public record VectorFileLayout(
        String file,
        VectorFileFormat format,
        long rows,
        int dimension,
        long dataOffset,
        ElementType elementType,
        boolean bigEndian,
        boolean columnMajor)
        implements Serializable {

    /** Says where little-endian rows lie, one after the other. */
    public VectorFileLayout(
            String file, VectorFileFormat format, long rows, int dimension, long dataOffset, ElementType type) {
        this(file, format, rows, dimension, dataOffset, type, false, false);
    }

    /** Larger dimensions are taken for a corrupt header; 2^24 float32 values are 64 MiB per vector. */
    public static final int MAX_DIMENSION = 1 << 24;

    /**
     * Parses the start of a file and checks that the file's length is what it announces.
     *
     * @param file path or URI, for messages
     * @param format the file's format
     * @param length the file's length in bytes
     * @param head the first {@code min(length, format.headBytes())} bytes of the file
     * @return the layout; an empty fvecs, bvecs or ivecs file has 0 rows of dimension 0
     * @throws CorruptFileException if the header makes no sense, or the length is not that of whole rows
     * @throws io.github.sparknsvq.core.NsvqException if the file is compressed, or of a type or shape not read
     */
    public static VectorFileLayout parse(String file, VectorFileFormat format, long length, byte[] head) {
        if (head.length < Math.min(length, format.headBytes())) {
            throw new IllegalArgumentException(head.length + " bytes of a head, needed " + format.headBytes());
        }
        return format == VectorFileFormat.NPY ? parseNpy(file, length, head) : parseVecs(file, format, length, head);
    }

    private static VectorFileLayout parseVecs(String file, VectorFileFormat format, long length, byte[] head) {
        ElementType type = format.elementType().orElseThrow();
        if (length == 0) {
            return new VectorFileLayout(file, format, 0, 0, 0, type);
        }
        CorruptFileException.unless(
                length >= Integer.BYTES, file, length, "truncated: the first row's dimension takes 4 bytes");
        int dimension = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt(0);
        if (dimension < 1 || dimension > MAX_DIMENSION) {
            ForeignFiles.checkHead(file, head);
        }
        checkDimension(file, 0, dimension);
        VectorFileLayout one = new VectorFileLayout(file, format, 1, dimension, 0, type);
        long stride = one.rowStride();
        long rows = length / stride;
        if (length % stride != 0) {
            ForeignFiles.checkHead(file, head);
        }
        CorruptFileException.unless(
                length % stride == 0,
                file,
                length,
                "truncated: row " + rows + " should end at byte "
                        + (rows + 1) * stride + " (" + format.shortName() + " rows of dimension " + dimension
                        + " take " + stride
                        + " bytes)");
        return new VectorFileLayout(file, format, rows, dimension, 0, type);
    }

    private static VectorFileLayout parseNpy(String file, long length, byte[] head) {
        NpyHeader header = NpyHeader.parse(file, head);
        if (header.rows() > 0 || header.dimension() > 0) {
            checkDimension(file, header.dataOffset(), header.dimension());
        }
        VectorFileLayout layout = new VectorFileLayout(
                file,
                VectorFileFormat.NPY,
                header.rows(),
                (int) header.dimension(),
                header.dataOffset(),
                header.elementType(),
                header.bigEndian(),
                header.columnMajor());
        String shape = header.rows() + " x " + header.dimension() + " values of "
                + header.elementType().bytes() + " bytes";
        CorruptFileException.unless(
                header.rows() <= (Long.MAX_VALUE - header.dataOffset()) / Math.max(1, layout.rowStride()),
                file,
                header.dataOffset(),
                shape + " are more than any file holds");
        long end = layout.offsetOf(header.rows());
        String shouldEnd = shape + " should end";
        CorruptFileException.unless(length >= end, file, length, "truncated: " + shouldEnd + " at byte " + end);
        CorruptFileException.unless(
                length <= end, file, end, shouldEnd + " the file here, but " + (length - end) + " bytes follow");
        return layout;
    }

    private static void checkDimension(String file, long offset, long dimension) {
        CorruptFileException.unless(
                dimension >= 1 && dimension <= MAX_DIMENSION,
                file,
                offset,
                "a dimension of " + dimension + ": it should be between 1 and " + MAX_DIMENSION);
    }

    /** Returns the order of the bytes of a value. */
    public ByteOrder byteOrder() {
        return bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** Returns the bytes before a row's values: 4 for its dimension, 0 in npy. */
    public int prefixBytes() {
        return format == VectorFileFormat.NPY ? 0 : Integer.BYTES;
    }

    /** Returns the bytes from one row's start to the next one's; at most {@code 2^27 + 4}. */
    public int rowStride() {
        return prefixBytes() + dimension * elementType.bytes();
    }

    /**
     * Returns where a row starts, in bytes from the start of the file; for {@code row == rows} where the file ends.
     * In a column-major file rows have no place of their own, and this is only how much so many rows take.
     */
    public long offsetOf(long row) {
        return dataOffset + row * rowStride();
    }
}
