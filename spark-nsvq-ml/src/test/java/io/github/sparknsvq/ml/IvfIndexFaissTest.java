package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.MappedIndex;
import io.github.sparknsvq.core.index.InvertedLists;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Indexes as files of FAISS and back. */
class IvfIndexFaissTest {
    private static final float[][] VECTORS = TestVectors.clustered(300, 8, 12, 3);
    private static final float[][] QUERIES = TestVectors.clustered(20, 8, 12, 4);

    private static final Map<String, IvfIndexModel> INDEXES = new HashMap<>();

    @TempDir
    private static Path indexes;

    @TempDir
    private Path directory;

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private static SparkSession spark() {
        return SparkTestSession.get();
    }

    /** Returns an index of its own, copied from one that is built once. */
    private IvfIndexModel built(String quantizer, String metric) {
        return IndexTestData.copied(
                INDEXES.computeIfAbsent(quantizer + metric, name -> build(quantizer, metric, indexes.resolve(name))),
                directory.resolve("index"));
    }

    private static IvfIndexModel build(String quantizer, String metric, Path path) {
        return new IvfIndex()
                .setNumLists(9)
                .setQuantizer(quantizer)
                .setMetric(metric)
                .setNumCodebooks(4)
                .setCodebookBits(4)
                .setMaxIter(3)
                .setProbes(4)
                .setIndexDir(path.toString())
                .fit(TestVectors.frame(VECTORS));
    }

    /** Where each vector is and what it is decoded to. */
    private static Map<Long, float[]> decoded(Path file) {
        Map<Long, float[]> all = new TreeMap<>();
        try (MappedIndex index = FaissFiles.map(file)) {
            InvertedLists lists = index.lists();
            int size = index.quantizer().codeSize();
            for (int list = 0; list < lists.lists(); list++) {
                int count = lists.size(list);
                long[] ids = new long[count];
                lists.ids(list, 0, count, ids);
                byte[] packed = new byte[(int) lists.format().bytes(count)];
                lists.codes(list, 0, count, packed);
                byte[] codes = new byte[count * size];
                lists.format().unpack(packed, 0, count, codes, 0);
                float[] rows = new float[count * index.quantizer().innerDimension()];
                index.quantizer().decode(list, codes, 0, count, rows, 0);
                float[] back = index.quantizer().reverse(rows, count);
                for (int i = 0; i < count; i++) {
                    int d = index.quantizer().dimension();
                    all.put(ids[i], java.util.Arrays.copyOfRange(back, i * d, (i + 1) * d));
                }
            }
        }
        return all;
    }

    private static List<Row> neighbors(IvfIndexModel model) {
        Dataset<Row> queries = TestVectors.frame(QUERIES);
        return model.transform(queries).orderBy("id").select("neighbors").collectAsList();
    }

    /** A rotation of centroids there and back rounds; neighbors that are as far away may then change places. */
    private static void assertAlike(List<Row> expected, List<Row> actual) {
        assertEquals(expected.size(), actual.size());
        for (int q = 0; q < expected.size(); q++) {
            List<Row> some = expected.get(q).getList(0);
            List<Row> others = actual.get(q).getList(0);
            assertEquals(some.size(), others.size());
            for (int i = 0; i < some.size(); i++) {
                float distance = some.get(i).getFloat(1);
                assertEquals(distance, others.get(i).getFloat(1), 1e-4 * (1 + Math.abs(distance)));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"flat,l2", "pq,cosine", "opq,ip", "rq,l2", "aq,ip"})
    void exportedAndImportedIndexAnswersAlike(String quantizer, String metric) throws IOException {
        IvfIndexModel model = built(quantizer, metric);
        model.delete(TestVectors.frame(VECTORS).filter("id % 10 = 0"));
        model.add(TestVectors.frame(VECTORS).filter("id = 20"));
        model.write().save(path("copy"));
        Path file = directory.resolve("exported.faiss");
        model.write().format("faiss").save(file.toString());
        assertEquals(300 - 30 + 1, decoded(file).size());
        model.exportFaiss(path("again.faiss"));
        assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(Path.of(path("again.faiss"))));
        Files.delete(Path.of(path("again.faiss")));
        Files.delete(Path.of(path("again.faiss.crc32c")));
        try (var beside = Files.list(directory)) {
            long visible =
                    beside.filter(each -> !each.toString().endsWith(".crc")).count();
            assertEquals(4, visible, "the index, its copy, the file and its checksum");
        }
        IvfIndexModel imported = IvfIndexModel.importFaiss(file.toString(), path("imported"), false, spark());
        assertAlike(neighbors(model), neighbors(imported));
        assertEquals(neighbors(model), neighbors(IvfIndexModel.load(path("copy"))));
    }

    @Test
    void codesOfFourBitsCanLieInBlocks() throws IOException {
        IvfIndexModel model = built("pq", "l2");
        Path plain = directory.resolve("plain.faiss");
        Path blocks = directory.resolve("blocks.faiss");
        model.write().format("faiss").save(plain.toString());
        ((GeneralMLWriter) model.write().option("fastScan", "true"))
                .format("faiss")
                .save(blocks.toString());
        Map<Long, float[]> expected = decoded(plain);
        Map<Long, float[]> actual = decoded(blocks);
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((id, row) -> assertArrayEquals(row, actual.get(id)));
        try (MappedIndex index = FaissFiles.map(blocks)) {
            assertEquals("IwPf", index.type());
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void indexWithoutVectorsIsAFileWithoutVectors(boolean fastScan) throws IOException {
        IvfIndexModel model = built("pq", "l2");
        model.delete(TestVectors.frame(VECTORS));
        Path file = directory.resolve("empty.faiss");
        ((GeneralMLWriter) model.write().option("fastScan", String.valueOf(fastScan)))
                .format("faiss")
                .save(file.toString());
        assertEquals(Map.of(), decoded(file));
    }

    @Test
    void indexOfStringsIsRefusedAndNothingIsLeft() throws IOException {
        Dataset<Row> vectors = TestVectors.frame(VECTORS).selectExpr("concat('v', id) as id", "features");
        IvfIndexModel model = new IvfIndex()
                .setNumLists(9)
                .setQuantizer("flat")
                .setMaxIter(1)
                .setIndexDir(path("index"))
                .fit(vectors);
        NsvqException refused = assertThrows(
                NsvqException.class, () -> model.write().format("faiss").save(path("strings.faiss")));
        String message = refused.getMessage();
        assertTrue(message.contains("are strings, and FAISS knows numbers only"), message);
        assertTrue(message.contains("columns ids and names of the Parquet files in"), message);
        try (var beside = Files.list(directory)) {
            assertEquals(List.of(directory.resolve("index")), beside.toList());
        }
    }

    @Test
    void fileThatIsThereIsNotOverwrittenAndNothingIsLeft() throws IOException {
        IvfIndexModel model = built("flat", "l2");
        Path file = Files.writeString(directory.resolve("there"), "mine");
        assertThrows(NsvqException.class, () -> model.write().format("faiss").save(file.toString()));
        assertEquals("mine", Files.readString(file));
        NsvqException refused = assertThrows(
                NsvqException.class, () -> IvfIndexModel.importFaiss(file.toString(), path("new"), false, spark()));
        assertFalse(refused.getMessage().isEmpty());
        assertFalse(Files.exists(directory.resolve("new")));
    }
}
