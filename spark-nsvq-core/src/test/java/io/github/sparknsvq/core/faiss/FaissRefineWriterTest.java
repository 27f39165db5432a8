package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.HeapLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.ValueRanges;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files with vectors to rank by, as faiss and spark-nsvq search them. */
class FaissRefineWriterTest {
    private static final int D = 12;
    private static final int LISTS = 5;
    private static final int COUNT = 70;
    private static final int K = 5;

    @TempDir
    private Path directory;

    /**
     * An index of vectors whose ids are 1,000 more than 3 times their row.
     *
     * @param rows the vectors, as users have them
     */
    @SuppressWarnings("ArrayRecordComponent") // is never compared
    private record Example(IvfQuantizer quantizer, HeapLists lists, float[] rows) {
        static Example of(Metric metric, boolean cosine, int count, boolean product) {
            List<VectorTransform> transforms = cosine ? List.of(new Normalization(D)) : List.of();
            Quantizer codes = product
                    ? new ProductQuantizer(
                            D, 3, 4, Examples.gaussian(16 * 3, D / 3, 1, 30).values())
                    : null;
            IvfQuantizer quantizer =
                    new IvfQuantizer(metric, transforms, Examples.gaussian(LISTS, D, 1, 21), codes, true);
            float[] rows = Examples.gaussian(count, D, 1, 22).values();
            float[] inner = new float[rows.length];
            quantizer.transform(rows, 0, count, inner, 0);
            int[] assigned = new int[count];
            quantizer.assign(inner, 0, count, assigned);
            byte[][] bytes = new byte[LISTS][];
            long[][] ids = new long[LISTS][];
            for (int list = 0; list < LISTS; list++) {
                int of = list;
                int[] own =
                        IntStream.range(0, count).filter(i -> assigned[i] == of).toArray();
                ids[list] = Arrays.stream(own).mapToLong(i -> 1000 + 3L * i).toArray();
                bytes[list] = new byte[own.length * quantizer.codeSize()];
                for (int i = 0; i < own.length; i++) {
                    quantizer.encode(inner, own[i] * D, 1, new int[] {list}, bytes[list], i * quantizer.codeSize());
                }
            }
            return new Example(quantizer, new HeapLists(new PlainFormat(quantizer.codeSize()), bytes, ids), rows);
        }

        int[] sizes() {
            return IntStream.range(0, LISTS).map(lists::size).toArray();
        }

        /** The file, with ids in the order of places. */
        void write(Path file, boolean sq8, boolean blocks) throws IOException {
            float[] ranking = FaissRefineWriter.ranking(quantizer, rows, rows.length / D);
            ValueRanges ranges = new ValueRanges(D);
            ranges.add(ranking, rows.length / D);
            ScalarQuantizer scalar = sq8 ? ranges.quantizer() : null;
            FaissRefineWriter writer = new FaissRefineWriter(quantizer, blocks, sizes(), LISTS, scalar, 2 * COUNT);
            ByteArrayOutputStream vectors = new ByteArrayOutputStream();
            List<Long> all = new ArrayList<>();
            try (OutputStream out = Files.newOutputStream(file)) {
                writer.writeHeader(out);
                for (int list = 0; list < LISTS; list++) {
                    long[] ids = new long[lists.size(list)];
                    lists.ids(list, 0, ids.length, ids);
                    byte[] codes = new byte[ids.length * quantizer.codeSize()];
                    lists.codes(list, 0, ids.length, codes);
                    long[] places = IntStream.range(0, ids.length)
                            .mapToLong(i -> all.size() + i)
                            .toArray();
                    writer.lists().writeList(list, codes, places, out);
                    for (long id : ids) {
                        all.add(id);
                        int row = (int) (id - 1000) / 3;
                        float[] one = Arrays.copyOfRange(ranking, row * D, (row + 1) * D);
                        writer.writeVectors(one, 1, vectors);
                    }
                }
                writer.writeVectorsHeader(out);
                out.write(vectors.toByteArray());
                writer.writeTrailer(out);
                ByteBuffer ids = ByteBuffer.allocate(8 * all.size()).order(ByteOrder.LITTLE_ENDIAN);
                all.forEach(ids::putLong);
                out.write(ids.array());
            }
        }

        /** The best of all vectors, as measured one by one. */
        Answers answers(float[] queries) {
            boolean l2 = quantizer.metric() == Metric.L2;
            int count = rows.length / D;
            float[] ranking = FaissRefineWriter.ranking(quantizer, rows, count);
            float[] asked = FaissRefineWriter.ranking(quantizer, queries, queries.length / D);
            long[] ids = new long[queries.length / D * K];
            float[] distances = new float[ids.length];
            for (int q = 0; q < queries.length / D; q++) {
                float[] all = new float[count];
                for (int i = 0; i < count; i++) {
                    for (int j = 0; j < D; j++) {
                        float x = asked[q * D + j];
                        float y = ranking[i * D + j];
                        all[i] += l2 ? (x - y) * (x - y) : x * y;
                    }
                }
                Integer[] order = IntStream.range(0, count).boxed().toArray(Integer[]::new);
                Arrays.sort(order, (a, b) -> l2 ? Float.compare(all[a], all[b]) : Float.compare(all[b], all[a]));
                for (int i = 0; i < K; i++) {
                    ids[q * K + i] = 1000 + 3L * order[i];
                    distances[q * K + i] = all[order[i]];
                }
            }
            return new Answers("all", ids, distances);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "L2, false, false, false, true",
        "L2, false, true, true, true",
        "L2, false, true, false, true",
        "INNER_PRODUCT, false, true, false, false",
        "INNER_PRODUCT, false, false, true, true",
        "INNER_PRODUCT, true, false, false, true",
        "INNER_PRODUCT, true, true, true, true",
    })
    void ranksByTheVectorsInBoth(Metric metric, boolean cosine, boolean sq8, boolean blocks, boolean product)
            throws IOException, InterruptedException {
        Python.assumeFaiss(directory);
        Example example = Example.of(metric, cosine, COUNT, product);
        Path file = directory.resolve("it.again");
        example.write(file, sq8, blocks);
        float[] queries = PeerFiles.queries(D);
        PeerFiles.writeQueries(directory, "it", D);
        Files.move(directory.resolve("it.queries"), directory.resolve("it.q"));
        Answers expected = example.answers(queries);
        double tolerance = sq8 ? 0.02 : 1e-5;
        try (IvfIndex index = FaissFiles.open(file)) {
            assertEquals(COUNT, index.size());
            expected.assertLike(Answers.of(index, queries, LISTS), "spark-nsvq", tolerance);
            Python.run("search_again.py", directory);
            Answers peer = new Answers(
                    "faiss",
                    PeerFiles.longs(directory.resolve("it.again.ids")),
                    PeerFiles.floats(directory.resolve("it.again.dist")));
            expected.assertLike(peer, "faiss", tolerance);
            peer.assertLike(Answers.of(index, queries, LISTS), "beside faiss", 1e-5);
        }
        try (MappedIndex mapped = FaissFiles.map(file)) { // and is written anew
            Path copy = directory.resolve("copy.faiss");
            FaissFiles.write(copy, mapped);
            assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(copy));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "L2, false, true, false, true",
        "L2, false, true, true, true",
        "L2, false, false, false, false",
        "INNER_PRODUCT, false, false, true, true",
        "INNER_PRODUCT, true, true, true, true",
    })
    void putsVectorsIntoSecondLists(Metric metric, boolean cosine, boolean sq8, boolean blocks, boolean product)
            throws IOException {
        Example example = Example.of(metric, cosine, COUNT, product);
        Path once = directory.resolve("once.faiss");
        Path twice = directory.resolve("twice.faiss");
        Path again = directory.resolve("again.faiss");
        example.write(once, sq8, blocks);
        try (MappedIndex mapped = FaissFiles.map(once)) {
            FaissFiles.writeSpilled(twice, mapped);
        }
        try (MappedIndex mapped = FaissFiles.map(twice)) { // and is written anew, but not spilled again
            FaissFiles.write(again, mapped);
            assertArrayEquals(Files.readAllBytes(twice), Files.readAllBytes(again));
            Path never = directory.resolve("never.faiss");
            assertThrows(NsvqException.class, () -> FaissFiles.writeSpilled(never, mapped));
        }
        assertEquals(COUNT, FaissFiles.outline(twice).count());
        float[] queries = PeerFiles.queries(D);
        try (IvfIndex before = FaissFiles.open(once);
                IvfIndex after = FaissFiles.open(twice)) {
            assertEquals(COUNT, after.size());
            assertEquals(
                    2 * COUNT,
                    IntStream.range(0, LISTS).map(after.lists()::size).sum());
            example.answers(queries).assertLike(Answers.of(after, queries, LISTS), "twice", sq8 ? 0.02 : 1e-5);
            for (int q = 0; q < queries.length / D; q++) {
                float[] query = Arrays.copyOfRange(queries, q * D, (q + 1) * D);
                IvfIndex.Neighbors few = before.search(query, COUNT, 2, COUNT);
                IvfIndex.Neighbors more = after.search(query, COUNT, 2, COUNT);
                List<Long> found = Arrays.stream(more.ids()).boxed().toList();
                assertEquals(found.size(), found.stream().distinct().count());
                Arrays.stream(few.ids()).forEach(id -> assertEquals(true, found.contains(id)));
            }
        }
    }

    @Test
    void whatCannotBeSpilled() throws IOException {
        Example example = Example.of(Metric.L2, false, COUNT, true);
        Path plain = directory.resolve("plain.faiss");
        FaissFiles.write(plain, example.quantizer(), example.lists(), 1);
        try (MappedIndex mapped = FaissFiles.map(plain)) {
            assertThrows(NsvqException.class, () -> FaissFiles.writeSpilled(directory.resolve("a"), mapped));
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "true, 0", "false, 1", "true, 1", "true, 3"})
    void fewerVectorsThanCandidates(boolean sq8, int count) throws IOException {
        Example example = Example.of(Metric.L2, false, count, true);
        Path file = directory.resolve("few.faiss");
        example.write(file, sq8, true);
        try (IvfIndex index = FaissFiles.open(file)) {
            float[] query = Arrays.copyOf(PeerFiles.queries(D), D);
            assertEquals(count, index.search(query, 10, LISTS, 1000).size());
            assertEquals(Math.min(1, count), index.search(query, 1, LISTS, 1).size());
        }
    }

    @Test
    void refusesOtherVectorsAndFactors() {
        IvfQuantizer quantizer = Example.of(Metric.L2, false, 3, true).quantizer();
        int[] sizes = new int[LISTS];
        ScalarQuantizer wide = new ValueRanges(D + 1).quantizer();
        assertEquals(
                "vectors of dimension 12 cannot be codes of a ScalarQuantizer(sq8, 13)",
                assertThrows(NsvqException.class, () -> new FaissRefineWriter(quantizer, false, sizes, 1, wide, 1))
                        .getMessage());
        assertEquals(
                "neighbors cannot be chosen among 0.5 times as many candidates: it should be 1 or more",
                assertThrows(NsvqException.class, () -> new FaissRefineWriter(quantizer, false, sizes, 1, null, 0.5f))
                        .getMessage());
    }
}
