package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.BlockFormat;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.linalg.AffineTransform;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are written in parts and opened in place. */
class FaissMapTest {
    @TempDir
    private Path directory;

    private Path file(byte[] bytes) throws IOException {
        Path file = Files.createTempFile(directory, "a", ".faiss");
        Files.write(file, bytes);
        return file;
    }

    private static String type(IvfExample example) {
        Quantizer codes = example.quantizer().codes();
        if (codes instanceof ProductQuantizer) {
            return example.blocks() ? "IwPf" : "IwPQ";
        }
        return codes == null ? "IwFl" : codes instanceof ScalarQuantizer ? "IwSq" : "IwRQ";
    }

    @Test
    void everyKindComesBack() throws IOException {
        for (Map.Entry<String, IvfExample> entry : IvfExample.all().entrySet()) {
            IvfExample example = entry.getValue();
            Path file = file(example.write());
            for (int segmentBits : new int[] {6, 30}) {
                // segments of 64 bytes are more than a map has room for, if the file is long
                if (segmentBits == 6 && Files.size(file) > 20_000) {
                    continue;
                }
                try (MappedIndex index = FaissFiles.map(file, segmentBits)) {
                    assertSame(entry.getKey(), example, index);
                }
            }
        }
    }

    private static void assertSame(String name, IvfExample example, MappedIndex index) {
        IvfQuantizer expected = example.quantizer();
        IvfQuantizer quantizer = index.quantizer();
        int count = example.count();
        assertEquals(type(example), index.type(), name);
        assertEquals(count, index.count(), name);
        assertEquals(Math.min(IvfExample.PROBES, expected.lists()), index.probes(), name);
        assertEquals(expected.metric(), quantizer.metric(), name);
        assertEquals(expected.byResidual(), quantizer.byResidual(), name);
        assertEquals(expected.transforms().size(), quantizer.transforms().size(), name);
        assertArrayEquals(expected.centroids().values(), quantizer.centroids().values(), name);
        assertEquals(example.writer().format(), index.lists().format(), name);
        assertArrayEquals(IvfExample.ids(example.lists(), count), IvfExample.ids(index.lists(), count), name);
        float[] rows = IvfExample.decoded(expected, example.lists(), count);
        float[] mapped = IvfExample.decoded(quantizer, index.lists(), count);
        assertArrayEquals(rows, mapped, name);
        assertArrayEquals(expected.reverse(rows, count), quantizer.reverse(mapped, count), name);
    }

    @Test
    void listsAreReadInParts() throws IOException {
        Quantizer product = Examples.product(IvfExample.D, 3, 4);
        IvfExample example = IvfExample.of(Metric.L2, List.of(), product, true, 2, 150);
        for (IvfExample one : List.of(example, example.inBlocks())) {
            try (MappedIndex index = FaissFiles.map(file(one.write()), 6)) {
                InvertedLists lists = index.lists();
                ListFormat format = lists.format();
                int size = lists.size(1);
                assertTrue(size > 64, "a list that is longer than two blocks");
                byte[] all = new byte[(int) format.bytes(size)];
                lists.codes(1, 0, size, all);
                for (int from = 0; from < size; from += 32) {
                    int n = Math.min(32, size - from);
                    byte[] part = new byte[(int) format.bytes(n)];
                    lists.codes(1, from, n, part);
                    int at = (int) format.bytes(from);
                    assertArrayEquals(Arrays.copyOfRange(all, at, at + part.length), part);
                    long[] ids = new long[n + 1];
                    ids[n] = -5;
                    lists.ids(1, from, n, ids);
                    long[] expected = new long[n + 1];
                    one.lists().ids(1, from, n, expected);
                    expected[n] = -5;
                    assertArrayEquals(expected, ids);
                }
                assertThrows(IndexOutOfBoundsException.class, () -> lists.codes(1, 0, size + 1, new byte[9999]));
                assertThrows(IndexOutOfBoundsException.class, () -> lists.codes(1, 0, size, new byte[1]));
                assertThrows(IndexOutOfBoundsException.class, () -> lists.ids(1, -1, 1, new long[1]));
                assertThrows(IndexOutOfBoundsException.class, () -> lists.ids(1, 0, 2, new long[1]));
            }
        }
    }

    /** What several machines write is what one would. */
    @Test
    void partsMakeTheSameFile() throws IOException {
        for (IvfExample example : IvfExample.all().values()) {
            FaissIvfWriter writer = example.writer();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            writer.writeHeader(out);
            long length = out.size();
            for (int list = 0; list < example.lists().lists(); list++) {
                int size = example.lists().size(list);
                byte[] codes = IvfExample.packed(example.quantizer(), example.lists(), list);
                long[] ids = new long[size];
                example.lists().ids(list, 0, size, ids);
                writer.writeList(list, codes, ids, out);
                length += writer.listBytes(list);
                assertEquals(length, out.size());
            }
            assertEquals(example.count(), writer.count());
            assertArrayEquals(example.write(), out.toByteArray());
        }
    }

    @Test
    void mappedIndexesAreWrittenAgain() throws IOException {
        List<VectorTransform> transforms = List.of(
                AffineTransform.translation(Examples.gaussian(1, 20, 1, 3).values()),
                new AffineTransform(
                        IvfExample.D,
                        20,
                        Examples.gaussian(IvfExample.D, 20, 0.3, 4).values(),
                        new float[IvfExample.D]),
                Rotation.random(IvfExample.D, 2));
        FloatMatrix centroids = Examples.gaussian(5, IvfExample.D, 1, 8);
        for (boolean blocks : new boolean[] {false, true}) {
            Quantizer codes = Examples.product(IvfExample.D, 6, 4);
            IvfExample plain = IvfExample.of(Metric.L2, List.of(), codes, true, 5, 60);
            IvfQuantizer quantizer = new IvfQuantizer(Metric.L2, transforms, centroids, codes, true);
            byte[] bytes = new IvfExample(quantizer, plain.lists(), blocks).write();
            try (MappedIndex index = FaissFiles.map(file(bytes))) {
                assertEquals(20, index.quantizer().dimension());
                Path again = directory.resolve("again-" + blocks);
                FaissFiles.write(again, index.quantizer(), index.lists(), IvfExample.PROBES);
                assertArrayEquals(bytes, Files.readAllBytes(again));
                float[] row = Examples.gaussian(1, 20, 1, 5).values();
                float[] expected = new float[IvfExample.D];
                float[] actual = new float[IvfExample.D];
                quantizer.transform(row, 0, 1, expected, 0);
                index.quantizer().transform(row, 0, 1, actual, 0);
                assertArrayEquals(expected, actual);
                assertEquals(blocks, index.lists().format() instanceof BlockFormat);
            }
        }
    }

    /** Indexes without inverted lists are one list. */
    @Test
    void otherIndexesAreOneList() throws IOException {
        for (Quantizer quantizer : Examples.quantizers().values()) {
            for (boolean hasIds : new boolean[] {false, true}) {
                FaissContent content = Examples.content(quantizer, Metric.INNER_PRODUCT, 70, hasIds);
                try (MappedIndex index = FaissFiles.map(file(Examples.write(content)))) {
                    assertEquals(1, index.lists().lists());
                    assertEquals(70, index.lists().size(0));
                    assertEquals(1, index.probes());
                    assertEquals(Metric.INNER_PRODUCT, index.quantizer().metric());
                    boolean rotated = quantizer instanceof RotatedQuantizer;
                    assertEquals(rotated ? 1 : 0, index.quantizer().transforms().size());
                    assertArrayEquals(content.codes(), IvfExample.packed(index.quantizer(), index.lists(), 0));
                    long[] ids = hasIds
                            ? content.ids()
                            : IntStream.range(0, 70).asLongStream().toArray();
                    assertArrayEquals(ids, IvfExample.ids(index.lists(), 70));
                    float[] rows = IvfExample.decoded(index.quantizer(), index.lists(), 70);
                    assertArrayEquals(
                            quantizer.decode(content.codes(), 70).values(),
                            index.quantizer().reverse(rows, 70));
                }
            }
        }
    }

    /** Longer than any buffer; nearly all of it is a hole that takes no room on disk. */
    @Test
    void filesAreLongerThanBuffers() throws IOException {
        int d = 1024;
        int count = 600_000;
        Path file = directory.resolve("long.faiss");
        byte[] head = new FileBytes()
                .index("IxFI", d, count, 0)
                .int64((long) count * d)
                .bytes();
        byte[] vector = new byte[d * Float.BYTES];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (byte) (i * 31);
        }
        int[] places = {0, (1 << 18) - 1, (1 << 19) - 1, count - 1}; // those in between straddle segments
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(head), 0);
            for (int place : places) {
                channel.write(ByteBuffer.wrap(vector), head.length + (long) place * vector.length);
            }
        }
        assertTrue(Files.size(file) > Integer.MAX_VALUE);
        try (MappedIndex index = FaissFiles.map(file)) {
            byte[] read = new byte[vector.length];
            for (int place : places) {
                index.lists().codes(0, place, 1, read);
                assertArrayEquals(vector, read, "vector " + place);
            }
        }
    }

    @Test
    void closedFilesAreNotRead() throws IOException {
        IvfExample example = IvfExample.of(Metric.L2, List.of(), null, false, 2, 9);
        Path file = file(example.write());
        MappedIndex index = FaissFiles.map(file);
        index.close();
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> index.lists().codes(1, 0, 1, new byte[99]));
        assertEquals(file + " is closed", e.getMessage());
        assertThrows(IllegalStateException.class, () -> index.lists().ids(1, 0, 1, new long[1]));
        index.close();
    }

    @Test
    void threadsReadAtOnce() throws IOException {
        IvfExample example = IvfExample.of(Metric.L2, List.of(), Examples.product(IvfExample.D, 4, 8), true, 7, 120);
        try (MappedIndex index = FaissFiles.map(file(example.write()), 10)) {
            float[] expected = IvfExample.decoded(example.quantizer(), example.lists(), 120);
            long[] ids = IvfExample.ids(example.lists(), 120);
            IntStream.range(0, 200).parallel().forEach(i -> {
                assertArrayEquals(expected, IvfExample.decoded(index.quantizer(), index.lists(), 120));
                assertArrayEquals(ids, IvfExample.ids(index.lists(), 120));
            });
        }
    }

    private static String refusal(Runnable action) {
        return assertThrows(NsvqException.class, action::run).getMessage();
    }

    @Test
    void refusesWhatFaissHasNoIndexFor() {
        Quantizer codes = Examples.product(4, 2, 5);
        IvfQuantizer quantizer = quantizer(codes);
        assertEquals(
                "there are 2 sizes of lists, but the index has 3",
                refusal(() -> new FaissIvfWriter(quantizer, false, new int[2], 1)));
        assertEquals(
                "list 1 cannot have -1 vectors",
                refusal(() -> new FaissIvfWriter(quantizer, false, new int[] {0, -1, 0}, 1)));
        assertEquals(
                "a search cannot look at 0 lists: it should be 1 or more",
                refusal(() -> new FaissIvfWriter(quantizer, false, new int[3], 0)));
        assertEquals(
                "codes cannot lie in blocks: they should be of a product quantizer of 4 bits",
                refusal(() -> new FaissIvfWriter(quantizer, true, new int[3], 1)));
        assertEquals(
                "the codes of an index cannot be of a RotatedQuantizer to be written for FAISS: a rotation"
                        + " should be among the index's transforms",
                refusal(() -> new FaissIvfWriter(
                        quantizer(new RotatedQuantizer(Rotation.identity(4), codes)), false, new int[3], 1)));
        FaissIvfWriter writer = new FaissIvfWriter(quantizer, false, new int[] {0, 2, 0}, 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThrows(NsvqException.class, () -> writer.writeList(1, new byte[2], new long[1], out));
        assertThrows(NsvqException.class, () -> writer.writeList(1, new byte[3], new long[2], out));
        assertEquals(
                "cannot read " + directory.resolve("missing") + ": there is no such file or directory",
                refusal(() -> FaissFiles.map(directory.resolve("missing"))));
    }

    private static IvfQuantizer quantizer(Quantizer codes) {
        return new IvfQuantizer(Metric.L2, List.of(), new FloatMatrix(3, 4, new float[12]), codes, true);
    }

    private static void assertChanged(Path file, Executable reading) {
        String message = assertThrows(NsvqException.class, reading).getMessage();
        assertTrue(message.startsWith(file + " was changed or cut while it was open"), message);
    }

    /** The JVM learns of a file that was cut by a signal, and must live on. */
    @ParameterizedTest
    @ValueSource(longs = {0, 4096, 700_000})
    void fileThatIsCutOrChangedIsNamed(long length) throws IOException {
        IvfExample example = IvfExample.of(Metric.L2, List.of(), null, false, 5, 20_000);
        Path file = file(example.write());
        float[] query = Arrays.copyOf(new float[] {1}, IvfExample.D);
        try (IvfIndex index = FaissFiles.open(file);
                FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 50; i++) { // until the loops are compiled
                assertEquals(10, index.search(query, 10, 5).size());
            }
            channel.truncate(length);
            for (int i = 0; i < 3; i++) {
                assertChanged(file, () -> index.search(query, 10, 5));
            }
            assertChanged(file, () -> index.reconstruct(4, index.lists().size(4) - 1));
            Path again = directory.resolve("again");
            assertChanged(file, () -> FaissFiles.write(again, index.quantizer(), index.lists(), 1));
            assertFalse(Files.exists(again));
        }
    }

    @Test
    void fileThatIsOverwrittenIsNamedOneThatIsReplacedIsNot() throws IOException {
        byte[] bytes = IvfExample.of(Metric.L2, List.of(), null, false, 5, 200).write();
        Path file = file(bytes);
        try (IvfIndex index = FaissFiles.open(file)) {
            float[] query = new float[IvfExample.D];
            Files.move(file(new byte[3]), file, StandardCopyOption.REPLACE_EXISTING);
            assertEquals(3, index.search(query, SearchOptions.nearest(3)).size());
            Files.delete(file);
            assertEquals(3, index.search(query, SearchOptions.nearest(3)).size());
        }
        Path other = file(bytes);
        try (IvfIndex index = FaissFiles.open(other)) {
            Files.setLastModifiedTime(other, FileTime.fromMillis(12345));
            assertChanged(other, () -> index.search(new float[IvfExample.D], SearchOptions.nearest(3)));
        }
    }

    @Test
    void directoryIsNoFile() {
        assertEquals(
                directory + " is a directory: an index file of FAISS is needed",
                assertThrows(NsvqException.class, () -> FaissFiles.open(directory))
                        .getMessage());
    }

    @Test
    void closedIndexAnswersNothing() throws IOException {
        for (int count : new int[] {0, 9}) {
            Path file = file(
                    IvfExample.of(Metric.L2, List.of(), null, false, 3, count).write());
            IvfIndex index = FaissFiles.open(file);
            index.close();
            float[] query = new float[IvfExample.D];
            assertThrows(IllegalStateException.class, () -> index.search(query, SearchOptions.nearest(1)));
        }
    }
}
