package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.MappedIndex;
import io.github.sparknsvq.core.index.Metric;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Indexes written for FAISS with the vectors that rank what codes find. */
class RefineExportTest {
    private static final int COUNT = 200;
    private static final int K = 5;
    private static final float[][] VECTORS = TestVectors.clustered(COUNT, 8, 12, 3);
    private static final float[][] QUERIES = TestVectors.clustered(10, 8, 12, 4);

    @TempDir
    private Path directory;

    private IvfIndexModel built(String quantizer, String metric) {
        return new IvfIndex()
                .setNumLists(7)
                .setQuantizer(quantizer)
                .setMetric(metric)
                .setNumCodebooks(4)
                .setCodebookBits(4)
                .setMaxIter(2)
                .setIndexDir(directory.resolve("index").toString())
                .fit(TestVectors.frame(VECTORS));
    }

    private Path exported(IvfIndexModel model, String refine, boolean fastScan) throws Exception {
        return exported(model, refine, fastScan, false);
    }

    private Path exported(IvfIndexModel model, String refine, boolean fastScan, boolean spill) throws Exception {
        Path file = directory.resolve(spill ? "spilled.faiss" : "index.faiss");
        MLWriter writer = model.write().format("faiss").option("refine", refine);
        writer.option("spill", String.valueOf(spill));
        writer.option("fastScan", String.valueOf(fastScan)).save(file.toString());
        return file;
    }

    private static float[] unit(float[] x) {
        double sum = 0;
        for (float value : x) {
            sum += value * value;
        }
        float[] of = x.clone();
        for (int j = 0; j < x.length; j++) {
            of[j] = (float) (x[j] / Math.sqrt(sum));
        }
        return of;
    }

    /** Distances as the file has them: of vectors of length 1 for cosines. */
    private static double distance(String metric, float[] query, float[] row) {
        float[] x = metric.equals("cosine") ? unit(query) : query;
        float[] y = metric.equals("cosine") ? unit(row) : row;
        return IntStream.range(0, x.length)
                .mapToDouble(j -> metric.equals("l2") ? (x[j] - y[j]) * (x[j] - y[j]) : -x[j] * y[j])
                .sum();
    }

    @ParameterizedTest
    @CsvSource({
        "pq, l2, sq8, true",
        "pq, cosine, sq8, true",
        "opq, ip, flat, false",
    })
    void ranksByTheVectorsOfTheIndex(String quantizer, String metric, String refine, boolean fastScan)
            throws Exception {
        IvfIndexModel model = built(quantizer, metric);
        model.delete(TestVectors.frame(VECTORS).filter("id % 10 = 0"));
        model.add(TestVectors.frame(VECTORS).filter("id = 20"));
        model.setVectors(TestVectors.frame(VECTORS).repartition(3));
        Path file = exported(model, refine, fastScan);
        int[] live =
                IntStream.range(0, COUNT).filter(i -> i % 10 > 0 || i == 20).toArray();
        try (io.github.sparknsvq.core.index.IvfIndex index = FaissFiles.open(file)) {
            assertEquals(live.length, index.size());
            assertEquals(
                    metric.equals("l2") ? Metric.L2 : Metric.INNER_PRODUCT,
                    index.quantizer().metric());
            for (float[] query : QUERIES) {
                double[] expected = Arrays.stream(live)
                        .mapToDouble(i -> distance(metric, query, VECTORS[i]))
                        .sorted()
                        .limit(K)
                        .toArray();
                var found = index.search(query, K, 7, COUNT);
                for (int i = 0; i < K; i++) {
                    double tolerance = refine.equals("sq8") ? 0.03 * (1 + Math.abs(expected[i])) : 1e-4;
                    assertEquals(expected[i], found.distances()[i], tolerance);
                    float[] row = VECTORS[(int) found.ids()[i]];
                    assertEquals(distance(metric, query, row), found.distances()[i], tolerance);
                }
            }
        }
        try (var beside = Files.list(directory)) {
            List<String> left = beside.map(each -> each.getFileName().toString())
                    .filter(name -> !name.endsWith(".crc"))
                    .sorted(Comparator.naturalOrder())
                    .toList();
            assertEquals(List.of("index", "index.faiss", "index.faiss.crc32c"), left);
        }
    }

    /** As a file that is spilled by itself, but for vectors that codes are made of where the file rounds them. */
    @ParameterizedTest
    @CsvSource({
        "pq, l2, flat, true",
        "pq, cosine, flat, true",
        "flat, ip, flat, false",
        "rq, l2, flat, false",
        "pq, l2, sq8, true",
    })
    void putsEachVectorIntoASecondList(String quantizer, String metric, String refine, boolean fastScan)
            throws Exception {
        IvfIndexModel model = built(quantizer, metric);
        model.delete(TestVectors.frame(VECTORS).filter("id % 10 = 0"));
        model.add(TestVectors.frame(VECTORS).filter("id = 20"));
        model.setVectors(TestVectors.frame(VECTORS).repartition(3));
        Path once = exported(model, refine, fastScan);
        Path twice = exported(model, refine, fastScan, true);
        Path itself = directory.resolve("itself.faiss");
        try (MappedIndex mapped = FaissFiles.map(once)) {
            FaissFiles.writeSpilled(itself, mapped);
        }
        if (refine.equals("flat") && metric.equals("l2")) {
            assertArrayEquals(Files.readAllBytes(itself), Files.readAllBytes(twice));
        }
        Exception e = assertThrows(
                NsvqException.class,
                () -> IvfIndexModel.importFaiss(
                        twice.toString(), directory.resolve("back").toString(), false, SparkSession.active()));
        assertTrue(e.getMessage().contains("has each vector in two lists"), e.getMessage());
        int count = COUNT - COUNT / 10 + 1;
        try (io.github.sparknsvq.core.index.IvfIndex before = FaissFiles.open(once);
                io.github.sparknsvq.core.index.IvfIndex after = FaissFiles.open(twice)) {
            assertEquals(count, after.size());
            assertEquals(
                    2 * count, IntStream.range(0, 7).map(after.lists()::size).sum());
            for (float[] query : QUERIES) {
                long[] few = before.search(query, COUNT, 3, COUNT).ids();
                long[] more = after.search(query, COUNT, 3, COUNT).ids();
                assertEquals(more.length, Arrays.stream(more).distinct().count());
                List<Long> found = Arrays.stream(more).boxed().toList();
                assertTrue(found.containsAll(Arrays.stream(few).boxed().toList()));
                assertArrayEquals(
                        before.search(query, K, 7, COUNT).distances(),
                        after.search(query, K, 7, COUNT).distances());
            }
        }
    }

    /** Least and greatest values are those of all rows given, so the file is the same however these come. */
    @Test
    void roundsAlikeWhateverThePartitions() throws Exception {
        IvfIndexModel model = built("pq", "l2");
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        byte[] one = Files.readAllBytes(exported(model.setVectors(vectors.coalesce(1)), "sq8", true));
        for (int parts : new int[] {2, 7}) {
            model.setVectors(vectors.orderBy(expr("hash(id)")).repartition(parts));
            Path file = directory.resolve(parts + ".faiss");
            MLWriter writer = model.write().format("faiss").option("refine", "sq8");
            writer.option("fastScan", "true").save(file.toString());
            assertArrayEquals(one, Files.readAllBytes(file), parts + " partitions");
        }
    }

    @Test
    void anIndexWithoutVectors() throws Exception {
        IvfIndexModel model = built("pq", "l2");
        model.delete(TestVectors.frame(VECTORS));
        model.setVectors(TestVectors.frame(VECTORS));
        try (io.github.sparknsvq.core.index.IvfIndex index = FaissFiles.open(exported(model, "sq8", true))) {
            assertEquals(0, index.size());
            assertArrayEquals(new long[0], index.search(QUERIES[0], K, 7, 10).ids());
        }
        try (io.github.sparknsvq.core.index.IvfIndex index = FaissFiles.open(exported(model, "sq8", true, true))) {
            assertEquals(0, index.size());
        }
    }

    @Test
    void refusesToSpillWhatHasNoSecondList() {
        IvfIndexModel model = built("pq", "l2").setVectors(TestVectors.frame(VECTORS));
        Exception e = assertThrows(NsvqException.class, () -> exported(model, "none", true, true));
        assertTrue(e.getMessage().startsWith("spill goes with refine"), e.getMessage());
        Path file = directory.resolve("none.faiss");
        Exception no = assertThrows(
                NsvqException.class,
                () -> model.write().format("faiss").option("spill", "yes").save(file.toString()));
        assertEquals("spill 'yes' is unknown: use true or false", no.getMessage());
        IvfIndexModel one = new IvfIndex()
                .setNumLists(1)
                .setQuantizer("flat")
                .setIndexDir(directory.resolve("one").toString())
                .fit(TestVectors.frame(VECTORS))
                .setVectors(TestVectors.frame(VECTORS));
        e = assertThrows(NsvqException.class, () -> exported(one, "flat", false, true));
        assertTrue(e.getMessage().startsWith("an index of one list has no second list"), e.getMessage());
    }

    private void refused(String message, IvfIndexModel model, Dataset<Row> vectors, String refine) throws Exception {
        model.setVectors(vectors);
        Exception e = assertThrows(Exception.class, () -> exported(model, refine, true));
        String all = String.join(
                "\n",
                ExceptionUtils.getThrowableList(e).stream()
                        .map(Throwable::getMessage)
                        .toList());
        assertTrue(all.contains(message), all);
        try (var left = Files.list(directory)) {
            assertEquals(
                    List.of("index"),
                    left.map(each -> each.getFileName().toString()).toList());
        }
    }

    @Test
    void refusesOtherVectors() throws Exception {
        IvfIndexModel model = built("pq", "l2");
        Dataset<Row> all = TestVectors.frame(VECTORS);
        refused("refine 'sq4' is unknown: use none, flat or sq8", model, all, "sq4");
        refused(
                "refine = flat ranks by the vectors themselves: give them with vectorsTable or setVectors",
                model,
                null,
                "flat");
        refused(
                "the vectors to rank by lack the one of id 17, which is in the index: give all of the index's"
                        + " vectors",
                model,
                all.withColumn("id", expr("if(id = 17, 1017, id)")),
                "flat");
        refused(
                "the vectors to rank by are 199, and the index has 200: give all of the index's vectors",
                model,
                all.filter("id != 17"),
                "sq8");
        refused(
                "the vectors to rank by hold 17 in 2 rows or more: ids must be unique",
                model,
                all.union(all.filter("id = 17")),
                "sq8");
        float[][] narrow =
                Arrays.stream(VECTORS).map(row -> Arrays.copyOf(row, 5)).toArray(float[][]::new);
        refused(
                "the first of the vectors to rank by has 5 values, the index has 8: give the vectors",
                model,
                TestVectors.frame(narrow),
                "sq8");
        float[][] broken = Arrays.stream(VECTORS).map(float[]::clone).toArray(float[][]::new);
        broken[9][2] = Float.NaN;
        refused("of the vectors to rank by holds a vector, of id 9,", model, TestVectors.frame(broken), "flat");
    }
}
