package io.github.sparknsvq.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that NumPy 2 wrote, and for each type the same 5 x 3 values as {@code astype('<f4')} gives them. */
class NumPyFilesTest {
    @TempDir
    private Path directory;

    private static Path file(String name) {
        try {
            return Path.of(Objects.requireNonNull(NumPyFilesTest.class.getResource("/npy/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<String> arrays() {
        List<String> names = new ArrayList<>();
        for (String type : List.of("f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")) {
            for (String order : type.endsWith("1") ? List.of("little") : List.of("little", "big")) {
                names.add(type + "-" + order + "-c");
                names.add(type + "-" + order + "-fortran");
            }
        }
        return names;
    }

    private static float[] expected(String type) throws IOException {
        float[] values = new float[15];
        ByteBuffer.wrap(Files.readAllBytes(file(type + ".f32")))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    @ParameterizedTest
    @MethodSource("arrays")
    void readsWhatNumPyWrites(String name) throws IOException {
        FloatMatrix read = VectorFiles.readMatrix(file(name + ".npy"));
        assertEquals(3, read.columns());
        assertArrayEquals(expected(name.substring(0, 2)), read.values());
        FloatMatrix first = VectorFiles.readMatrix(file(name + ".npy"), 2);
        assertArrayEquals(Arrays.copyOf(expected(name.substring(0, 2)), 6), first.values());
    }

    @ParameterizedTest
    @CsvSource({
        "version-2, 5, 3",
        "version-3, 5, 3",
        "one-d, 15, 1",
        "one-column, 5, 1",
        "no-rows, 0, 3",
    })
    void readsAllVersionsAndShapes(String name, int rows, int columns) {
        FloatMatrix read = VectorFiles.readMatrix(file(name + ".npy"));
        assertEquals(rows, read.rows());
        assertEquals(columns, read.columns());
        for (int i = 0; i < rows * columns; i++) {
            assertEquals(name.equals("one-column") ? 3 * i : i, read.values()[i]);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no-values.npy | holds an array of shape (5, 0): its 5 vectors have no values",
                "scalar.npy | holds an array of shape (); supported are (rows,) and (rows, dimension)",
                "three-d.npy | holds an array of shape (5, 3, 1); supported are (rows,) and (rows, dimension)",
                "records.npy | holds records of several fields: save the field with the vectors alone",
                "bool.npy | holds values of type '|b1', which are not supported; supported are <f2, <f4,",
                "complex.npy | holds values of type '<c8', which are not supported",
                "text.npy | holds values of type '<U1', which are not supported",
                "object.npy | holds values of type '|O', which are not supported",
                "date.npy | holds values of type '<M8[D]', which are not supported",
                "archive.npz | is a zip archive, as numpy's .npz are: save each array of it to an .npy file",
                "archive-as.npy | is a zip archive, as numpy's .npz are: save each array of it to an .npy file",
                "one-d.npy.gz | is compressed with gzip: decompress it first",
                "gzip-as.npy | is compressed with gzip: decompress it first",
            })
    void namesWhatItDoesNotRead(String name, String problem) {
        String message = assertThrows(NsvqException.class, () -> VectorFiles.readMatrix(file(name)))
                .getMessage();
        assertEquals(
                file(name) + " " + problem,
                message.substring(0, file(name).toString().length() + 1 + problem.length()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a.fvecs.gz", "b.NPY.ZST", "c.bvecs.xz", "d.ivecs.bz2", "e.npy.lz4", "f.fvecs.zip", "g.npz"})
    void tellsCompressedFilesByTheirNames(String name) {
        String message = assertThrows(NsvqException.class, () -> VectorFileFormat.ofFile(name))
                .getMessage();
        assertEquals(true, message.startsWith(name + " is "), message);
    }

    @Test
    void compressedVecsFilesAreNamedToo() throws IOException {
        Path file = Files.write(directory.resolve("a.fvecs"), Files.readAllBytes(file("one-d.npy.gz")));
        assertEquals(
                file + " is compressed with gzip: decompress it first, vector files are read in place",
                assertThrows(NsvqException.class, () -> VectorFiles.readMatrix(file))
                        .getMessage());
    }

    /** More rows than one block holds of each column, in both orders. */
    @ParameterizedTest
    @ValueSource(ints = {1 << 12, (1 << 12) + 1})
    void readsColumnsBlockByBlock(int rows) throws IOException {
        int dimension = 2048; // blocks of 2048 rows
        ByteBuffer bytes = ByteBuffer.allocate(rows * dimension);
        for (int column = 0; column < dimension; column++) {
            for (int row = 0; row < rows; row++) {
                bytes.put((byte) (31 * row + column));
            }
        }
        String dictionary = "{'descr': '|i1', 'fortran_order': True, 'shape': (" + rows + ", " + dimension + ")}";
        Path file = Files.write(directory.resolve("a.npy"), VectorFileBytes.npy(1, dictionary, bytes.array()));
        VectorFileLayout layout = VectorFiles.readLayout(file);
        float[] values = VectorFiles.readMatrix(file).values();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < dimension; column++) {
                if (values[row * dimension + column] != (byte) (31 * row + column)) {
                    throw new AssertionError("row " + row + ", column " + column);
                }
            }
        }
        assertEquals(true, layout.columnMajor());
    }

    @Test
    void everyFileIsReadByATest() throws IOException {
        try (Stream<Path> all = Files.list(file("one-d.npy").getParent())) {
            assertEquals(40 + 11 + 5 + 13, all.count());
        }
    }
}
