package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaissRoundTripTest {
    @TempDir
    private Path directory;

    private static void assertSameIndex(FaissContent expected, FaissContent actual) {
        FaissIndex index = expected.index();
        assertEquals(index.metric(), actual.index().metric());
        assertEquals(index.count(), actual.index().count());
        assertEquals(index.hasIds(), actual.index().hasIds());
        Quantizer quantizer = actual.index().quantizer();
        assertEquals(index.quantizer().codeBits(), quantizer.codeBits());
        assertArrayEquals(expected.codes(), actual.codes());
        assertArrayEquals(expected.ids(), actual.ids());
        int count = (int) index.count();
        assertArrayEquals(
                index.quantizer().decode(expected.codes(), count).values(),
                quantizer.decode(actual.codes(), count).values());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 700})
    void everyKindComesBack(int count) throws IOException {
        for (Quantizer quantizer : Examples.quantizers().values()) {
            for (Metric metric : Metric.values()) {
                for (boolean hasIds : new boolean[] {false, true}) {
                    FaissContent content = Examples.content(quantizer, metric, count, hasIds);
                    assertSameIndex(content, Examples.read(Examples.write(content)));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void productsOfAllWidthsComeBack(int bits) throws IOException {
        FaissContent content = Examples.content(Examples.product(6, 3, bits), Metric.L2, 50, false);
        FaissContent read = Examples.read(Examples.write(content));
        assertSameIndex(content, read);
        ProductQuantizer quantizer =
                assertInstanceOf(ProductQuantizer.class, read.index().quantizer());
        assertEquals(3, quantizer.parts());
        assertArrayEquals(
                ((ProductQuantizer) content.index().quantizer()).codebook(2).values(),
                quantizer.codebook(2).values());
    }

    @Test
    void rotationsAndBeamsComeBack() throws IOException {
        Rotation rotation = Rotation.random(5, 3);
        ResidualQuantizer inner = new ResidualQuantizer(Examples.codebooks(5, 8, 8), 6);
        FaissContent content = Examples.content(new RotatedQuantizer(rotation, inner), Metric.L2, 9, true);
        Quantizer read = Examples.read(Examples.write(content)).index().quantizer();
        RotatedQuantizer rotated = assertInstanceOf(RotatedQuantizer.class, read);
        assertArrayEquals(
                rotation.matrix().values(), rotated.rotation().matrix().values());
        assertEquals(
                6, assertInstanceOf(ResidualQuantizer.class, rotated.inner()).beam());
    }

    /** Any number of blocks, each written by itself, is the file that one block would be. */
    @Test
    void partsMakeTheSameFile() throws IOException {
        for (Quantizer quantizer : Examples.quantizers().values()) {
            FaissContent content = Examples.content(quantizer, Metric.L2, 100, true);
            FaissWriter writer = new FaissWriter(content.index());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            writer.writeHeader(out);
            int header = out.size();
            for (int from = 0; from < 100; from += 30) {
                int n = Math.min(30, 100 - from);
                writer.writeCodes(content.codes(), from * quantizer.codeSize(), n, out);
            }
            assertEquals(header + 100 * writer.codeSize(), out.size());
            writer.writeTrailer(out);
            for (int from = 0; from < 100; from += 40) {
                writer.writeIds(content.ids(), from, Math.min(40, 100 - from), out);
            }
            assertArrayEquals(Examples.write(content), out.toByteArray());
        }
    }

    @Test
    void filesComeBackAndAreNotOverwritten() throws IOException {
        Path file = directory.resolve("a.faiss");
        FaissContent content = Examples.content(Examples.product(4, 2, 5), Metric.L2, 12, false);
        FaissFiles.write(file, content);
        FaissContent read = FaissFiles.read(file);
        assertSameIndex(content, read);
        assertNull(read.ids());
        assertEquals("cannot write " + file + ": it exists already", refusal(file, content));
        Path missing = directory.resolve("missing.faiss");
        assertEquals(
                "cannot read " + missing + ": there is no such file or directory",
                assertThrows(NsvqException.class, () -> FaissFiles.read(missing))
                        .getMessage());
    }

    private static String refusal(Path file, FaissContent content) {
        return assertThrows(NsvqException.class, () -> FaissFiles.write(file, content))
                .getMessage();
    }

    @Test
    void refusesOtherNumbersOfCodesAndIds() throws IOException {
        Path file = directory.resolve("a.faiss");
        Quantizer quantizer = Examples.product(4, 2, 5);
        FaissIndex index = new FaissIndex(quantizer, Metric.L2, 2, false);
        assertEquals(
                "cannot write " + file + ": 5 bytes are not the 2 codes of 2 bytes that the index has",
                refusal(file, new FaissContent(index, new byte[5], null)));
        assertEquals(
                "cannot write " + file + ": there are 1 ids for 2 codes, of an index without ids",
                refusal(file, new FaissContent(index, new byte[4], new long[1])));
        FaissIndex withIds = new FaissIndex(quantizer, Metric.L2, 2, true);
        assertEquals(
                "cannot write " + file + ": there are 0 ids for 2 codes, of an index with ids",
                refusal(file, new FaissContent(withIds, new byte[4], null)));
        assertTrue(Files.notExists(file));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> new FaissWriter(index).writeCodes(new byte[4], 1, 2, new ByteArrayOutputStream()));
        assertEquals(
                "an index cannot have -1 codes",
                assertThrows(NsvqException.class, () -> new FaissIndex(quantizer, Metric.L2, -1, false))
                        .getMessage());
    }

    private static String refusal(Quantizer quantizer, long count) {
        FaissIndex index = new FaissIndex(quantizer, Metric.L2, count, false);
        return assertThrows(NsvqException.class, () -> new FaissWriter(index)).getMessage();
    }

    @Test
    void refusesWhatFaissHasNoIndexFor() {
        Rotation rotation = Rotation.identity(4);
        Quantizer twice = new RotatedQuantizer(rotation, new RotatedQuantizer(rotation, Examples.product(4, 2, 4)));
        assertEquals(
                "a RotatedQuantizer cannot be written for FAISS: it should be a product, scalar, residual, additive"
                        + " or vector quantizer, with at most one rotation around it",
                refusal(twice, 1));
        assertEquals(
                "a codebook of 65537 codewords cannot be written for FAISS: it should have at most 65536",
                refusal(new VectorQuantizer(new FloatMatrix(65537, 1, new float[65537])), 1));
        assertEquals(
                Long.MAX_VALUE
                        + " codes of dimension 4, 1 bytes each, are too large for FAISS: it reads at most 1048576"
                        + " dimensions and 1099511627776 bytes",
                refusal(Examples.product(4, 2, 4), Long.MAX_VALUE));
    }

    /** An index that no codeword has would count as one once codebooks are filled up. */
    @Test
    void refusesCodesThatStandForNothing() {
        ResidualQuantizer quantizer = new ResidualQuantizer(Examples.codebooks(2, 3), 1);
        FaissWriter writer = new FaissWriter(new FaissIndex(quantizer, Metric.L2, 1, false));
        assertEquals(
                "a code holds index 3 of codebook 0, which has 3 codewords",
                assertThrows(
                                NsvqException.class,
                                () -> writer.writeCodes(new byte[] {3}, 0, 1, new ByteArrayOutputStream()))
                        .getMessage());
    }
}
