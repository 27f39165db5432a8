package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Files that are cut off, contradict themselves, or hold what is not read. */
class FaissCorruptTest {
    /** Four dimensions, two parts of 4 bits, two codes. */
    private static FileBytes product(FileBytes bytes, int d, int parts, long bits) {
        return bytes.index("IxPq", 4, 2, 1)
                .int64(d, parts, bits, 64)
                .fill(64 * 4)
                .int64(2)
                .int8(0x21, 0x43)
                .int32(0)
                .int8(0)
                .int32(9);
    }

    private static FileBytes product() {
        return product(new FileBytes(), 4, 2, 4);
    }

    private static FileBytes withIds() {
        return product(new FileBytes().index("IxMp", 4, 2, 1), 4, 2, 4).int64(2, 7, 8);
    }

    private static FileBytes transform(FileBytes bytes, String type, int bias, float... matrix) {
        return bytes.index("IxPT", 4, 2, 1)
                .int32(1)
                .text(type)
                .int8(bias)
                .int64(matrix.length)
                .floats(matrix)
                .int64(0)
                .int32(4)
                .int32(4)
                .int8(1);
    }

    private static final float[] SWAP = {0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};

    private static FileBytes rotated() {
        return product(transform(new FileBytes(), "rrot", 0, SWAP), 4, 2, 4);
    }

    private static FileBytes additive(FileBytes bytes, String type) {
        return bytes.index(type, 1, 2, 0)
                .int64(1, 2, 2, 1, 2) // d, M, the bits of each
                .int8(1)
                .int64(6)
                .floats(1, 2, 3, 4, 5, 6)
                .int32(0) // search type
                .floats(0, 0);
    }

    private static FileBytes residual() {
        return additive(new FileBytes().index("IxM2", 1, 2, 0), "IxRq")
                .int32(0)
                .int32(5)
                .int64(1, 2)
                .int8(7, 2)
                .int64(2, 5, 6);
    }

    private static FileBytes localSearch() {
        return additive(new FileBytes(), "IxLS")
                .int64(4, 25, 16, 8, 3)
                .floats(0.5f, 0.01f)
                .int64(10000)
                .int32(0x12345)
                .int64(4)
                .int8(1)
                .int64(1, 2)
                .int8(7, 2);
    }

    /** Ids inside the rotation: no index that spark-nsvq writes, but one that faiss can make. */
    private static FileBytes rotatedWithIds() {
        FileBytes bytes = transform(new FileBytes(), "LTra", 0, SWAP).index("IxM2", 4, 2, 1);
        return product(bytes, 4, 2, 4).int64(2, 7, 8);
    }

    private static Map<String, FileBytes> files() {
        Map<String, FileBytes> files = new LinkedHashMap<>();
        files.put("product", product());
        files.put("with ids", withIds());
        files.put("rotated", rotated());
        files.put("rotated with ids", rotatedWithIds());
        files.put("residual", residual());
        files.put("local search", localSearch());
        return files;
    }

    @Test
    void wholeFilesAreRead() throws IOException {
        for (Map.Entry<String, FileBytes> entry : files().entrySet()) {
            FaissContent content = Examples.read(entry.getValue().bytes());
            assertEquals(2, content.index().count(), entry.getKey());
            content.index().quantizer().decode(content.codes(), 2);
        }
        assertArrayEquals(
                new long[] {7, 8}, Examples.read(rotatedWithIds().bytes()).ids());
        AdditiveQuantizer quantizer = assertInstanceOf(
                AdditiveQuantizer.class,
                Examples.read(localSearch().bytes()).index().quantizer());
        assertEquals(3, quantizer.polishRounds());
        assertEquals(2 + 6, quantizer.decode(new byte[] {7}, 1).get(0, 0));
    }

    @Test
    void filesThatAreCutOffAreCorrupt() {
        files().forEach((name, file) -> {
            byte[] bytes = file.bytes();
            for (int length = 0; length < bytes.length; length++) {
                byte[] some = Arrays.copyOf(bytes, length);
                CorruptFileException e =
                        assertThrows(CorruptFileException.class, () -> Examples.read(some), name + " of " + length);
                assertEquals(length, e.offset());
                assertEquals("a.faiss", e.file());
                assertTrue(e.reason().startsWith("truncated: "), e.reason());
            }
        });
    }

    /** The file gets shorter while it is read; the ids at its end are not. */
    @Test
    void streamsThatEndTooEarlyAreCorrupt() throws IOException {
        byte[] bytes = withIds().bytes();
        int ids = 2 * Long.BYTES;
        for (int length = 0; length < bytes.length - ids; length++) {
            ByteArrayInputStream in = new ByteArrayInputStream(bytes, 0, length);
            CorruptFileException e =
                    assertThrows(CorruptFileException.class, () -> FaissFiles.outline(in, bytes.length, "a"));
            assertEquals(length, e.offset());
            assertTrue(e.reason().startsWith("the file ends here, amid "), e.reason());
        }
        FaissOutline outline = FaissFiles.outline(new ByteArrayInputStream(bytes), bytes.length, "a");
        assertEquals(2, outline.count());
        assertEquals("IxPq", outline.type());
    }

    /** faiss reads past bytes after the index; they are a sign that something went wrong. */
    @Test
    void whatFollowsIsCorrupt() throws IOException {
        for (FileBytes file : files().values()) {
            byte[] bytes = file.bytes();
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 9);
            CorruptFileException e = assertThrows(CorruptFileException.class, () -> Examples.read(longer));
            assertEquals(bytes.length, e.offset());
            assertEquals("the index ends here, but 9 bytes follow", e.reason());
            assertThrows(
                    CorruptFileException.class,
                    () -> FaissFiles.outline(new ByteArrayInputStream(longer), longer.length, "a"));
        }
    }

    /** Whatever stands in a field: an NsvqException or some index, and no array larger than the file. */
    @Test
    void noFieldCanDoHarm() throws IOException {
        int[] outcomes = new int[2];
        for (FileBytes file : files().values()) {
            byte[] bytes = file.bytes();
            for (int start : file.starts()) {
                for (int size : new int[] {1, 4, 8}) {
                    for (int with : new int[] {0, 1, 0x7F, 0x80, 0xFF}) {
                        byte[] bad = bytes.clone();
                        int end = Math.min(bad.length, start + size);
                        Arrays.fill(bad, start, end, (byte) with);
                        outcomes[survives(bad) ? 1 : 0]++;
                        Arrays.fill(bad, start, end - 1, (byte) 0); // the highest byte alone
                        outcomes[survives(bad) ? 1 : 0]++;
                    }
                }
            }
        }
        assertTrue(outcomes[0] > 1000 && outcomes[1] > 1000, "both happen: " + Arrays.toString(outcomes));
    }

    /** Whether a file is read; it may be refused only by an error that names it. */
    private static boolean survives(byte[] file) throws IOException {
        try {
            FaissContent content = Examples.read(file);
            assertTrue(content.codes().length <= file.length);
            return true;
        } catch (NsvqException e) {
            assertTrue(e.getMessage().startsWith("a.faiss "), e.getMessage());
            return false;
        }
    }

    private static void assertCorrupt(FileBytes file, long offset, String reason) {
        CorruptFileException e = assertThrows(CorruptFileException.class, () -> Examples.read(file.bytes()));
        assertEquals(reason, e.reason());
        assertEquals(offset, e.offset());
    }

    @Test
    void namesWhatIsWrong() {
        assertCorrupt(
                new FileBytes().text("xwF\u0001").fill(99),
                0,
                "an index of type 'xwF?' is not known: there are IwFl, IwPQ, IwPf, IwRQ, IwLS, IwSq, IxF2, IxFI,"
                        + " IxPq, IPfs, IxRq, IxLS, IxSQ, and around them IxPT, IxMp, IxM2, IxRF");
        FileBytes flat = new FileBytes().index("IxPq", 0, 2, 1);
        assertCorrupt(flat, 4, "the dimension is 0, it should be from 1 to 1048576");
        assertCorrupt(new FileBytes().index("IxPq", 4, -1, 1), 8, "there are -1 vectors, there should be 0 or more");
        assertCorrupt(
                product(new FileBytes().index("IxMp", 5, 2, 1), 4, 2, 4), 41, "the dimension is 4, it should be 5");
        FileBytes three = product(new FileBytes().index("IxMp", 4, 3, 1), 4, 2, 4);
        assertCorrupt(three, 45, "there are 2 vectors, there should be 3");
        FileBytes inner = product(new FileBytes().index("IxMp", 4, 2, 0), 4, 2, 4);
        assertCorrupt(inner, 70, "the metric is 1, it should be 0");
        assertCorrupt(new FileBytes().index("IxPq", 4, 2, 99), 33, "the metric is 99, it should be 0 or 1");
        assertCorrupt(
                new FileBytes().text("IxPq").int32(4).int64(2, 0, 0).int8(2),
                32,
                "whether the index is trained is 2: it should be 0 or 1");
        assertCorrupt(
                product(new FileBytes(), 5, 2, 4), 37, "the dimension of the product quantizer is 5, it should be 4");
        FileBytes parts = product(new FileBytes(), 4, 3, 4);
        assertCorrupt(parts, 45, "there are 3 parts, their number should divide the dimension 4");
        assertCorrupt(product(new FileBytes(), 4, 2, 60), 53, "an index has 60 bits, it should have 1 to 24");
        assertCorrupt(
                product(new FileBytes(), 4, 2, 5), 61, "there are 64 values of the codebooks, there should be 128");
        assertCorrupt(
                new FileBytes()
                        .index("IxPq", 4, Long.MAX_VALUE, 1)
                        .int64(4, 2, 4, 64)
                        .fill(64 * 4)
                        .fill(20),
                345,
                "truncated: the codes should be 9223372036854775807 of 1 bytes");
        assertCorrupt(
                product(new FileBytes().index("IxMp", 4, 2, 1).index("IxM2", 4, 2, 1), 4, 2, 4),
                37,
                "ids of ids: there should be one map of ids at most");
        assertCorrupt(
                transform(new FileBytes(), "LTra", 7, SWAP),
                45,
                "whether the transform has a bias is 7: it should be 0 or 1");
        assertCorrupt(
                new FileBytes()
                        .index("IxPT", 4, 2, 1)
                        .int32(1)
                        .text("LTra")
                        .int8(0)
                        .int64(1L << 60),
                54,
                "truncated: the values of the transform should end at byte 4611686018427387958");
    }

    @Test
    void namesValuesThatAreNotFinite() {
        float[] bad = SWAP.clone();
        bad[5] = Float.NaN;
        assertCorrupt(
                transform(new FileBytes(), "LTra", 0, bad),
                54 + 5 * 4,
                "value 5 of the values of the transform is NaN: it should be finite");
        FileBytes file = new FileBytes()
                .index("IxRq", 1, 0, 0)
                .int64(1, 1, 1, 1)
                .int8(1)
                .int64(2)
                .floats(1, Float.NEGATIVE_INFINITY);
        assertCorrupt(file, 82, "value 1 of the values of a codebook is -Infinity: it should be finite");
    }

    private static FileBytes residual(long levels, long bits, int searchType, int beam, long codeSize) {
        return new FileBytes()
                .index("IxRq", 1, 1, 0)
                .int64(1, levels, 1, bits)
                .int8(1)
                .int64(2)
                .floats(1, 2)
                .int32(searchType)
                .floats(0, 0)
                .int32(0)
                .int32(beam)
                .int64(codeSize, 1)
                .int8(1);
    }

    @Test
    void namesWhatIsWrongWithCodebooksThatAreAddedUp() throws IOException {
        assertEquals(1, Examples.read(residual(1, 1, 0, 1, 1).bytes()).index().count());
        assertCorrupt(residual(0, 1, 0, 1, 1), 45, "there are 0 codebooks, there should be 1 or more");
        assertCorrupt(residual(2, 1, 0, 1, 1), 53, "there are 1 codebooks' bits, there should be 2");
        assertCorrupt(residual(1, 0, 0, 1, 1), 61, "an index has 0 bits, it should have 1 to 24");
        assertCorrupt(residual(1, 2, 0, 1, 1), 70, "there are 2 values of the codebooks, there should be 4");
        assertCorrupt(residual(1, 1, -1, 1, 1), 86, "the search type is -1, it should be from 0 to 5");
        assertCorrupt(residual(1, 1, 0, 0, 1), 102, "the beam is 0, it should be 1 or more");
        assertCorrupt(residual(1, 1, 0, 1, 2), 106, "the bytes of a code is 2, it should be 1");
        assertCorrupt(residual(1, 1, 3, 1, 1), 106, "the bytes of a code is 1, it should be 5");
    }

    @Test
    void namesWhatComesAfterTheCodes() {
        assertCorrupt(
                product(new FileBytes().index("IxMp", 4, 2, 1), 4, 2, 4).int64(3, 7, 8, 9),
                withIds().bytes().length - 24,
                "there are 3 ids, there should be 2");
    }

    private static void assertUnsupported(FileBytes file, String message) {
        NsvqException e = assertThrows(NsvqException.class, () -> Examples.read(file.bytes()));
        assertFalse(e instanceof CorruptFileException, e.getMessage());
        assertEquals("a.faiss holds " + message, e.getMessage());
    }

    private static FileBytes edited(FileBytes file, UnaryOperator<byte[]> edit) {
        byte[] bytes = edit.apply(file.bytes());
        FileBytes edited = new FileBytes();
        for (byte value : bytes) {
            edited.int8(value);
        }
        return edited;
    }

    @Test
    void namesWhatIsNotRead() {
        assertUnsupported(
                new FileBytes().index("IxPq", 4, 2, 2),
                "an index of metric 2 (L1), which is not supported; supported is 0 (inner product) and 1 (L2)");
        FileBytes narrow = product(new FileBytes(), 4, 2, 3);
        assertUnsupported(narrow, "codebooks of 3 bits, which is not supported; supported is 4 to 16");
        assertUnsupported(
                product(new FileBytes(), 4, 2, 17),
                "codebooks of 17 bits, which is not supported; supported is 4 to 16");
        assertUnsupported(
                residual(1, 1, 6, 1, 1), "an index of search type 6, which is not supported; supported is 0 to 5");
        assertUnsupported(
                new FileBytes().index("IxF2", 4, 0, 1).int64(0),
                "an index of type 'IxF2', which is not supported; supported is IxPq, IxRq, IxLS, IxSQ, and around"
                        + " them IxPT, IxMp, IxM2");
        assertUnsupported(
                product(transform(transform(new FileBytes(), "LTra", 0, SWAP), "LTra", 0, SWAP), 4, 2, 4),
                "a chain of 2 transforms, which is not supported; supported is one rotation");
        assertUnsupported(
                product(
                        new FileBytes()
                                .index("IxPT", 4, 2, 1)
                                .int32(1)
                                .text("VNrm")
                                .floats(2)
                                .int32(4)
                                .int32(4)
                                .int8(1),
                        4,
                        2,
                        4),
                "a transform that is no rotation, which is not supported; supported is one rotation");
        assertUnsupported(
                edited(product(), bytes -> {
                    bytes[32] = 0;
                    return bytes;
                }),
                "an index that is not trained, which is not supported; supported is one that is");
        float[] stretched = SWAP.clone();
        stretched[1] = 2;
        assertUnsupported(
                product(transform(new FileBytes(), "LTra", 0, stretched), 4, 2, 4),
                "a transform that is no rotation, which is not supported; supported is one rotation");
    }
}
