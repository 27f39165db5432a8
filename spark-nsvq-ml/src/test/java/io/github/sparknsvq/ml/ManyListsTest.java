package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.found;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.IndexTestData.Found;
import io.github.sparknsvq.ml.index.IndexContents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Indexes of many lists, and of lists that are too large for a task. */
class ManyListsTest {
    private static final float[][] VECTORS = TestVectors.clustered(1200, 6, 9, 4);
    private static final String BYTES = "spark.nsvq.listBytesPerTask";

    @TempDir
    private Path directory;

    private final SparkSession spark = SparkTestSession.get();

    private IvfIndex index(String name, int lists) {
        return new IvfIndex()
                .setIndexDir(directory.resolve(name).toString())
                .setNumLists(lists)
                .setQuantizer("flat")
                .setMaxIter(3)
                .setK(7);
    }

    @Test
    void hierarchicalListsAreTheSameWhateverThePartitions() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        IvfIndexModel one = index("one", 60).setListTraining("hierarchical").fit(data.coalesce(1));
        IvfIndexModel five = index("five", 60)
                .setListTraining("hierarchical")
                .fit(data.repartitionByRange(5, functions.col("id")).sortWithinPartitions("id"));

        float[] centroids = one.shared().centroids().values();
        assertArrayEquals(centroids, five.shared().centroids().values());
        IndexContents contents = IndexContents.of(five.stored(spark));
        assertEquals(1200, contents.vectors());
        assertTrue(contents.imbalance() < 1.2, "imbalance " + contents.imbalance());
        assertTrue(five.summary().coarseMse() > 0);
    }

    @Test
    void saysWhichParamsHierarchicalListsDoNotUse() {
        IvfIndex plain = new IvfIndex();
        assertEquals(Optional.empty(), plain.unusedByLists(false));
        // the command line sets defaults, too
        assertEquals(Optional.empty(), plain.setMaxIter(plain.getMaxIter()).unusedByLists(false));
        assertEquals(
                "lists are trained hierarchically, with passes of their own: what was set of maxIter is not used"
                        + " (listTraining = flat uses it for lists)",
                index("none", 60).unusedByLists(false).orElseThrow());
        IvfIndex all = new IvfIndex().setMaxIter(3).setUpdater("lloyd").setLocalSteps(2);
        assertEquals(
                "lists are trained hierarchically, with passes of their own: what was set of maxIter, updater,"
                        + " localSteps goes to the training of the codebooks alone (listTraining = flat uses it for"
                        + " lists)",
                all.unusedByLists(false).orElseThrow());
        assertTrue(new IvfIndex()
                .unusedByLists(true)
                .orElseThrow()
                .contains("what was set of the checkpoint goes to the training of the codebooks alone"));
    }

    @Test
    void automaticTrainingIsFlatForFewLists() {
        Dataset<Row> data = TestVectors.frame(VECTORS).coalesce(2);
        float[] flat = index("flat", 12)
                .setListTraining("flat")
                .fit(data)
                .shared()
                .centroids()
                .values();

        assertArrayEquals(flat, index("auto", 12).fit(data).shared().centroids().values());
    }

    @Test
    void listsThatAreTooLargeForATaskAreSharedOut() throws IOException {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        Dataset<Row> more =
                TestVectors.frame(TestVectors.clustered(300, 6, 9, 5)).withColumn("id", functions.expr("id + 1200"));
        Dataset<Row> gone = spark.range(0, 1200, 7).toDF("id");
        Dataset<Row> queries = TestVectors.frame(Arrays.copyOf(TestVectors.clustered(300, 6, 9, 6), 30));
        IvfIndexModel whole = index("whole", 2).fit(data).setProbes(2);
        whole.add(more);
        whole.delete(gone);
        List<List<Found>> expected = found(whole.transform(queries));
        Path file = directory.resolve("whole.faiss");
        whole.write().format("faiss").save(file.toString());
        IvfIndexModel model;
        spark.conf().set(BYTES, " 2k"); // 64 vectors
        try {
            model = index("shared", 2).fit(data).setProbes(2);
            model.add(more);
            model.delete(gone);
            assertEquals(expected, found(model.transform(queries)));
            assertEquals(1328, IndexContents.verified(model.stored(spark)).vectors());
            Path shared = directory.resolve("shared.faiss");
            model.write().format("faiss").save(shared.toString());
            assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(shared));
            model.compact(spark);
            assertEquals(expected, found(model.transform(queries)));
        } finally {
            spark.conf().unset(BYTES);
        }
        assertEquals(expected, found(model.transform(queries)));
        assertEquals(1328, IndexContents.verified(model.stored(spark)).vectors());
    }

    /** Lists of more bytes than a task should hold go by row after row, and the file is the same. */
    @ParameterizedTest
    @CsvSource({"none, false", "flat, false", "sq8, false", "flat, true", "sq8, true"})
    void listsThatAreTooLargeForATaskAreExported(String refine, boolean spills) throws IOException {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        IvfIndexModel model = new IvfIndex()
                .setIndexDir(directory.resolve("index").toString())
                .setNumLists(3)
                .setQuantizer("pq")
                .setNumCodebooks(6)
                .setCodebookBits(4)
                .setMaxIter(2)
                .fit(data.filter("id < 1000"));
        model.add(data.filter("id >= 1000"));
        model.delete(data.filter("id % 10 = 0"));
        model.setVectors(data);
        byte[] whole = exported(model, "whole", refine, spills);
        spark.conf().set(BYTES, "1k");
        try {
            assertArrayEquals(whole, exported(model, "parts", refine, spills));
        } finally {
            spark.conf().unset(BYTES);
        }
    }

    private byte[] exported(IvfIndexModel model, String name, String refine, boolean spills) throws IOException {
        Path file = directory.resolve(name + ".faiss");
        model.write()
                .format("faiss")
                .option("fastScan", "true")
                .option("refine", refine)
                .option("spill", String.valueOf(spills))
                .save(file.toString());
        return Files.readAllBytes(file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"many", "", "0", "-5", "1.5g", "9223372036854775807k"})
    void aSettingThatIsNoNumberOfBytesIsNamed(String bytes) {
        IvfIndexModel model = IndexTestData.flat(directory.resolve("any"), TestVectors.frame(IndexTestData.VECTORS));
        spark.conf().set(BYTES, bytes);
        try {
            IndexTestData.assertRefused(
                    () -> model.transform(TestVectors.frame(IndexTestData.QUERIES)),
                    BYTES + " = '" + bytes + "' should be a number of bytes, at least 1, as in 128m");
        } finally {
            spark.conf().unset(BYTES);
        }
    }
}
