package io.github.sparknsvq.core.io;

import static io.github.sparknsvq.core.io.VectorFileBytes.bvecs;
import static io.github.sparknsvq.core.io.VectorFileBytes.float32;
import static io.github.sparknsvq.core.io.VectorFileBytes.fvecs;
import static io.github.sparknsvq.core.io.VectorFileBytes.int32;
import static io.github.sparknsvq.core.io.VectorFileBytes.join;
import static io.github.sparknsvq.core.io.VectorFileBytes.npy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorFileLayoutTest {
    private static final String SUPPORTED =
            "<f2, <f4, <f8, |i1, |u1, <i2, <u2, <i4, <u4, <i8, <u8 and the same in" + " big-endian order, as in >f4";

    private static VectorFileLayout parse(VectorFileFormat format, byte[] file) {
        return VectorFileLayout.parse(
                "f", format, file.length, Arrays.copyOf(file, Math.min(file.length, format.headBytes())));
    }

    private static String corrupt(VectorFileFormat format, byte[] file) {
        return assertThrows(CorruptFileException.class, () -> parse(format, file))
                .getMessage();
    }

    private static String unsupported(byte[] npy) {
        return assertThrows(NsvqException.class, () -> parse(VectorFileFormat.NPY, npy))
                .getMessage();
    }

    @Test
    void findsRowsOfVecsFiles() {
        VectorFileLayout layout = parse(VectorFileFormat.BVECS, join(bvecs(1, 2, 3), bvecs(4, 5, 6)));
        assertEquals(new VectorFileLayout("f", VectorFileFormat.BVECS, 2, 3, 0, ElementType.UINT8), layout);
        assertEquals(7, layout.rowStride());
        assertEquals(14, layout.offsetOf(2));
        assertEquals(1, parse(VectorFileFormat.FVECS, fvecs(1)).dimension());
    }

    @ParameterizedTest
    @ValueSource(strings = {"FVECS", "BVECS", "IVECS"})
    void takesAnEmptyVecsFileForNoRows(VectorFileFormat format) {
        VectorFileLayout layout = parse(format, new byte[0]);
        assertEquals(0, layout.rows());
        assertEquals(0, layout.dimension());
    }

    @Test
    void findsTruncationFromTheLength() {
        byte[] file = join(fvecs(1, 2, 3), fvecs(4, 5, 6));
        for (int length = 1; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            if (length != file.length / 2) {
                corrupt(VectorFileFormat.FVECS, cut);
            }
        }
        assertEquals(
                "f is corrupt at byte 31: truncated: row 1 should end at byte 32 (fvecs rows of dimension"
                        + " 3 take 16 bytes)",
                corrupt(VectorFileFormat.FVECS, Arrays.copyOf(file, 31)));
        assertEquals(
                "f is corrupt at byte 3: truncated: the first row's dimension takes 4 bytes",
                corrupt(VectorFileFormat.FVECS, Arrays.copyOf(file, 3)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, (1 << 24) + 1})
    void rejectsDimensionsThatCannotBe(int dimension) {
        assertEquals(
                "f is corrupt at byte 0: a dimension of " + dimension + ": it should be between 1 and 16777216",
                corrupt(VectorFileFormat.FVECS, join(int32(dimension), float32(1))));
    }

    @Test
    void tellsWhereTheFileIsWrong() {
        CorruptFileException e =
                assertThrows(CorruptFileException.class, () -> parse(VectorFileFormat.FVECS, new byte[] {1, 2, 3}));
        assertEquals("f", e.file());
        assertEquals(3, e.offset());
        assertEquals("truncated: the first row's dimension takes 4 bytes", e.reason());
    }

    @Test
    void doesNotOverflowOnHugeFiles() {
        byte[] head = int32(128);
        VectorFileLayout layout = VectorFileLayout.parse("f", VectorFileFormat.BVECS, 132L << 40, head);
        assertEquals(1L << 40, layout.rows());
        assertEquals(132L << 40, layout.offsetOf(layout.rows()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"(2, 3); 2; 3", "(2,3); 2; 3", "(2L, 3L); 2; 3", "(6,); 6; 1", "(1, 6); 1; 6", "(6, 1); 6; 1"})
    void findsRowsOfNpyFiles(String shape, long rows, int dimension) {
        byte[] file = npy("<f4", shape, float32(1, 2, 3, 4, 5, 6));
        VectorFileLayout layout = parse(VectorFileFormat.NPY, file);
        assertEquals(rows, layout.rows());
        assertEquals(dimension, layout.dimension());
        assertEquals(dimension * 4, layout.rowStride());
        assertEquals(file.length, layout.offsetOf(rows));
    }

    @Test
    void takesAnNpyFileWithoutRows() {
        VectorFileLayout layout = parse(VectorFileFormat.NPY, npy("<f4", "(0, 5)", new byte[0]));
        assertEquals(0, layout.rows());
        assertEquals(5, layout.dimension());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void readsEveryNpyVersion(int version) {
        String dictionary = "{\"shape\": (1, 2), \"fortran_order\": False, \"descr\": \"<f4\"}\n";
        assertEquals(
                2,
                parse(VectorFileFormat.NPY, npy(version, dictionary, float32(1, 2)))
                        .dimension());
    }

    @Test
    void rejectsNpyFilesWithACorruptHeader() {
        byte[] good = npy("<f4", "(1, 2)", float32(1, 2));
        byte[] wrongMagic = good.clone();
        wrongMagic[0] = 'P';
        assertEquals(
                "f is corrupt at byte 0: an npy file starts with \\x93NUMPY, this one does not",
                corrupt(VectorFileFormat.NPY, wrongMagic));
        assertEquals(
                "f is corrupt at byte 0: an npy file starts with \\x93NUMPY, this one does not",
                corrupt(VectorFileFormat.NPY, new byte[0]));
        assertEquals(
                "f is corrupt at byte 6: npy version 4 is unknown: there are 1, 2, 3",
                corrupt(VectorFileFormat.NPY, npy(4, "{}", new byte[0])));
        byte[] longHeader = npy(2, "{}", new byte[0]);
        longHeader[10] = 1;
        assertEquals(
                "f is corrupt at byte 8: an npy header of 65538 bytes: it should have at most 10000",
                corrupt(VectorFileFormat.NPY, longHeader));
        assertEquals(
                "f is corrupt at byte 10: the npy header lacks 'shape', such as (1000, 128)",
                corrupt(VectorFileFormat.NPY, npy(1, "{'descr': '<f4', 'fortran_order': False}", new byte[0])));
        assertEquals(
                "f is corrupt at byte 10: the npy header lacks 'fortran_order', True or False",
                corrupt(VectorFileFormat.NPY, npy(1, "{'descr': '<f4', 'shape': (1, 2)}", new byte[0])));
        assertEquals(
                "f is corrupt at byte 10: the npy header lacks 'descr', a string such as '<f4' (supported: "
                        + SUPPORTED
                        + ")",
                corrupt(VectorFileFormat.NPY, npy(1, "{'type': '<f4', 'shape': (1, 2)}", new byte[0])));
    }

    @Test
    void rejectsEveryTruncationOfAnNpyFile() {
        byte[] file = npy("<f4", "(2, 3)", float32(1, 2, 3, 4, 5, 6));
        for (int length = 0; length < file.length; length++) {
            corrupt(VectorFileFormat.NPY, Arrays.copyOf(file, length));
        }
        int end = file.length;
        assertEquals(
                "f is corrupt at byte " + (end - 1) + ": truncated: 2 x 3 values of 4 bytes should" + " end at byte "
                        + end,
                corrupt(VectorFileFormat.NPY, Arrays.copyOf(file, end - 1)));
        assertEquals(
                "f is corrupt at byte " + end
                        + ": 2 x 3 values of 4 bytes should end the file here, but 1 bytes follow",
                corrupt(VectorFileFormat.NPY, Arrays.copyOf(file, end + 1)));
    }

    @Test
    void rejectsNpySizesThatOverflow() {
        byte[] rows = npy("<f4", "(999999999999999999, 1000000)", new byte[0]);
        assertEquals(
                "f is corrupt at byte " + rows.length
                        + ": 999999999999999999 x 1000000 values of 4 bytes are more than " + "any file holds",
                corrupt(VectorFileFormat.NPY, rows));
        byte[] columns = npy("<f4", "(0, 999999999999999999)", new byte[0]);
        assertEquals(
                "f is corrupt at byte " + columns.length + ": a dimension of 999999999999999999: it"
                        + " should be between "
                        + "1 and 16777216",
                corrupt(VectorFileFormat.NPY, columns));
    }

    @ParameterizedTest
    @ValueSource(strings = {"|b1", "|O", "<c8", ">u3", "|f4", "f4", ""})
    void namesTheSupportedTypes(String descr) {
        assertEquals(
                "f holds values of type '" + descr + "', which are not supported; supported are " + SUPPORTED,
                unsupported(npy(descr, "(1, 2)", float32(1, 2))));
    }

    @Test
    void rejectsArraysThatAreNotRowsOfVectors() {
        assertEquals(
                "f holds an array of shape (1, 2, 3); supported are (rows,) and (rows, dimension)",
                unsupported(npy("<f4", "(1, 2, 3)", new byte[24])));
        assertEquals(
                "f holds an array of shape (); supported are (rows,) and (rows, dimension)",
                unsupported(npy("<f4", "()", new byte[4])));
    }

    @Test
    void findsFormatsBySuffix() {
        assertEquals(VectorFileFormat.NPY, VectorFileFormat.ofFile("/a/b.fvecs/C.NPY"));
        assertEquals(
                "cannot tell the format of a.parquet by its name: vector files end in .fvecs, .bvecs, .ivecs, .npy",
                assertThrows(NsvqException.class, () -> VectorFileFormat.ofFile("a.parquet"))
                        .getMessage());
    }
}
