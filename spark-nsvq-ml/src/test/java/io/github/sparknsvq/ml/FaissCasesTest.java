package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.MappedIndex;
import io.github.sparknsvq.core.index.HeapLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files that faiss 1.15.1 wrote ({@code NAME.faiss}), in index directories, answer queries ({@code NAME.q}) as they
 * do in faiss ({@code NAME.ids, NAME.dist}). Copied from the tests of core.
 */
class FaissCasesTest {
    private static final int K = 5;
    private static final int D = 16;

    @TempDir
    private Path directory;

    private static SparkSession spark() {
        return SparkTestSession.get();
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private static ByteBuffer bytes(String name) throws IOException {
        try (InputStream in = FaissCasesTest.class.getResourceAsStream("/cases/" + name)) {
            return ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private String file(String name) throws IOException {
        return Files.write(
                        directory.resolve(name + ".faiss"),
                        bytes(name + ".faiss").array())
                .toString();
    }

    private static float[][] queries(String name) throws IOException {
        ByteBuffer bytes = bytes(name + ".q");
        float[][] queries = new float[bytes.remaining() / D / Float.BYTES][D];
        for (float[] query : queries) {
            bytes.asFloatBuffer().get(query);
            bytes.position(bytes.position() + D * Float.BYTES);
        }
        return queries;
    }

    private static void assertAnswers(String name, IvfIndexModel model) throws IOException {
        List<Row> found = model.setK(K)
                .transform(TestVectors.frame(queries(name)))
                .orderBy("id")
                .select("neighbors")
                .collectAsList();
        ByteBuffer ids = bytes(name + ".ids");
        ByteBuffer distances = bytes(name + ".dist");
        for (Row row : found) {
            List<Row> neighbors = row.getList(0);
            assertEquals(K, neighbors.size());
            for (Row neighbor : neighbors) {
                float distance = name.endsWith("-ip") ? -distances.getFloat() : distances.getFloat();
                assertEquals(distance, neighbor.getFloat(1), 1e-5 * (1 + Math.abs(distance)));
                assertEquals(ids.getLong(), neighbor.getLong(0));
            }
        }
        assertFalse(ids.hasRemaining());
    }

    @ParameterizedTest
    @CsvSource({"sq8-ivf-l2, sq8", "sqfp16-ivf-ip, sqfp16"})
    void scalarCodesAnswerAlikeAndAreWrittenAsTheyWere(String name, String label) throws IOException {
        String file = file(name);
        IvfIndexModel model = IvfIndexModel.importFaiss(file, path("index"), false, spark());
        assertEquals(label, model.shared().codes().scalarType().label());
        assertAnswers(name, model);
        model.write().format("faiss").save(path("again.faiss"));
        assertArrayEquals(Files.readAllBytes(Path.of(file)), Files.readAllBytes(directory.resolve("again.faiss")));

        model.delete(spark().range(100).toDF("id"));
        model.compact(spark());
        float[][] added = queries(name);
        Dataset<Row> rows = TestVectors.frame(added).selectExpr("id + 1000 as id", "features");
        model.add(rows);
        IvfIndexModel loaded = IvfIndexModel.load(path("index")).setProbes(16);
        loaded.write().format("faiss").save(path("added.faiss"));
        try (MappedIndex mapped = FaissFiles.map(directory.resolve("added.faiss"))) {
            assertEquals("IwSq", mapped.type());
            assertEquals(100 + added.length, mapped.count());
            IvfIndex index = new IvfIndex(mapped.quantizer(), mapped.lists(), 16);
            List<Row> neighbors = loaded.setK(K)
                    .transform(TestVectors.frame(added))
                    .orderBy("id")
                    .select("neighbors.id")
                    .collectAsList();
            for (int q = 0; q < added.length; q++) {
                Long[] expected = LongStream.of(
                                index.search(added[q], SearchOptions.nearest(K)).ids())
                        .boxed()
                        .toArray(Long[]::new);
                assertEquals(Arrays.asList(expected), neighbors.get(q).getList(0));
                assertTrue(name.endsWith("-ip") || expected[0] == 1000 + q, "its own vector is nearest");
            }
        }
    }

    /** An OPQ before scalar codes. */
    @Test
    void scalarCodesMayBeOfRotatedVectors() {
        float[][] vectors = TestVectors.clustered(100, D, 5, 3);
        float[] ranges = new float[2 * D];
        Arrays.fill(ranges, 0, D, -3);
        Arrays.fill(ranges, D, 2 * D, 6);
        IvfQuantizer quantizer = new IvfQuantizer(
                Metric.L2,
                List.of(Rotation.random(D, 4)),
                new FloatMatrix(1, D, new float[D]),
                new ScalarQuantizer(ScalarQuantizer.Type.QT_8BIT, D, ranges),
                true);
        float[] rows = TestVectors.matrix(vectors).values();
        float[] turned = new float[rows.length];
        quantizer.transform(rows, 0, 100, turned, 0);
        byte[] codes = new byte[100 * D];
        quantizer.encode(turned, 0, 100, new int[100], codes, 0);
        long[][] ids = {LongStream.range(0, 100).toArray()};
        Path file = directory.resolve("turned.faiss");
        FaissFiles.write(file, quantizer, new HeapLists(new PlainFormat(D), new byte[][] {codes}, ids), 1);
        IvfIndexModel.importFaiss(file.toString(), path("index"), false, spark());
        IvfIndexModel model = IvfIndexModel.load(path("index")).setK(3);
        List<Row> found =
                model.transform(TestVectors.frame(vectors)).orderBy("id").collectAsList();
        try (IvfIndex index = FaissFiles.open(file)) {
            for (int q = 0; q < vectors.length; q++) {
                IvfIndex.Neighbors expected = index.search(vectors[q], SearchOptions.nearest(3));
                List<Row> neighbors = found.get(q).getList(found.get(q).fieldIndex("neighbors"));
                for (int i = 0; i < 3; i++) {
                    float distance = expected.distances()[i];
                    assertEquals(distance, neighbors.get(i).getFloat(1), 1e-4 * (1 + distance));
                }
            }
        }
    }

    @Test
    void vectorsOfARefinementRankAgain() throws IOException {
        String name = "refine-idmap2-ivf-sq8-l2";
        IvfIndexModel model = IvfIndexModel.importFaiss(file(name), path("index"), path("vectors"), false, spark());
        Dataset<Row> vectors = spark().read().parquet(path("vectors"));
        assertEquals(200, vectors.select("id").distinct().count());
        assertAnswers(name, model.setRerank(3 * K).setVectors(vectors));
    }

    @Test
    void vectorsThatAreNotThereAreRefused() throws IOException {
        String file = file("sq8-ivf-l2");
        NsvqException e = assertThrows(
                NsvqException.class,
                () -> IvfIndexModel.importFaiss(file, path("index"), path("vectors"), false, spark()));
        assertEquals(
                file + " has no vectors beside its codes: they are in files of an IndexRefine alone", e.getMessage());
        try (var left = Files.list(directory)) {
            assertEquals(List.of(Path.of(file)), left.toList());
        }
    }
}
