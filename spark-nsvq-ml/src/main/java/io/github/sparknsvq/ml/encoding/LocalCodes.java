package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.Vectors;

/**
 * Codes of whole matrices, found in this JVM on all its cores. Matrices are bytes, as Python's numpy has them: row
 * after row, little-endian. Vectors are checked, and scaled under cosine distance, as those of a column are.
 *
 * <p>A vector becomes the index of a codeword of each codebook, int32, or, where there is a line, its position on the
 * line, float64. Packed codes are those of columns.
 *
 * @param of the codebooks
 * @param unitLength whether vectors are scaled to length 1
 */
public record LocalCodes(SharedQuantizer of, boolean unitLength) {
    /** Rows that a core takes at a time. */
    private static final int CHUNK = 4096;

    /** Encodes or decodes rows, {@code count} from {@code first} on. */
    private interface Chunk {
        void run(int first, int count);
    }

    /**
     * Finds indices, or positions.
     *
     * @param rows {@code n x D} float32
     * @return {@code n x codebooks} int32, or {@code n x 1} float64
     * @throws InvalidVectorException if a vector is one that a column could not hold
     * @throws NsvqException if the bytes are no such rows, or the codes do not fit an array
     */
    public byte[] encode(byte[] rows) {
        int n = count(rows, Float.BYTES * of.dimension(), "rows of " + of.dimension() + " float32 values");
        if (of.kind() == SharedQuantizer.Kind.CURVE) {
            return positions(rows, n);
        }
        Quantizer quantizer = of.quantizer();
        int most = quantizer.codeBits().indices();
        byte[] codes = bytes(n, most * Integer.BYTES);
        inChunks(n, (first, count) -> {
            int[] indices = new int[count * most];
            quantizer.encode(rows(rows, first, count), 0, count, indices, 0);
            buffer(codes, first, count, most * Integer.BYTES).asIntBuffer().put(indices);
        });
        return codes;
    }

    private byte[] positions(byte[] rows, int n) {
        SpaceFillingCurve line = of.curve();
        byte[] codes = bytes(n, Double.BYTES);
        inChunks(n, (first, count) -> {
            int[] segments = new int[count];
            float[] shares = new float[count];
            line.projector(of.curveSearch())
                    .project(rows(rows, first, count), 0, count, segments, shares, new float[count]);
            ByteBuffer to = buffer(codes, first, count, Double.BYTES);
            for (int i = 0; i < count; i++) {
                to.putDouble(line.position(segments[i], shares[i]));
            }
        });
        return codes;
    }

    /**
     * Finds what indices, or positions, stand for.
     *
     * @param codes as {@link #encode} gives them
     * @return {@code n x D} float32
     * @throws NsvqException if the bytes are no such codes, no codeword has an index, a position is not on the line,
     *     or the rows do not fit an array
     */
    public byte[] decode(byte[] codes) {
        boolean line = of.kind() == SharedQuantizer.Kind.CURVE;
        int most = line ? 1 : of.quantizer().codeBits().indices();
        int size = line ? Double.BYTES : most * Integer.BYTES;
        int n = count(codes, size, line ? "float64 positions" : "codes of " + most + " int32 indices");
        return decoded(n, (first, count, rows) -> {
            ByteBuffer from = buffer(codes, first, count, size);
            if (line) {
                for (int i = 0; i < count; i++) {
                    of.curve().point(onLine(from.getDouble(), first + i), rows, i * of.dimension());
                }
                return;
            }
            int[] indices = new int[count * most];
            from.asIntBuffer().get(indices);
            of.quantizer().decode(indices, 0, count, rows, 0);
        });
    }

    private double onLine(double position, int row) {
        double length = of.curve().length();
        NsvqException.unless(
                position >= 0 && position <= length, // NaN is wrong, too
                "position " + row + " is " + position + ", where the line is from 0 to " + length);
        return position;
    }

    /**
     * Finds packed codes.
     *
     * @param rows {@code n x D} float32
     * @return {@code n x codeSize} bytes
     * @throws InvalidVectorException if a vector is one that a column could not hold
     * @throws NsvqException if the bytes are no such rows, the codes do not fit an array, or this is a line
     */
    public byte[] encodePacked(byte[] rows) {
        refuseLine();
        int n = count(rows, Float.BYTES * of.dimension(), "rows of " + of.dimension() + " float32 values");
        Quantizer quantizer = of.quantizer();
        byte[] codes = bytes(n, quantizer.codeSize());
        inChunks(
                n,
                (first, count) ->
                        quantizer.encode(rows(rows, first, count), 0, count, codes, first * quantizer.codeSize()));
        return codes;
    }

    /**
     * Finds what packed codes stand for.
     *
     * @param codes {@code n x codeSize} bytes
     * @return {@code n x D} float32
     * @throws NsvqException if the bytes are no such codes, no codeword has an index, the rows do not fit an array,
     *     or this is a line
     */
    public byte[] decodePacked(byte[] codes) {
        refuseLine();
        Quantizer quantizer = of.quantizer();
        int size = quantizer.codeSize();
        int n = count(codes, size, "codes of " + size + " bytes");
        return decoded(n, (first, count, rows) -> quantizer.decode(codes, first * size, count, rows, 0));
    }

    private void refuseLine() {
        NsvqException.unless(
                of.kind() != SharedQuantizer.Kind.CURVE,
                "a line has positions, and no packed codes: encode without packing");
    }

    /** Decodes rows into an array of their own. */
    private interface Decoding {
        void run(int first, int count, float[] rows);
    }

    private byte[] decoded(int n, Decoding decoding) {
        int size = Float.BYTES * of.dimension();
        byte[] rows = bytes(n, size);
        inChunks(n, (first, count) -> {
            float[] chunk = new float[count * of.dimension()];
            decoding.run(first, count, chunk);
            buffer(rows, first, count, size).asFloatBuffer().put(chunk);
        });
        return rows;
    }

    private static void inChunks(int n, Chunk chunk) {
        int rows = Math.max(1, Math.min(CHUNK, n));
        IntStream.range(0, (int) ((n + rows - 1L) / rows)).parallel().forEach(i -> {
            int first = i * rows;
            chunk.run(first, Math.min(rows, n - first));
        });
    }

    /** Returns vectors as they are searched. */
    private float[] rows(byte[] rows, int first, int count) {
        int d = of.dimension();
        float[] values = new float[count * d];
        buffer(rows, first, count, Float.BYTES * d).asFloatBuffer().get(values);
        for (int i = 0; i < count; i++) {
            if (!VectorColumn.valid(values, i * d, d, unitLength)) {
                double[] invalid = IntStream.range(i * d, (i + 1) * d)
                        .mapToDouble(at -> values[at])
                        .toArray();
                throw new InvalidVectorException(
                        "row " + (first + i) + " " + VectorColumn.problem(Vectors.dense(invalid)));
            }
        }
        return values;
    }

    private static ByteBuffer buffer(byte[] bytes, int first, int count, int size) {
        return ByteBuffer.wrap(bytes, first * size, count * size).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int count(byte[] bytes, int size, String what) {
        NsvqException.unless(
                size > 0 && bytes.length % size == 0,
                bytes.length + " bytes are no " + what + ", which take " + size + " bytes each");
        return bytes.length / size;
    }

    private static byte[] bytes(int n, int size) {
        long length = (long) n * size;
        NsvqException.unless(
                length <= Integer.MAX_VALUE - 8,
                n + " times " + size + " bytes do not fit one array: give fewer rows at a time");
        return new byte[(int) length];
    }
}
