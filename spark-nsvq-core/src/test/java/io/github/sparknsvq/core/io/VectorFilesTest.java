package io.github.sparknsvq.core.io;

import static io.github.sparknsvq.core.io.VectorFileBytes.bvecs;
import static io.github.sparknsvq.core.io.VectorFileBytes.float32;
import static io.github.sparknsvq.core.io.VectorFileBytes.float64;
import static io.github.sparknsvq.core.io.VectorFileBytes.fvecs;
import static io.github.sparknsvq.core.io.VectorFileBytes.int16;
import static io.github.sparknsvq.core.io.VectorFileBytes.int32;
import static io.github.sparknsvq.core.io.VectorFileBytes.ivecs;
import static io.github.sparknsvq.core.io.VectorFileBytes.join;
import static io.github.sparknsvq.core.io.VectorFileBytes.npy;
import static io.github.sparknsvq.core.io.VectorFileBytes.uint8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorFilesTest {
    @TempDir
    Path directory;

    private Path file(String name, byte[]... parts) throws IOException {
        return Files.write(directory.resolve(name), join(parts));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static String message(Executable executable) {
        return assertThrows(NsvqException.class, executable).getMessage();
    }

    private static void assertMatrix(FloatMatrix matrix, int rows, float... values) {
        assertEquals(rows, matrix.rows());
        assertArrayEquals(values, matrix.values());
    }

    @Test
    void readsVecsFiles() throws IOException {
        assertMatrix(
                VectorFiles.readMatrix(file("a.fvecs", fvecs(1.5f, -2, 3), fvecs(4, 5, 6))), 2, 1.5f, -2, 3, 4, 5, 6);
        assertMatrix(VectorFiles.readMatrix(file("a.bvecs", bvecs(0, 127), bvecs(128, 255))), 2, 0, 127, 128, 255);
        assertMatrix(VectorFiles.readMatrix(file("a.ivecs", ivecs(-7), ivecs(1 << 24))), 2, -7, 1 << 24);
        assertMatrix(VectorFiles.readMatrix(file("one.fvecs", fvecs(9))), 1, 9);
        assertMatrix(VectorFiles.readMatrix(file("empty.fvecs")), 0);
    }

    @Test
    void readsEveryNpyType() throws IOException {
        assertMatrix(VectorFiles.readMatrix(file("f2.npy", npy("<f2", "(1, 2)", int16(0x3c00, 0xc000)))), 1, 1, -2);
        assertMatrix(VectorFiles.readMatrix(file("f4.npy", npy("<f4", "(2, 1)", float32(1, -2)))), 2, 1, -2);
        assertMatrix(VectorFiles.readMatrix(file("f8.npy", npy("<f8", "(2,)", float64(1.25, -2)))), 2, 1.25f, -2);
        assertMatrix(VectorFiles.readMatrix(file("u1.npy", npy("|u1", "(1, 3)", uint8(0, 20, 255)))), 1, 0, 20, 255);
        assertMatrix(VectorFiles.readMatrix(file("i4.npy", npy("<i4", "(1, 2)", int32(-1, 70000)))), 1, -1, 70000);
        assertMatrix(VectorFiles.readMatrix(file("none.npy", npy("<f4", "(0, 2)", new byte[0]))), 0);
    }

    @Test
    void readsTheFirstRowsOnly() throws IOException {
        Path file = file("a.fvecs", fvecs(1, 2), fvecs(3, 4), fvecs(5, 6));
        assertMatrix(VectorFiles.readMatrix(file, 2), 2, 1, 2, 3, 4);
        assertMatrix(VectorFiles.readMatrix(file, 0), 0);
        assertMatrix(VectorFiles.readMatrix(file, 99), 3, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void refusesMoreValuesThanAnArrayHolds() throws IOException {
        // A file of 2^31 values with nothing in it: sparse, so it takes no disk.
        Path file = file("large.npy", npy("|u1", "(16777216, 128)", new byte[0]));
        long header = Files.size(file);
        try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
            channel.position(header + (1L << 31) - 1).write(ByteBuffer.wrap(new byte[1]));
        }
        assertEquals(
                file + " holds 16777216 x 128 values, more than the 2147483639 that fit one array: read fewer rows, "
                        + "or read it with Spark",
                message(() -> VectorFiles.readMatrix(file)));
        assertEquals(3, VectorFiles.readMatrix(file, 3).rows());
    }

    @Test
    void namesRaggedRows() throws IOException {
        // The length fits three rows of two values, so only the row itself can tell.
        Path file = file("a.fvecs", fvecs(1, 2), join(int32(3), float32(3, 4)), fvecs(5, 6));
        CorruptFileException e = assertThrows(CorruptFileException.class, () -> VectorFiles.readMatrix(file));
        assertEquals(file + " is corrupt at byte 12: row 1 has dimension 3, the first row has 2", e.getMessage());
        assertEquals(12, e.offset());
        assertMatrix(VectorFiles.readMatrix(file, 1), 1, 1, 2);
    }

    @Test
    void namesFilesThatCannotBeRead() throws IOException {
        Path missing = directory.resolve("missing.fvecs");
        assertEquals(
                "cannot read " + missing + ": there is no such file or directory",
                message(() -> VectorFiles.readMatrix(missing)));
        Path directoryLikeAFile = Files.createDirectory(directory.resolve("d.fvecs"));
        assertEquals(
                "cannot read " + directoryLikeAFile + ": Is a directory",
                message(() -> VectorFiles.readMatrix(directoryLikeAFile)));
        Path truncated = file("a.fvecs", Arrays.copyOf(fvecs(1, 2), 11));
        assertEquals(
                truncated + " is corrupt at byte 11: truncated: row 0 should end at byte 12 (fvecs rows"
                        + " of dimension 2 "
                        + "take 12 bytes)",
                message(() -> VectorFiles.readMatrix(truncated)));
    }

    @ParameterizedTest
    @CsvSource({
        "fvecs, 1, 1",
        "fvecs, 37, 13",
        "fvecs, 0, 0",
        "fvecs, 700, 1000",
        "bvecs, 1, 1",
        "bvecs, 300, 7",
        "bvecs, 0, 5",
        "npy, 1, 1",
        "npy, 37, 13",
        "npy, 0, 5",
        "npy, 0, 0",
        "npy, 1, 1000000"
    })
    void readsWhatItWrites(String format, int rows, int dimension) throws IOException {
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = format.equals("bvecs") ? i % 256 : i / 3f - 100;
        }
        Path file = directory.resolve("written." + format);
        VectorFiles.write(file, new FloatMatrix(rows, dimension, values));
        assertMatrix(VectorFiles.readMatrix(file), rows, values);
        assertEquals(List.of("written." + format), names());
    }

    @Test
    void writesIntegers() throws IOException {
        Path file = directory.resolve("a.ivecs");
        int[][] rows = {{1, -2, 3}, {4, 5, Integer.MIN_VALUE}};
        VectorFiles.writeInts(file, rows);
        assertArrayEquals(join(ivecs(1, -2, 3), ivecs(4, 5, Integer.MIN_VALUE)), Files.readAllBytes(file));
    }

    @Test
    void writesTheHeaderThatNumPyWrites() throws IOException {
        Path file = directory.resolve("a.npy");
        VectorFiles.write(file, FloatMatrix.of(new float[] {1, 2}));
        String dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
        byte[] expected = npy(1, dictionary + " ".repeat(128 - 10 - dictionary.length() - 1) + "\n", float32(1, 2));
        assertArrayEquals(expected, Files.readAllBytes(file));
    }

    @ParameterizedTest
    @CsvSource({"256, 256.0", "-1, -1.0", "0.5, 0.5", "NaN, NaN"})
    void refusesBytesOutOfRange(float value, String shown) throws IOException {
        Path file = directory.resolve("a.bvecs");
        assertEquals(
                "cannot write " + file + ": row 1, column 0 is " + shown
                        + ", and bvecs holds whole numbers from 0 to 255",
                message(() -> VectorFiles.write(file, new FloatMatrix(2, 2, new float[] {0, 255, value, 0}))));
        assertEquals(List.of(), names());
    }

    @Test
    void refusesWhatTheFormatCannotHold() throws IOException {
        Path ivecs = directory.resolve("a.ivecs");
        assertEquals(
                "cannot write floats to " + ivecs + ": ivecs holds integers; use .fvecs",
                message(() -> VectorFiles.write(ivecs, FloatMatrix.of(new float[] {1}))));
        assertEquals(
                "cannot write " + ivecs + ": row 1 has 1 values, the rows before it have 2",
                message(() -> VectorFiles.writeInts(ivecs, new int[][] {{1, 2}, {3}})));
        Path fvecs = directory.resolve("a.fvecs");
        assertEquals(
                "cannot write integers to " + fvecs + ": they go to a file that ends in .ivecs",
                message(() -> VectorFiles.writeInts(fvecs, new int[][] {{1}})));
        assertEquals(
                "cannot write " + fvecs + ": the vectors have dimension 0, it should be between 1 and 16777216",
                message(() -> VectorFiles.write(fvecs, new FloatMatrix(2, 0, new float[0]))));
        assertEquals(List.of(), names());
    }

    @Test
    void neverOverwrites() throws IOException {
        Path file = file("a.fvecs", fvecs(1));
        assertEquals(
                "cannot write " + file + ": it exists already",
                message(() -> VectorFiles.write(file, FloatMatrix.of(new float[] {2}))));
        assertMatrix(VectorFiles.readMatrix(file), 1, 1);
        Path nowhere = directory.resolve("no/such/a.fvecs");
        assertEquals(
                "cannot write " + nowhere + ": there is no such file or directory",
                message(() -> VectorFiles.write(nowhere, FloatMatrix.of(new float[] {2}))));
        assertEquals(List.of("a.fvecs"), names());
    }
}
