package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.RankingVectors;
import io.github.sparknsvq.core.index.Refinement;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.core.linalg.VectorMath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that faiss 1.15.1 wrote, with what it finds in them, also where there is no faiss. */
class FaissSearchTest {
    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> answersAsFaissDid() throws IOException {
        return DynamicTest.stream(SearchCase.all(directory).stream(), SearchCase::name, this::compare);
    }

    private void compare(SearchCase made) throws IOException {
        double tolerance = made.name().startsWith("pq") ? 0.015 : 1e-5; // fast scan rounds tables to 8 bits
        Path again = made.file(".again");
        try (MappedIndex mapped = FaissFiles.map(made.file(".faiss"))) {
            assertEquals(made.name().startsWith("refine"), mapped.refinement() != null);
            made.assertAnswers(opened(mapped), tolerance);
            FaissFiles.write(again, mapped);
        }
        try (IvfIndex index = FaissFiles.open(again)) {
            made.assertAnswers(index, tolerance);
        }
    }

    private static IvfIndex opened(MappedIndex mapped) {
        return new IvfIndex(mapped.quantizer(), mapped.lists(), mapped.probes(), mapped.refinement());
    }

    private SearchCase named(String name) throws IOException {
        return SearchCase.all(directory).stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Candidates are {@code floor(k factor)} by the factor of the file, or as many as the search says. */
    @ParameterizedTest
    @CsvSource({"0, 6", "1, 3", "3, 3", "4, 4", "7, 7", "180, 180", "2147483647, 200"})
    void candidatesAreRankedByTheVectors(int rerank, int candidates) throws IOException {
        SearchCase made = named("refine-sq4-l2");
        float[] queries = PeerFiles.floats(made.file(".q"));
        try (MappedIndex mapped = FaissFiles.map(made.file(".faiss"))) {
            assertEquals(2, mapped.refinement().factor());
            IvfIndex refined = opened(mapped);
            IvfIndex codes = new IvfIndex(mapped.quantizer(), mapped.lists(), 1);
            int d = mapped.quantizer().dimension();
            for (int q = 0; q < PeerFiles.QUERIES; q++) {
                float[] query = Arrays.copyOfRange(queries, q * d, (q + 1) * d);
                long[] expected = LongStream.of(
                                codes.search(query, candidates, 1).ids())
                        .boxed()
                        .sorted(Comparator.comparingDouble(
                                id -> distance(query, mapped.refinement().vectors(), id)))
                        .limit(3)
                        .mapToLong(id -> id)
                        .toArray();
                assertArrayEquals(expected, refined.search(query, 3, 1, rerank).ids());
                long[] ids = new long[3];
                SearchOptions options = SearchOptions.nearest(3).withRerank(rerank);
                refined.search(new IvfIndex.Batch(query, 1, options, ids, new float[3], new int[1]));
                assertArrayEquals(expected, ids);
            }
        }
    }

    /** The index has one list: places are ids. */
    private static double distance(float[] query, RankingVectors vectors, long id) {
        float[] row = new float[query.length];
        vectors.read(new long[] {id}, 0, 1, row);
        return VectorMath.squaredDistance(query, 0, row, 0, row.length);
    }

    @Test
    void filtersAskForIdsOfTheMap() throws IOException {
        SearchCase made = named("refine-idmap2-ivf-sq8-l2");
        float[] queries = PeerFiles.floats(made.file(".q"));
        try (IvfIndex index = FaissFiles.open(made.file(".faiss"))) {
            float[] query = Arrays.copyOf(queries, index.quantizer().dimension());
            long[] ids = index.search(
                            query, SearchOptions.nearest(5).withProbes(16).withFilter(id -> id % 10 == 0))
                    .ids();
            assertEquals(5, ids.length);
            assertEquals(0, LongStream.of(ids).filter(id -> id % 10 != 0).count());
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0.5f, -1, Float.NaN, Float.POSITIVE_INFINITY})
    void refusesOtherFactors(float factor) throws IOException {
        SearchCase made = named("refine-sq4-l2");
        try (MappedIndex mapped = FaissFiles.map(made.file(".faiss"))) {
            RankingVectors vectors = mapped.refinement().vectors();
            assertEquals(
                    "neighbors cannot be chosen among " + factor + " times as many candidates: it should be"
                            + " 1 or more",
                    assertThrows(NsvqException.class, () -> new Refinement(vectors, 0, factor))
                            .getMessage());
        }
        byte[] bytes = Files.readAllBytes(made.file(".faiss"));
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - Float.BYTES, factor);
        CorruptFileException e = assertThrows(CorruptFileException.class, () -> opened(bytes));
        assertEquals("there are " + factor + " candidates for each neighbor, it should be 1 or more", e.reason());
        assertEquals(bytes.length - Float.BYTES, e.offset());
    }

    private void opened(byte[] bytes) throws IOException {
        FaissFiles.open(Files.write(Files.createTempFile(directory, "a", ".faiss"), bytes))
                .close();
    }

    @ParameterizedTest
    @CsvSource({
        "sq6-l2, 2, this index has no vectors to rank candidates by: leave their number at 0",
        "refine-sq4-l2, -1, there are no -1 candidates to rank: 0 or more",
    })
    void refusesOtherNumbersOfCandidates(String name, int rerank, String message) throws IOException {
        try (IvfIndex index = FaissFiles.open(named(name).file(".faiss"))) {
            float[] query = new float[index.quantizer().dimension()];
            assertEquals(
                    message,
                    assertThrows(NsvqException.class, () -> index.search(query, 1, 1, rerank))
                            .getMessage());
        }
    }

    /** Vectors would be lost in silence. */
    @Test
    void refusesToWriteTheListsAlone() throws IOException {
        Path copy = directory.resolve("copy.faiss");
        try (MappedIndex mapped = FaissFiles.map(named("refine-sq4-l2").file(".faiss"))) {
            assertEquals(
                    "cannot write " + copy
                            + ": the vectors that candidates are ranked by would be left out; write(file,"
                            + " index) of the whole index keeps them",
                    assertThrows(
                                    NsvqException.class,
                                    () -> FaissFiles.write(copy, mapped.quantizer(), mapped.lists(), 1))
                            .getMessage());
        }
    }

    @Test
    void refusesIdsThatNoVectorHas() throws IOException {
        SearchCase made = named("refine-pca-ivf-sq8-ip");
        byte[] bytes = Files.readAllBytes(made.file(".faiss"));
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        // a position of the last list stands before the vectors: header, count and 200 rows of 16 values, and factor
        int id = bytes.length - Float.BYTES - 200 * 16 * Float.BYTES - Long.BYTES - 37 - Long.BYTES;
        file.putLong(id, 200);
        Path broken = Files.write(directory.resolve("broken.faiss"), bytes);
        try (IvfIndex index = FaissFiles.open(broken)) {
            float[] query = new float[index.quantizer().dimension()];
            CorruptFileException e = assertThrows(CorruptFileException.class, () -> index.search(query, 200, 16));
            assertEquals("a list holds id 200, but there are 200 vectors to rank by", e.reason());
        }
    }

    @Test
    void readingCodesRefusesVectorsBesideThem() throws IOException {
        Path file = named("refine-sq4-l2").file(".faiss");
        assertEquals(
                file + " holds vectors to rank by beside codes (IndexRefine), which is not supported; supported"
                        + " is codes alone",
                assertThrows(NsvqException.class, () -> FaissFiles.read(file)).getMessage());
    }

    @Test
    void refusesWhatIsNestedOtherwise() throws IOException {
        FileBytes twice = new FileBytes().index("IxRF", 4, 0, 1).index("IxRF", 4, 0, 1);
        assertEquals("an IndexRefine inside of another", refusal(twice));
        FileBytes inside = new FileBytes().index("IxRF", 4, 0, 1).index("IxMp", 4, 0, 1);
        assertEquals("a map of ids inside of an IndexRefine", refusal(inside));
        FileBytes other =
                new FileBytes().index("IxRF", 4, 0, 1).index("IxF2", 4, 0, 1).int64(0);
        assertEquals("vectors to rank by in an index of type IndexPQ (IxPq)", refusal(other.index("IxPq", 4, 0, 1)));
    }

    private String refusal(FileBytes file) {
        String message =
                assertThrows(NsvqException.class, () -> opened(file.bytes())).getMessage();
        return message.substring(message.indexOf(" holds ") + 7, message.indexOf(", which"));
    }
}
