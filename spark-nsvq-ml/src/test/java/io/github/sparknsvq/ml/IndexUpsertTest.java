package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertHolds;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.files;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.ingest.SourcePosition;
import io.github.sparknsvq.ml.verification.Verification;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vectors that take the place of others, and how far their source was read: one commit, all of it or nothing. */
class IndexUpsertTest {
    private static final SourcePosition FIRST = SourcePosition.batch("photos", 0);
    private static final SourcePosition SECOND = SourcePosition.batch("photos", 1);

    @TempDir
    private static Path shared;

    private static IvfIndexModel built;

    private final SparkSession spark = SparkTestSession.get();
    private final Dataset<Row> vectors = TestVectors.frame(VECTORS);

    @TempDir
    private Path directory;

    private Path path;
    private IvfIndexModel index;

    /** An index of ids below 100. */
    @BeforeAll
    static void build() {
        built = IndexTestData.flat(
                shared.resolve("index"), TestVectors.frame(VECTORS).filter("id < 100"));
    }

    @BeforeEach
    void copy() {
        path = directory.resolve("index");
        index = IndexTestData.copied(built, path);
    }

    /** Vectors elsewhere, under the ids that a condition names. */
    private Dataset<Row> moved(String condition) {
        return vectors.filter(condition).withColumn("features", IndexTestData.moved(100));
    }

    private Dataset<Row> ids(String condition) {
        return vectors.filter(condition).select("id");
    }

    private IvfIndexModel reopened() {
        return IvfIndexModel.load(path.toString()).setProbes(IndexTestData.LISTS);
    }

    private static List<String> lists(Path index) {
        return files(index).stream().filter(file -> file.endsWith(".parquet")).toList();
    }

    @Test
    void vectorsTakeThePlaceOfOthersInOneCommit() {
        assertTrue(index.upsert(moved("id >= 90 and id < 110"), ids("id < 10 or id = 95"), FIRST));
        Dataset<Row> expected = vectors.filter("id >= 10 and id < 90").union(moved("id >= 90 and id < 110"));
        assertHolds(index, expected);
        assertHolds(reopened(), expected);
        assertEquals(Map.of("photos", FIRST), reopened().positions(spark));
        assertTrue(files(path).contains("manifest/commit-1.json"), files(path).toString());
        Verification.of(path.toString(), spark);
        assertEquals(
                100,
                spark.read()
                                .parquet(path.resolve("lists").toString())
                                .selectExpr("explode(ids)")
                                .count()
                        - 20,
                "what Spark reads are lists alone");
    }

    /** Ids that were deleted twice count once; too many leave all as it was, and compacting makes room. */
    @Test
    void moreDeletedIdsThanTravelAreRefused() {
        spark.conf().set("spark.nsvq.maxDeletedIds", 5);
        try {
            index.delete(ids("id < 4"));
            index.delete(ids("id < 5"));
            String message = "the index would hold 6 deleted ids, which travel to every executor, and at most 5 are"
                    + " allowed (spark.nsvq.maxDeletedIds): compact the index, or replace and delete fewer vectors at"
                    + " once and compact in between";
            List<String> before = files(path);
            assertRefused(() -> index.delete(ids("id = 5")), message);
            assertRefused(() -> index.upsert(moved("id = 5"), null, FIRST), message);
            assertEquals(before, files(path));
            assertHolds(index, vectors.filter("id >= 5 and id < 100"));
            index.compact(spark);
            index.upsert(moved("id = 5"), null, FIRST);
            assertHolds(reopened(), vectors.filter("id > 5 and id < 100").union(moved("id = 5")));
            spark.conf().set("spark.nsvq.maxDeletedIds", "many");
            assertRefused(
                    () -> index.delete(ids("id = 6")),
                    "spark.nsvq.maxDeletedIds = 'many' should be a whole number above 0");
        } finally {
            spark.conf().unset("spark.nsvq.maxDeletedIds");
        }
    }

    @Test
    void newVectorsAloneDeleteNothing() {
        index.upsert(vectors.filter("id >= 100 and id < 120"), null, null);
        assertHolds(index, vectors.filter("id < 120"));
        assertEquals(
                List.of(),
                files(path).stream().filter(file -> file.contains("_deleted")).toList());
        assertEquals(Map.of(), index.positions(spark));
    }

    @Test
    void whatIsThereIsLeftOut() {
        index.upsert(vectors.filter("id >= 100 and id < 110"), null, SECOND);
        List<String> before = files(path);
        assertFalse(index.upsert(vectors.filter("id >= 110"), ids("id < 50"), SECOND));
        assertFalse(index.upsert(vectors.filter("id >= 110"), null, FIRST), "an earlier batch");
        assertEquals(before, files(path));
        assertTrue(index.upsert(null, ids("id < 50"), SourcePosition.batch("others", 0)), "another source");
        assertTrue(index.upsert(null, ids("id = 50"), SourcePosition.batch("photos", 2)));
        assertHolds(index, vectors.filter("id > 50 and id < 110"));
        assertEquals(
                Map.of("others", SourcePosition.batch("others", 0), "photos", SourcePosition.batch("photos", 2)),
                reopened().positions(spark));
    }

    @Test
    void positionsOutliveCompactionAndCopies() throws IOException {
        index.upsert(moved("id < 3"), null, SECOND);
        index.upsert(null, null, SourcePosition.snapshot("table", 8271638172L));
        Map<String, SourcePosition> expected =
                Map.of("photos", SECOND, "table", SourcePosition.snapshot("table", 8271638172L));
        index.delete(ids("id = 99"));
        index.compact(spark);
        assertEquals(expected, reopened().positions(spark));
        assertFalse(reopened().upsert(moved("id < 50"), null, SECOND));
        assertHolds(index, vectors.filter("id >= 3 and id < 99").union(moved("id < 3")));
        Path copy = directory.resolve("copy");
        index.write().save(copy.toString());
        assertEquals(expected, IvfIndexModel.load(copy.toString()).positions(spark));
    }

    @Test
    void aPositionAloneChangesNoAnswer() {
        index.upsert(null, null, FIRST);
        assertHolds(reopened(), vectors.filter("id < 100"));
        assertEquals(Map.of("photos", FIRST), reopened().positions(spark));
        index.compact(spark);
        assertEquals(Map.of("photos", FIRST), reopened().positions(spark));
    }

    @Test
    void whatCannotBeIsRefusedAndNothingIsWritten() {
        index.upsert(null, null, FIRST);
        List<String> before = files(path);
        assertRefused(() -> index.upsert(null, null, null), "nothing to change: give vectors, ids to delete or");
        assertRefused(
                () -> index.upsert(moved("id < 5").union(vectors.filter("id = 4")), null, SECOND),
                "column 'id' holds 4 in 2 rows: ids must be unique");
        assertRefused(
                () -> index.upsert(moved("id < 5"), vectors.selectExpr("nullif(id, 7L) as id"), SECOND),
                "column 'id' holds null, which is no id");
        assertRefused(
                () -> index.upsert(moved("id < 5"), null, SourcePosition.snapshot("photos", 7)),
                "the index has batch 0 of photos, which is no snapshot: give the source another name");
        assertRefused(
                () -> index.upsert(moved("id < 5"), vectors.selectExpr("string(id) as id"), SECOND),
                "column 'id' holds strings, the ids of the index are numbers");
        assertEquals(before, files(path));
        assertHolds(index, vectors.filter("id < 100"));
    }

    @Test
    void stringsAreIdsToo() {
        String named = "concat('photo ', id) as id";
        Path other = directory.resolve("named");
        IvfIndexModel model =
                IndexTestData.flat(other, vectors.filter("id < 20").selectExpr(named, "features"));
        model.upsert(
                moved("id < 5").selectExpr(named, "features"), ids("id = 7").selectExpr(named), FIRST);
        assertHolds(
                model,
                vectors.filter("id >= 5 and id < 20 and id <> 7")
                        .union(moved("id < 5"))
                        .selectExpr(named, "features"));
    }

    @Test
    void deletedIdsThatAreDamagedOrGoneAreNamed() throws IOException {
        index.upsert(moved("id < 5"), null, FIRST);
        String name = lists(path).stream()
                .filter(file -> file.contains("_deleted/"))
                .findFirst()
                .orElseThrow();
        try (RandomAccessFile file = new RandomAccessFile(path.resolve(name).toFile(), "rw")) {
            file.seek(5);
            file.write(77);
        }
        assertRefused(() -> Verification.of(path.toString(), spark), name + " is damaged");
        Files.delete(path.resolve(name));
        assertRefused(() -> index.ids(spark), name + " is missing");
        assertRefused(this::reopened, name + " is missing");
    }

    /** A writer that dies when its segment is there, and before the manifest of the index is. */
    @Test
    void anUpsertThatWasKilledBeforeItsManifestIsThereWithItsPosition() throws IOException {
        Dataset<Row> changed = moved("id >= 95 and id < 105");
        index.upsert(changed, ids("id < 5"), FIRST);
        Files.delete(path.resolve("manifest/commit-1.json"));
        Files.deleteIfExists(path.resolve("manifest/.commit-1.json.crc"));
        Files.copy(shared.resolve("index/manifest/commit-0.json"), path.resolve("manifest/commit-0.json"));

        assertEquals(Map.of("photos", FIRST), reopened().positions(spark));
        assertFalse(reopened().upsert(changed, ids("id < 5"), FIRST), "it is there");
        Dataset<Row> expected = vectors.filter("id >= 5 and id < 95").union(changed);
        assertHolds(reopened(), expected);
        assertTrue(reopened().upsert(null, ids("id = 50"), SECOND));
        assertHolds(reopened(), expected.filter("id <> 50"));
        assertEquals(Map.of("photos", SECOND), reopened().positions(spark));
        Verification.of(path.toString(), spark);
    }
}
