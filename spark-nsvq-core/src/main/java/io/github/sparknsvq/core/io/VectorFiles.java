package io.github.sparknsvq.core.io;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whole vector files on the local file system; the format is told by the suffix.
 *
 * <p>Every method throws {@link NsvqException} when a file cannot be read or written, and {@link
 * CorruptFileException} when its content is wrong.
 */
public final class VectorFiles {
    // Some virtual machines keep a few words of an array for themselves.
    private static final int MAX_ARRAY_LENGTH = Integer.MAX_VALUE - 8;

    private VectorFiles() {}

    /** Reads where the rows of a file lie, and checks its length; reads no row. */
    public static VectorFileLayout readLayout(Path file) {
        VectorFileFormat format = VectorFileFormat.ofFile(file.toString());
        try (InputStream in = Files.newInputStream(file)) {
            byte[] head = in.readNBytes(format.headBytes());
            return VectorFileLayout.parse(file.toString(), format, Files.size(file), head);
        } catch (IOException e) {
            throw LocalFiles.cannotRead(file, e);
        }
    }

    /** Reads all rows of a file, as floats. */
    public static FloatMatrix readMatrix(Path file) {
        return readMatrix(file, Long.MAX_VALUE);
    }

    /**
     * Reads the first rows of a file, as floats.
     *
     * @param file a vector file of any format
     * @param maxRows how many rows to read, at most; 0 or more
     * @return {@code min(rows, maxRows) x dimension}
     * @throws NsvqException if the values are more than a Java array holds
     */
    public static FloatMatrix readMatrix(Path file, long maxRows) {
        if (maxRows < 0) {
            throw new IllegalArgumentException("cannot read " + maxRows + " rows");
        }
        VectorFileLayout layout = readLayout(file);
        int rows = checkedRows(layout, maxRows);
        int dimension = layout.dimension();
        float[] values = new float[rows * dimension];
        try (VectorReader reader = new VectorReader(layout, 0, rows, new LocalInput(FileChannel.open(file)))) {
            for (int i = 0; i < rows; i++) {
                reader.read(values, i * dimension);
            }
        } catch (IOException e) {
            throw LocalFiles.cannotRead(file, e);
        }
        return new FloatMatrix(rows, dimension, values);
    }

    /** A file on the local file system. */
    private record LocalInput(FileChannel file) implements VectorReader.Input {
        @Override
        public int read(long position, byte[] target, int count) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(target, 0, count);
            int got = 0;
            while (got >= 0 && rest.hasRemaining()) {
                got = file.read(rest, position + rest.position());
            }
            return rest.position();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /**
     * Writes a file whole or not at all: beside its place first, then renamed.
     *
     * @param file ends in {@code .fvecs}, {@code .npy} (type {@code <f4}), or {@code .bvecs}, where every value must
     *     be a whole number from 0 to 255; must not exist
     * @param matrix the vectors; no rows make an empty fvecs or bvecs file, or an npy header alone
     */
    public static void write(Path file, FloatMatrix matrix) {
        VectorFileFormat format = VectorFileFormat.ofFile(file.toString());
        switch (format) {
            case BVECS -> checkBytes(file, matrix);
            case IVECS ->
                throw new NsvqException("cannot write floats to " + file + ": ivecs holds integers; use .fvecs");
            default -> {}
        }
        int dimension = matrix.columns();
        checkDimension(file, matrix.rows(), dimension);
        byte[] head = format == VectorFileFormat.NPY
                ? NpyHeader.format(ElementType.FLOAT32, matrix.rows(), dimension)
                : new byte[0];
        ElementType type = format.elementType().orElse(ElementType.FLOAT32);
        VectorFileLayout layout =
                new VectorFileLayout(file.toString(), format, matrix.rows(), dimension, head.length, type);
        writeRows(file, head, layout, (row, buffer) -> {
            int start = row * dimension;
            for (int i = start; i < start + dimension; i++) {
                float value = matrix.values()[i];
                if (type == ElementType.UINT8) {
                    buffer.put((byte) (int) value);
                } else {
                    buffer.putFloat(value);
                }
            }
        });
    }

    /**
     * Writes rows of integers whole or not at all: beside their place first, then renamed.
     *
     * @param file ends in {@code .ivecs}; must not exist
     * @param rows arrays of equal length
     */
    public static void writeInts(Path file, int[][] rows) {
        NsvqException.unless(
                VectorFileFormat.ofFile(file.toString()) == VectorFileFormat.IVECS,
                "cannot write integers to " + file + ": they go to a file that ends in .ivecs");
        int dimension = rows.length == 0 ? 0 : rows[0].length;
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != dimension) {
                throw new NsvqException("cannot write " + file + ": row " + i + " has " + rows[i].length
                        + " values, the rows before it have " + dimension);
            }
        }
        checkDimension(file, rows.length, dimension);
        VectorFileLayout layout = new VectorFileLayout(
                file.toString(), VectorFileFormat.IVECS, rows.length, dimension, 0, ElementType.INT32);
        writeRows(
                file, new byte[0], layout, (row, buffer) -> buffer.asIntBuffer().put(rows[row]));
    }

    private static int checkedRows(VectorFileLayout layout, long maxRows) {
        long rows = Math.min(layout.rows(), maxRows);
        NsvqException.unless(
                rows <= MAX_ARRAY_LENGTH / Math.max(1, layout.dimension()),
                layout.file() + " holds " + rows + " x " + layout.dimension() + " values, more than the "
                        + MAX_ARRAY_LENGTH + " that fit one array: read fewer rows, or read it with Spark");
        return (int) rows;
    }

    private static void checkBytes(Path file, FloatMatrix matrix) {
        for (int i = 0; i < matrix.values().length; i++) {
            float value = matrix.values()[i];
            boolean isByte = value >= 0 && value <= 255 && value == (int) value;
            if (!isByte) {
                throw new NsvqException("cannot write " + file + ": row " + i / matrix.columns() + ", column "
                        + i % matrix.columns() + " is " + value + ", and bvecs holds whole numbers from 0 to 255");
            }
        }
    }

    private static void checkDimension(Path file, int rows, int dimension) {
        NsvqException.unless(
                rows == 0 || (dimension >= 1 && dimension <= VectorFileLayout.MAX_DIMENSION),
                "cannot write " + file + ": the vectors have dimension " + dimension + ", it should be between 1 and "
                        + VectorFileLayout.MAX_DIMENSION);
    }

    private static void writeRows(Path file, byte[] head, VectorFileLayout layout, RowEncoder encoder) {
        LocalFiles.write(file, out -> {
            out.write(head);
            ByteBuffer row = ByteBuffer.allocate(layout.rowStride()).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < layout.rows(); i++) {
                row.clear();
                if (layout.prefixBytes() > 0) {
                    row.putInt(layout.dimension());
                }
                encoder.encode(i, row);
                out.write(row.array());
            }
        });
    }

    /** Puts the values of a row behind its prefix. */
    private interface RowEncoder {
        void encode(int row, ByteBuffer target);
    }
}
