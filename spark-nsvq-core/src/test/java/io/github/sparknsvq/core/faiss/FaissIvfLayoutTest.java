package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.HeapLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.NormFormat;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.core.linalg.AffineTransform;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inverted files field by field: what is written, and what is said of files that are wrong. */
class FaissIvfLayoutTest {
    @TempDir
    private Path directory;

    private static final FloatMatrix CENTROIDS = new FloatMatrix(3, 2, new float[] {1, 2, 3, 4, 5, 6});

    private MappedIndex map(FileBytes bytes) throws IOException {
        Path file = Files.createTempFile(directory, "a", ".faiss");
        Files.write(file, bytes.bytes());
        return FaissFiles.map(file);
    }

    /** An index of three lists of two dimensions up to what follows the centroids. */
    private static FileBytes header(FileBytes bytes, String type, long count, int metric) {
        return centroids(bytes.index(type, 2, count, metric).int64(3, 2), metric, 3)
                .int8(0)
                .int64(0);
    }

    private static FileBytes centroids(FileBytes bytes, int metric, long lists) {
        return bytes.index(metric == 1 ? "IxF2" : "IxFI", 2, lists, metric)
                .int64(6)
                .floats(1, 2, 3, 4, 5, 6);
    }

    private static byte[] written(IvfQuantizer quantizer, byte[][] codes, long[][] ids, boolean blocks)
            throws IOException {
        HeapLists lists = new HeapLists(new PlainFormat(quantizer.codeSize()), codes, ids);
        return new IvfExample(quantizer, lists, blocks).write();
    }

    private static final float[] CODEWORDS = Examples.gaussian(16, 2, 1, 4).values();

    @Test
    void listsOfCodesFollowTheQuantizer() throws IOException {
        ProductQuantizer product = new ProductQuantizer(2, 2, 4, CODEWORDS);
        IvfQuantizer quantizer = new IvfQuantizer(Metric.INNER_PRODUCT, List.of(), CENTROIDS, product, true);
        byte[][] codes = {{0x21, 0x43}, {}, {0x65}};
        long[][] ids = {{7, -8}, {}, {1L << 40}};
        FileBytes expected = new FileBytes().index("IwPQ", 2, 3, 0).int64(3, IvfExample.PROBES);
        centroids(expected, 0, 3).int8(0).int64(0); // no direct map
        expected.int8(1).int64(1); // by residual, bytes of a code
        expected.int64(2, 2, 4, 32).floats(CODEWORDS);
        expected.text("ilar").int64(3, 1).text("full").int64(3, 2, 0, 1);
        expected.int8(0x21, 0x43).int64(7, -8).int8(0x65).int64(1L << 40);
        assertArrayEquals(expected.bytes(), written(quantizer, codes, ids, false));
    }

    @Test
    void blocksFollowTheirIds() throws IOException {
        ProductQuantizer product =
                new ProductQuantizer(2, 1, 4, Examples.gaussian(16, 2, 1, 4).values());
        IvfQuantizer quantizer = new IvfQuantizer(Metric.L2, List.of(), CENTROIDS, product, false);
        FileBytes expected = new FileBytes().index("IwPf", 2, 2, 1).int64(3, IvfExample.PROBES);
        centroids(expected, 1, 3).int8(0).int64(0);
        expected.int8(0).int64(1).int32(32).int64(2).int32(0).int64(0);
        expected.int64(2, 1, 4, 32).floats(product.codebook(0).values());
        expected.text("ilbl").int64(3, -1, 32, 32);
        expected.int64(0, 0);
        expected.int64(2, 4, 9, 32).int8(5, 0, 3).fill(29); // the second code is byte 2's
        expected.int64(0, 0);
        byte[][] codes = {{}, {5, 3}, {}};
        assertArrayEquals(expected.bytes(), written(quantizer, codes, new long[][] {{}, {4, 9}, {}}, true));
    }

    @Test
    void transformsAndSparseListsOfVectors() throws IOException {
        List<VectorTransform> transforms = List.of(
                new Normalization(3),
                AffineTransform.translation(new float[] {1, 0, -2}),
                new AffineTransform(2, 3, new float[] {1, 2, 3, 4, 5, 6}, new float[] {7, 8}));
        IvfQuantizer quantizer = new IvfQuantizer(Metric.L2, transforms, CENTROIDS, null, false);
        FileBytes expected = new FileBytes().index("IxPT", 3, 1, 1).int32(3);
        expected.text("VNrm").floats(2).int32(3).int32(3).int8(1);
        expected.text("VCnt").int64(3).floats(-1, 0, 2).int32(3).int32(3).int8(1);
        expected.text("LTra").int8(1).int64(6).floats(1, 2, 3, 4, 5, 6).int64(2).floats(7, 8);
        expected.int32(3).int32(2).int8(1);
        expected.index("IwFl", 2, 1, 1).int64(3, IvfExample.PROBES);
        centroids(expected, 1, 3).int8(0).int64(0);
        expected.text("ilar")
                .int64(3, 8)
                .text("sprs")
                .int64(2, 1, 1)
                .floats(0, 1)
                .int64(9);
        byte[] vector = new FileBytes().floats(0, 1).bytes();
        byte[][] codes = {{}, vector, {}};
        assertArrayEquals(expected.bytes(), written(quantizer, codes, new long[][] {{}, {9}, {}}, false));
    }

    @Test
    void normsFollowResidualCodes() throws IOException {
        FloatMatrix first = new FloatMatrix(2, 2, new float[] {1, 0, 0, 2});
        IvfQuantizer quantizer =
                new IvfQuantizer(Metric.L2, List.of(), CENTROIDS, new ResidualQuantizer(List.of(first), 5), true);
        FileBytes expected = new FileBytes().index("IwRQ", 2, 1, 1).int64(3, IvfExample.PROBES);
        centroids(expected, 1, 3).int8(0).int64(0);
        expected.int64(5, 2, 1, 1, 1).int8(1).int64(4).floats(1, 0, 0, 2); // bytes of a code; d, M, bits
        expected.int32(3).floats(0, 0).int32(2048).int32(5); // search type, range of norms, training, beam
        expected.int8(1).int32(0);
        expected.text("ilar").int64(3, 5).text("sprs").int64(2, 2, 1);
        long code = 1 | (long) Float.floatToRawIntBits(4) << 1;
        for (int i = 0; i < 5; i++) {
            expected.int8((int) (code >>> (8 * i)));
        }
        expected.int64(6);
        assertArrayEquals(
                expected.bytes(), written(quantizer, new byte[][] {{}, {}, {1}}, new long[][] {{}, {}, {6}}, false));
    }

    /** What others may have written: a map from ids to places, lists of an id map, no lists at all. */
    @Test
    void whatFaissCanWriteIsOpened() throws IOException {
        FileBytes mapped =
                new FileBytes().index("IxMp", 2, 2, 1).index("IwFl", 2, 2, 1).int64(3, 99);
        centroids(mapped, 1, 3).int8(2).int64(1, 77).int64(1, 5, 6); // a hash table
        mapped.text("ilar").int64(3, 8).text("full").int64(3, 1, 1, 0);
        mapped.floats(1, 1).int64(1).floats(2, 2).int64(0).int64(2, 500, 600);
        try (MappedIndex index = map(mapped)) {
            assertArrayEquals(new long[] {600, 500}, IvfExample.ids(index.lists(), 2));
            assertArrayEquals(new float[] {1, 1, 2, 2}, IvfExample.decoded(index.quantizer(), index.lists(), 2));
            assertEquals(3, index.probes(), "no more than there are lists");
            assertEquals("IwFl", index.type());
        }
        try (MappedIndex index = map(header(new FileBytes(), "IwFl", 0, 1).text("il00"))) {
            assertEquals(3, index.lists().lists());
            assertEquals(0, index.lists().size(2));
        }
    }

    @Test
    void idsOutsideOfTheirMapAreCorrupt() throws IOException {
        FileBytes bytes = header(new FileBytes().index("IxM2", 2, 1, 1), "IwFl", 1, 1);
        bytes.text("ilar")
                .int64(3, 8)
                .text("sprs")
                .int64(2, 0, 1)
                .floats(1, 1)
                .int64(1)
                .int64(1, 500);
        try (MappedIndex index = map(bytes)) {
            CorruptFileException e =
                    assertThrows(CorruptFileException.class, () -> index.lists().ids(0, 0, 1, new long[1]));
            assertEquals("a list holds id 1, but the map of ids has 1", e.reason());
        }
    }

    /** Norms of 4 bits become what faiss takes them for, no norms what codes decode to. */
    @Test
    void otherNormsBecomeFloats() throws IOException {
        try (MappedIndex index = map(additive(5, -1, 7, 2, 0b1111_1101, 0b0000_0000))) {
            assertArrayEquals(new float[] {-1 + 15.5f / 2, -1 + 0.25f}, norms(index));
        }
        try (MappedIndex index = map(additive(0, Float.NaN, Float.NaN, 2, 1, 2))) {
            assertArrayEquals(new float[] {25, 36}, norms(index));
        }
        assertCorrupt(
                () -> map(additive(5, 0, Float.NaN, 2, 1, 2)),
                "norms of 4 bits are from 0.0 to NaN: they should be finite");
    }

    private static FileBytes additive(int searchType, float least, float greatest, int count, int... codes) {
        return new FileBytes()
                .index("IxRq", 1, count, 1)
                .int64(1, 1, 1, 2)
                .int8(1)
                .int64(4)
                .floats(4, 5, 6, 7)
                .int32(searchType)
                .floats(least, greatest)
                .int32(0)
                .int32(1)
                .int64(1, count)
                .int8(codes);
    }

    private static float[] norms(MappedIndex index) {
        NormFormat format = assertInstanceOf(NormFormat.class, index.lists().format());
        byte[] codes = new byte[(int) format.bytes(2)];
        index.lists().codes(0, 0, 2, codes);
        float[] norms = new float[2];
        format.norms(codes, 0, 2, norms, 0);
        return norms;
    }

    private interface Opening {
        MappedIndex open() throws IOException;
    }

    private static void assertCorrupt(Opening opening, String reason) {
        assertEquals(
                reason, assertThrows(CorruptFileException.class, opening::open).reason());
    }

    private void assertCorrupt(FileBytes bytes, String reason) {
        assertCorrupt(() -> map(bytes), reason);
    }

    private void assertUnsupported(FileBytes bytes, String what) {
        NsvqException e = assertThrows(NsvqException.class, () -> map(bytes));
        assertFalse(e instanceof CorruptFileException, e.getMessage());
        assertTrue(e.getMessage().contains(" holds " + what), e.getMessage());
    }

    private static FileBytes lists(Consumer<FileBytes> lists) {
        FileBytes bytes = header(new FileBytes(), "IwFl", 2, 1);
        lists.accept(bytes);
        return bytes.fill(64);
    }

    private static FileBytes sizes(String type, long... values) {
        return lists(bytes ->
                bytes.text("ilar").int64(3, 8).text(type).int64(values.length).int64(values));
    }

    @Test
    void namesWhatIsWrongWithLists() {
        assertCorrupt(sizes("full", 1, 2, 0), "the lists have 3 vectors, there should be 2");
        assertCorrupt(sizes("full", 3, -1, 0), "a list has -1 vectors, it should have 0 or more");
        assertCorrupt(sizes("full", 1, 1), "there are 2 sizes of lists, there should be 3");
        assertCorrupt(sizes("sprs", 0, 1, 0, 1), "a list has number 0, it should be from 1 to 2");
        assertCorrupt(sizes("sprs", 3, 2), "a list has number 3, it should be from 0 to 2");
        assertCorrupt(
                sizes("sprs", 0, 1, 2),
                "there are 3 numbers and sizes of lists, there should be 2 for each of at most 3 lists");
        assertCorrupt(sizes("what", 1), "the type of lists' sizes is 'what', it should be full or sprs");
        assertCorrupt(lists(bytes -> bytes.text("ilar").int64(4, 8)), "the number of lists is 4, it should be 3");
        assertCorrupt(lists(bytes -> bytes.text("ilar").int64(3, 4)), "the bytes of a code is 4, it should be 8");
        assertCorrupt(lists(bytes -> bytes.text("no l")), "the type of lists is 'no l', it should be ilar");
        assertCorrupt(lists(bytes -> bytes.text("il00")), "the lists have 0 vectors, there should be 2");
        assertUnsupported(lists(bytes -> bytes.text("ilod")), "lists of type 'ilod'");
        assertUnsupported(sizes("full", 1L << 31, 0, 0), "a list of 2147483648 vectors");
        CorruptFileException e =
                assertThrows(CorruptFileException.class, () -> map(sizes("full", 0, 0, Integer.MAX_VALUE)));
        assertTrue(e.reason().startsWith("truncated: the codes of a list should end at byte 1717986"), e.reason());
    }

    @Test
    void namesWhatIsWrongWithCentroids() {
        assertCorrupt(
                centroids(new FileBytes().index("IwFl", 2, 0, 1).int64(4, 1), 1, 3),
                "there are 3 vectors, there should be 4");
        assertCorrupt(
                new FileBytes().index("IwFl", 2, 0, 1).int64(0, 1), "there are 0 lists, there should be 1 or more");
        assertCorrupt(
                new FileBytes().index("IwFl", 2, 0, 1).int64(3, 0),
                "a search looks at 0 lists, it should be 1 or more");
        assertCorrupt(
                new FileBytes().index("IwFl", 2, 0, 1).int64(3, 1).index("IxF2", 5, 3, 1),
                "the dimension is 5, it should be 2");
        assertCorrupt(
                new FileBytes().index("IwFl", 2, 0, 1).int64(3, 1).index("IxFI", 2, 3, 1),
                "the metric is 1, it should be 0");
        assertCorrupt(
                centroids(new FileBytes().index("IwFl", 2, 0, 1).int64(3, 1), 1, 3)
                        .int8(3),
                "the type of the map from ids to places is 3, it should be 0, 1 or 2");
        assertUnsupported(
                new FileBytes().index("IwFl", 2, 0, 1).int64(3, 1).index("ImRQ", 2, 3, 1),
                "centroids in an index of type ResidualCoarseQuantizer (ImRQ), which is not supported; supported is"
                        + " IxF2, IxFI, and IHNf around them");
        assertCorrupt(new FileBytes().index("IxFI", 2, 0, 1), "an index of type IxFI has metric 1, it should be 0");
    }

    /** Of a scalar quantizer without codes: a type, rows of 2 dimensions, bytes of a code and ranges. */
    private static FileBytes scalar(int type, int codeSize, int values) {
        return new FileBytes()
                .index("IxSQ", 2, 0, 1)
                .int32(type)
                .int32(0)
                .floats(0)
                .int64(2, codeSize, values)
                .floats(new float[values]);
    }

    @Test
    void namesWhatIsWrongWithScalarCodes() {
        String supported = ", which is not supported; supported is QT_8bit, QT_4bit, QT_8bit_uniform,"
                + " QT_4bit_uniform, QT_fp16, QT_6bit, QT_bf16";
        assertUnsupported(scalar(5, 2, 0), "scalar codes of type QT_8bit_direct" + supported);
        assertUnsupported(scalar(8, 2, 0), "scalar codes of type QT_8bit_direct_signed");
        assertUnsupported(scalar(9, 0, 0), "scalar codes of type QT_0bit");
        assertUnsupported(scalar(14, 2, 0), "scalar codes of type QT_8bit_tqmse");
        assertUnsupported(scalar(26, 2, 0), "scalar codes of type QT_8bit_eden");
        assertCorrupt(scalar(27, 2, 0), "the type of scalar codes is 27, it should be from 0 to 26");
        assertCorrupt(scalar(-1, 2, 0), "the type of scalar codes is -1, it should be from 0 to 26");
        assertCorrupt(scalar(0, 2, 2), "there are 2 values of the ranges, there should be 4");
        assertCorrupt(scalar(4, 2, 0).int64(0), "the bytes of a code is 2, it should be 4");
        assertCorrupt(scalar(1, 1, 4), "truncated: the number of bytes of codes should end at byte 97");
    }

    @Test
    void namesWhatIsWrongWithTransforms() {
        FileBytes nested = new FileBytes();
        for (int i = 0; i < 60; i++) {
            nested.index("IxPT", 2, 0, 1).int32(0);
        }
        assertCorrupt(nested, "more than 50 indexes are nested in one another");
        assertCorrupt(
                new FileBytes()
                        .index("IxPT", 2, 0, 1)
                        .int32(1)
                        .text("LTra")
                        .int8(0)
                        .int64(3)
                        .fill(99),
                "the transform has 3 values, there should be 2 for each of 1 to 1048576 dimensions that it gives");
        FileBytes negative = new FileBytes().index("IxPT", 2, 0, 1).int32(-1);
        assertCorrupt(negative, "there are -1 transforms, there should be 0 or more");
        assertUnsupported(new FileBytes().index("IxPT", 2, 0, 1).int32(65), "a chain of 65 transforms");
        assertUnsupported(
                new FileBytes().index("IxPT", 2, 0, 1).int32(1).text("RmDT"),
                "a transform of type RemapDimensionsTransform (RmDT)");
        assertUnsupported(
                new FileBytes().index("IxPT", 2, 0, 1).int32(1).text("Viqt"),
                "a transform of type ITQTransform (Viqt)");
        FileBytes norm =
                new FileBytes().index("IxPT", 2, 0, 1).int32(1).text("VNrm").floats(1);
        assertUnsupported(norm, "a normalization by norm 1.0");
        assertCorrupt(
                new FileBytes()
                        .index("IxPT", 2, 0, 1)
                        .int32(1)
                        .text("VNrm")
                        .floats(2)
                        .int32(3),
                "the dimension that the transform takes is 3, it should be 2");
    }

    @Test
    void filesThatAreCutOffAreCorrupt() throws IOException {
        Map<String, IvfExample> examples = IvfExample.all();
        for (String name : List.of("PQ3x4r-L2-fs", "L2norm,R,RQ-oddr-L2", "Flat-INNER_PRODUCT", "sparse")) {
            byte[] whole = examples.get(name).write();
            for (int length = 0; length < whole.length; length += length < 400 ? 1 : 29) {
                Path file = directory.resolve(name + length);
                Files.write(file, Arrays.copyOf(whole, length));
                CorruptFileException e =
                        assertThrows(CorruptFileException.class, () -> FaissFiles.map(file), name + " of " + length);
                assertEquals(length, e.offset());
                Files.delete(file);
            }
        }
    }
}
