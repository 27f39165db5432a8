package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.ListChoice;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of faiss 1.15.1 that others had trouble with, beside what faiss answers. */
class FaissCasesTest {
    private static final int D = 16;
    private static final int VECTORS = 3000;
    private static final String BY_PRODUCT = "coarse-ip-metric-l2-flat";

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("a.faiss");
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = FaissCasesTest.class.getResourceAsStream("/cases/" + name)) {
            return name.endsWith(".gz") ? new GZIPInputStream(in).readAllBytes() : in.readAllBytes();
        }
    }

    private Path copied(String name) throws IOException {
        return Files.write(directory.resolve(name), resource(name));
    }

    private Answers answers(String name) throws IOException {
        return new Answers(name, PeerFiles.longs(copied(name + ".ids")), PeerFiles.floats(copied(name + ".dist")));
    }

    private float[] queries() throws IOException {
        return PeerFiles.floats(copied(BY_PRODUCT + ".q"));
    }

    /** Lists are chosen by inner product, vectors compared by their distance. */
    @Test
    void listsAreChosenAsTheFileSays() throws IOException {
        Files.write(file, resource(BY_PRODUCT + ".faiss.gz"));
        Path again = directory.resolve("again.faiss");
        try (IvfIndex index = FaissFiles.open(file)) {
            assertEquals(Metric.L2, index.quantizer().metric());
            assertEquals(ListChoice.LARGEST, index.quantizer().choice());
            answers(BY_PRODUCT).assertLike(Answers.of(index, queries(), 4), BY_PRODUCT, 1e-6);
            FaissFiles.write(again, index.quantizer(), index.lists(), index.probes());
        }
        assertEquals(-1, Files.mismatch(file, again));
    }

    /** faiss counts vectors with NaN, and puts them into no list: here two of 3,000. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void listsMayHoldFewerVectorsThanTheIndexCounts(boolean mapped) throws IOException {
        Files.write(file, withoutTwo(mapped).bytes());
        Answers expected = answers("nan-flat");
        try (MappedIndex index = FaissFiles.map(file)) {
            assertEquals(VECTORS - 2, index.count());
            IvfIndex searched = new IvfIndex(index.quantizer(), index.lists(), index.probes());
            Answers found = Answers.of(searched, queries(), 4);
            if (mapped) {
                Arrays.setAll(found.ids(), i -> found.ids()[i] - 70_000_000_000L);
            }
            expected.assertLike(found, "nan-flat", 1e-6);
        }
        assertEquals(VECTORS - 2, FaissFiles.outline(file).count());
    }

    /** The file of the case, which has the same vectors as the other, in the lists of the nearest centroids. */
    private FileBytes withoutTwo(boolean mapped) throws IOException {
        Files.write(file, resource(BY_PRODUCT + ".faiss.gz"));
        float[][] vectors = new float[VECTORS][];
        try (IvfIndex index = FaissFiles.open(file)) {
            for (int list = 0; list < index.lists().lists(); list++) {
                long[] ids = new long[index.lists().size(list)];
                index.lists().ids(list, 0, ids.length, ids);
                for (int i = 0; i < ids.length; i++) {
                    vectors[(int) ids[i]] = index.reconstruct(list, i);
                }
            }
        }
        vectors[5] = null;
        vectors[9] = null;
        float[] centroids = PeerFiles.floats(copied("nan-flat.centroids"));
        FileBytes bytes = new FileBytes();
        if (mapped) {
            bytes.index("IxM2", D, VECTORS, 1);
        }
        bytes.index("IwFl", D, VECTORS, 1).int64(64, 4);
        bytes.index("IxF2", D, 64, 1).int64(centroids.length).floats(centroids);
        bytes.int8(0).int64(0);
        putLists(bytes, new FloatMatrix(64, D, centroids), vectors);
        if (mapped) {
            bytes.int64(VECTORS);
            for (int i = 0; i < VECTORS; i++) {
                bytes.int64(70_000_000_000L + i);
            }
        }
        return bytes;
    }

    private static void putLists(FileBytes bytes, FloatMatrix centroids, float[][] vectors) {
        int[] lists = new int[vectors.length];
        long[] sizes = new long[centroids.rows()];
        for (int i = 0; i < lists.length; i++) {
            float least = Float.POSITIVE_INFINITY;
            lists[i] = -1;
            for (int list = 0; list < sizes.length && vectors[i] != null; list++) {
                float distance = VectorMath.squaredDistance(vectors[i], 0, centroids.values(), list * D, D);
                if (distance < least) {
                    least = distance;
                    lists[i] = list;
                }
            }
            if (lists[i] >= 0) {
                sizes[lists[i]]++;
            }
        }
        bytes.text("ilar")
                .int64(sizes.length, D * 4)
                .text("full")
                .int64(sizes.length)
                .int64(sizes);
        for (int list = 0; list < sizes.length; list++) {
            int of = list;
            int[] members =
                    IntStream.range(0, lists.length).filter(i -> lists[i] == of).toArray();
            Arrays.stream(members).forEach(i -> bytes.floats(vectors[i]));
            Arrays.stream(members).forEach(bytes::int64);
        }
    }

    @Test
    void moreVectorsThanTheIndexCountsAreCorrupt() throws IOException {
        byte[] bytes = resource(BY_PRODUCT + ".faiss.gz");
        bytes[8]--; // the lowest byte of the number of vectors
        Files.write(file, bytes);
        CorruptFileException e = assertThrows(CorruptFileException.class, () -> FaissFiles.open(file));
        assertEquals("the lists have 3000 vectors, there should be 2999", e.reason());
    }

    @Test
    void distancesWithoutNormsAreRefused() throws IOException {
        Path without = copied("ivfrq-Nnone.faiss");
        NsvqException e = assertThrows(NsvqException.class, () -> FaissFiles.open(without));
        assertTrue(e.getMessage().contains(" holds an index of search type ST_LUT_nonorm (_Nnone)"), e.getMessage());
        assertFalse(FaissFiles.outline(without).searchable());
    }

    /** Vectors whose distances are not finite are no neighbors, as with faiss; queries of that kind are refused. */
    @ParameterizedTest
    @CsvSource({"IxF2, 1", "IxFI, 0", "IwFl, 1", "IwFl, 0"})
    void vectorsOutOfRangeAreNeverNeighbors(String type, int metric) throws IOException {
        int rows = 40;
        float[] values = new float[rows * D];
        float[] gaussian = Examples.gaussian(rows + 1, D, 1, 3).values();
        for (int i = 0; i < values.length; i++) {
            float by = i / D % 4 == 1 ? 1e20f : i / D % 4 == 2 ? 3e38f : 1;
            values[i] = i / D % 4 == 3 && i % D == 7 ? Float.NaN : by * gaussian[i];
        }
        values[4 * D + 2] = Float.NEGATIVE_INFINITY;
        FileBytes bytes = new FileBytes().index(type, D, rows, metric);
        if (type.equals("IwFl")) {
            bytes.int64(1, 1)
                    .index("IxF2", D, 1, 1)
                    .int64(D)
                    .floats(new float[D])
                    .int8(0)
                    .int64(0);
            bytes.text("ilar").int64(1, D * 4).text("full").int64(1, rows).floats(values);
            for (int i = 0; i < rows; i++) {
                bytes.int64(i);
            }
        } else {
            bytes.int64(values.length).floats(values);
        }
        Files.write(file, bytes.bytes());
        float[] query = Arrays.copyOfRange(gaussian, rows * D, (rows + 1) * D);
        try (IvfIndex index = FaissFiles.open(file)) {
            IvfIndex.Neighbors found = index.search(query, SearchOptions.nearest(rows));
            List<Long> expected = metric == 1 ? List.of(0L, 8L, 12L, 16L, 20L, 24L, 28L, 32L, 36L) : null; // not 4
            long[] sorted = found.ids().clone();
            Arrays.sort(sorted);
            if (expected != null) {
                assertEquals(expected, Arrays.stream(sorted).boxed().toList());
            }
            for (int i = 0; i < found.size(); i++) {
                assertTrue(Float.isFinite(found.distances()[i]));
                assertFalse(found.ids()[i] % 4 == 3 || found.ids()[i] == 4);
            }
            query[3] = 2 * 0x1p60f;
            assertEquals(
                    "query 0 is longer than 1.0E18: its distances would leave float32's range",
                    assertThrows(NsvqException.class, () -> index.search(query, SearchOptions.nearest(1)))
                            .getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "binary-flat.faiss|an index file of FAISS of type IndexBinaryFlat (IBxF)",
                "flat-l1-start.faiss|an index file of FAISS of type IndexFlat (IxFl), of metric 2 (L1)",
            })
    void typesThatAreNotReadAreNamed(String name, String what) throws IOException {
        Path other = copied(name);
        String message = other + " is " + what + ", which spark-nsvq does not read: it reads IwFl, ";
        for (NsvqException e : List.of(
                assertThrows(NsvqException.class, () -> FaissFiles.open(other)),
                assertThrows(NsvqException.class, () -> FaissFiles.read(other)),
                assertThrows(NsvqException.class, () -> FaissFiles.outline(other)))) {
            assertTrue(e.getMessage().startsWith(message), e.getMessage());
            assertFalse(e instanceof CorruptFileException);
        }
    }

    @Test
    void whatIsNoIndexIsNamedToo() throws IOException {
        assertNamed(
                new FileBytes().text("LTra").fill(90),
                "a file of FAISS that holds a transform, LinearTransform (LTra), and no index");
        assertNamed(
                new FileBytes().int64(8, 2, 4, 128).fill(4 * 128),
                "a file of FAISS that holds a ProductQuantizer, and no index");
        assertNamed(
                new FileBytes().text("ilar").fill(90),
                "a file of FAISS that holds inverted lists, ArrayInvertedLists (ilar), and no index");
        assertNamed(
                new FileBytes().index("IxPT", 4, 0, 1).int32(0).index("IHNf", 4, 0, 1),
                "an index file of FAISS with an IndexHNSWFlat (IHNf) in it");
        assertNamed(new FileBytes().text("PAR1").fill(90), "a Parquet file and no index file of FAISS");
        assertNamed(new FileBytes().int8(0x93).text("NUMPY").fill(90), "an npy file and no index file of FAISS");
        assertNamed(
                new FileBytes().text("PK\u0003\u0004").fill(90),
                "a zip archive, as numpy's .npz are, and no index file of FAISS");
        assertNamed(
                new FileBytes().int32(16).fill(64 + 3 * 68),
                "a vector file, .fvecs or .ivecs, and no index file of FAISS");
        assertNamed(new FileBytes().int32(16).fill(16 + 2 * 20), "a .bvecs file and no index file of FAISS");
        Files.write(file, new FileBytes().int64(8, 2, 4, 128).fill(3 * 128).bytes());
        assertEquals(
                "an index of type '????' is not known",
                assertThrows(CorruptFileException.class, () -> FaissFiles.open(file))
                        .reason()
                        .substring(0, 36));
    }

    private void assertNamed(FileBytes bytes, String what) throws IOException {
        Files.write(file, bytes.bytes());
        NsvqException e = assertThrows(NsvqException.class, () -> FaissFiles.open(file));
        assertTrue(e.getMessage().startsWith(file + " is " + what + ", which spark-nsvq does not"), e.getMessage());
    }
}
