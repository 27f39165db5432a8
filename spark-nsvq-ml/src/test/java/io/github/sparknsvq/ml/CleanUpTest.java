package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockResult;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** Nothing stays on the executors when work is done, or has failed: no rows that were kept, nothing that was sent. */
class CleanUpTest {
    /** So large that tasks of the training are sent as broadcasts. */
    private static final int CODEWORDS = 1200;

    private static final int DIMENSION = 128;

    private static final String BUILDING = "encoding and writing vectors";

    private final JavaSparkContext spark = SparkInternals.context(SparkTestSession.get());
    private Set<Integer> keptBefore;
    private Set<String> sentBefore;

    @TempDir
    Path directory;

    @BeforeEach
    void look() {
        keptBefore = new TreeSet<>(spark.getPersistentRDDs().keySet());
        sentBefore = new TreeSet<>(sent().keySet());
    }

    /** Returns the names of rows that are kept on the executors, and were not before. */
    private List<String> kept() {
        return spark.getPersistentRDDs().entrySet().stream()
                .filter(entry -> !keptBefore.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .map(JavaRDD::name)
                .map(String::valueOf)
                .sorted()
                .toList();
    }

    /** Returns the broadcasts that hold something of spark-nsvq, and what they hold. */
    private static Map<String, String> sent() {
        BlockManager blocks = SparkEnv.get().blockManager();
        Map<String, String> found = new TreeMap<>();
        for (BlockId id : CollectionConverters.asJava(blocks.getMatchingBlockIds(id -> isBroadcast(id)))) {
            Option<BlockResult> held = blocks.getLocalValues(id);
            if (held.isDefined()) {
                List<Object> values = new ArrayList<>();
                CollectionConverters.asJava(held.get().data()).forEachRemaining(values::add); // which unlocks it
                values.stream()
                        .map(value -> value.getClass().getName())
                        .filter(name -> name.startsWith("io.github.sparknsvq"))
                        .forEach(name -> found.put(id.name(), name));
            }
        }
        return found;
    }

    private static boolean isBroadcast(BlockId id) {
        return id.isBroadcast() && !id.name().contains("piece");
    }

    /** Asserts that nothing is left, at once or, where it waits for the garbage collector, after that. */
    private void assertNothingLeft(boolean collected) throws InterruptedException {
        assertEquals(List.of(), kept());
        Map<String, String> left = Map.of();
        for (int trial = 0; trial < 100; trial++) {
            if (collected) {
                System.gc();
            }
            left = sent();
            left.keySet().removeAll(sentBefore);
            if (left.isEmpty()) {
                return;
            }
            Thread.sleep(50); // they are destroyed by messages
        }
        assertEquals(Map.of(), left);
    }

    private static Dataset<Row> large() {
        return TestVectors.frame(TestVectors.clustered(1500, DIMENSION, 30, 1));
    }

    private static VQ vq() {
        return new VQ().setK(CODEWORDS).setMaxIter(2).setInitMode("random");
    }

    @Test
    void broadcastsAreSeen() throws InterruptedException {
        VQModel model = vq().fit(large());
        model.transform(large()).count();
        Map<String, String> held = sent();
        held.keySet().removeAll(sentBefore);
        assertEquals(1, held.size(), "the model's, which its data frames need: " + held);
        assertFalse(model.shared() == null);
    }

    @Test
    void trainingLeavesNothing() throws InterruptedException {
        List<String> during = new ArrayList<>();
        VQModel model = vq().setListener(progress -> during.addAll(kept())).fit(large());
        assertTrue(during.stream().allMatch(name -> name.startsWith("spark-nsvq training rows")), during::toString);
        assertFalse(during.isEmpty());
        assertNothingLeft(false);
        assertEquals(CODEWORDS, model.codebook().rows());
    }

    @Test
    void aTrainingThatFailsLeavesNothing() throws InterruptedException {
        TrainingListener failing = progress -> {
            throw new NsvqException("told to fail");
        };
        VQ vq = vq().setListener(failing);
        Dataset<Row> rows = large();
        assertThrows(NsvqException.class, () -> vq.fit(rows));
        assertNothingLeft(false);
    }

    @Test
    void aResampledLineLeavesNothing() throws InterruptedException {
        Dataset<Row> rows = TestVectors.frame(TestVectors.clustered(300, 4, 8, 2));
        SpaceFillingVQModel line = new SpaceFillingVQ().setK(8).setMaxIter(2).fit(rows);
        line.resampled(rows, 16, "samples", 1);
        assertNothingLeft(false);
    }

    private IvfIndex index(String listTraining) {
        return IndexTestData.estimator(directory.resolve("index"))
                .setListTraining(listTraining)
                .setQuantizer("rq")
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setJointIter(2);
    }

    private static Dataset<Row> small() {
        return TestVectors.frame(TestVectors.clustered(600, 8, 10, 4));
    }

    @Test
    void anIndexThatFailsLeavesNothing() throws InterruptedException, IOException {
        List<String> parts = List.of("packing residuals", "training codebooks jointly", BUILDING);
        for (String part : parts) {
            TrainingListener failing = new TrainingListener() {
                @Override
                public void progressed(Progress progress) {}

                @Override
                public void begins(String begun) {
                    if (begun.equals(part)) {
                        throw new NsvqException("told to fail");
                    }
                }
            };
            IvfIndex index = index("flat").setListener(failing);
            Dataset<Row> rows = small();
            assertThrows(NsvqException.class, () -> index.fit(rows));
            assertNothingLeft(false);
            try (Stream<Path> files = Files.list(directory)) {
                assertEquals(0, files.count());
            }
        }
    }

    @Test
    void indexSearchAndCodesLeaveNothingWhenTheyAreDropped() throws InterruptedException {
        work();
        assertNothingLeft(true);
    }

    /** Builds, searches, changes and encodes; nothing of it can be reached after that. */
    private void work() {
        Dataset<Row> rows = small();
        IvfIndexModel model = index("hierarchical").fit(rows);
        assertEquals(600, model.transform(rows).count());
        model.delete(rows.limit(3).select("id")).compact(SparkTestSession.get());
        ProductVQModel codes = new ProductVQ()
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(2)
                .fit(rows);
        assertEquals(600, codes.transform(rows).count());
        assertEquals(List.of(), kept());
    }
}
