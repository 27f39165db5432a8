package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertExact;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.files;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static io.github.sparknsvq.ml.IndexTestData.ids;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.IndexTestData.Found;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Indexes that grow and shrink: segments of lists and of deleted ids. */
class IndexSegmentsTest {
    private final SparkSession spark = SparkTestSession.get();
    private final Dataset<Row> vectors = TestVectors.frame(VECTORS);
    private final Dataset<Row> queries = TestVectors.frame(QUERIES);

    @TempDir
    private static Path shared;

    private static IvfIndexModel built;

    @TempDir
    private Path directory;

    private Path path;
    private IvfIndexModel half;

    @BeforeAll
    static void build() {
        built = IndexTestData.flat(
                shared.resolve("half"), TestVectors.frame(VECTORS).filter("id < 150"));
    }

    @BeforeEach
    void takeHalfAnIndex() {
        path = directory.resolve("index");
        half = IndexTestData.copied(built, path);
    }

    private List<String> entries(String part) throws IOException {
        try (Stream<Path> entries = Files.list(path.resolve(part))) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private List<String> entries(String part, String prefix) throws IOException {
        return entries(part).stream().filter(name -> name.startsWith(prefix)).toList();
    }

    /** Returns those files that adding a second segment leaves as they are. */
    private static List<String> kept(List<String> files) {
        return files.stream()
                .filter(file -> !file.startsWith("manifest") && !file.startsWith("lists/segment=1"))
                .toList();
    }

    private static void assertNoneFound(IvfIndexModel model, Dataset<Row> queries, String id) {
        for (List<String> of : ids(found(model.transform(queries)))) {
            assertFalse(of.contains(id), of.toString());
        }
    }

    @Test
    void addedVectorsAreFoundBesideTheOldOnesAndNothingIsTrained() throws Exception {
        List<String> before = files(path);
        half.add(vectors.filter("id >= 150"));
        assertExact(found(half.transform(queries)), DistanceKind.L2, 5);
        assertExact(found(IvfIndexModel.load(path.toString()).transform(queries)), DistanceKind.L2, 5);
        assertEquals(List.of("segment=0", "segment=1"), entries("lists"));
        List<String> after = files(path);
        assertEquals(kept(before), kept(after));
        assertEquals(List.of("commit-1.json"), entries("manifest", "commit"));
    }

    @Test
    void listsAreParquetThatAnyoneReads() {
        half.add(vectors.filter("id >= 150"));
        Dataset<Row> lists = spark.read().parquet(path.resolve("lists").toString());
        assertEquals(
                "struct<list:int,ids:array<bigint>,codes:binary,segment:int>",
                lists.schema().catalogString());
        assertEquals(
                0, lists.groupBy("list", "segment").count().filter("count > 1").count());
        assertEquals(
                0,
                lists.filter("size(ids) * " + 4 * IndexTestData.DIMENSION + " <> length(codes)")
                        .count());
        assertArrayEquals(
                LongStream.range(0, VECTORS.length).toArray(),
                lists.selectExpr("explode(ids) as id").orderBy("id").collectAsList().stream()
                        .mapToLong(row -> row.getLong(0))
                        .toArray());
        for (String file : files(path.resolve("lists"))) {
            if (file.endsWith(".parquet")) {
                assertTrue(file.startsWith("segment="), file);
                int[] inOrder = spark
                        .read()
                        .parquet(path.resolve("lists/" + file).toString())
                        .collectAsList()
                        .stream()
                        .mapToInt(row -> row.getInt(0))
                        .toArray();
                assertArrayEquals(IntStream.of(inOrder).sorted().toArray(), inOrder);
            }
        }
    }

    @Test
    void idsThatAreThereAlreadyAreRefusedAndNothingIsWritten() {
        List<String> before = files(path);
        assertRefused(
                () -> half.add(vectors.filter("id >= 149")),
                "column 'id' holds 149, which is in the index already: delete it from the index first");
        assertRefused(
                () -> half.add(vectors.filter("id > 290").union(vectors.filter("id = 295"))),
                "column 'id' holds 295 in 2 rows: ids must be unique");
        assertRefused(
                () -> half.add(
                        vectors.selectExpr("nullif(id, 299L) as id", "features").filter("id is null or id > 290")),
                "column 'id' holds null");
        assertEquals(before, files(path));
    }

    @Test
    void deletedVectorsAreNotFoundUntilTheyAreAddedAgain() {
        String gone =
                found(half.transform(queries.filter("id = 0"))).get(0).get(0).id();
        Dataset<Row> deleted = vectors.filter("id = " + gone);
        half.delete(deleted.select("id"));
        assertNoneFound(half, queries, gone);
        assertNoneFound(IvfIndexModel.load(path.toString()), queries, gone);
        assertEquals(149, half.ids(spark).count());

        half.add(deleted.selectExpr("id", "transform(features, x -> x + 1000f) as features"));
        List<Found> far = found(
                        half.transform(deleted.selectExpr("id", "transform(features, x -> x + 1000f) as features")))
                .get(0);
        assertEquals(new Found(gone, 0), far.get(0));
        assertNoneFound(half, queries, gone);
        assertEquals(150, half.ids(spark).count());
        assertRefused(() -> half.add(deleted), "holds " + gone + ", which is in the index already");

        half.compact(spark);
        assertNoneFound(half, queries, gone);
        assertEquals(
                new Found(gone, 0),
                found(half.transform(deleted.selectExpr("id", "transform(features, x -> x + 1000f) as features")))
                        .get(0)
                        .get(0));
    }

    @Test
    void unknownIdsAreDeletedWithoutHarm() {
        List<List<Found>> before = found(half.transform(queries));
        half.delete(vectors.filter("id >= 150").select("id"));
        half.delete(vectors.limit(0).select("id"));
        assertEquals(before, found(half.transform(queries)));
        half.add(vectors.filter("id >= 150"));
        assertExact(found(half.transform(queries)), DistanceKind.L2, 5);
    }

    @Test
    void aCompactedIndexAnswersAlikeFromOneSegment() throws Exception {
        half.add(vectors.filter("id >= 150 and id < 200"));
        half.delete(vectors.filter("id % 7 = 0").select("id"));
        half.add(vectors.filter("id >= 200 or id = 14"));
        List<List<Found>> before = found(half.transform(queries));
        for (int times = 0; times < 2; times++) {
            half.compact(spark);
            assertEquals(before, found(half.transform(queries)));
            assertEquals(List.of("segment=4"), entries("lists"));
            assertEquals(List.of(), entries("deleted"));
        }
        assertEquals(
                0,
                spark.read()
                        .parquet(path.resolve("lists").toString())
                        .groupBy("list")
                        .count()
                        .filter("count > 1")
                        .count());
        half.add(vectors.filter("id < 200 and id % 7 = 0 and id <> 14"));
        assertExact(found(half.transform(queries)), DistanceKind.L2, 5);
    }

    @Test
    void anIndexThatLostAllItsVectorsAnswersWithNoneAndTakesNewOnes() {
        half.delete(vectors.select("id"));
        assertTrue(found(half.transform(queries)).stream().allMatch(List::isEmpty));
        half.compact(spark);
        half.compact(spark);
        assertTrue(found(half.transform(queries)).stream().allMatch(List::isEmpty));
        half.add(vectors);
        assertExact(found(half.transform(queries)), DistanceKind.L2, 5);
    }

    @Test
    void addingNoRowsChangesNoAnswer() {
        List<List<Found>> before = found(half.transform(queries));
        half.add(vectors.limit(0));
        half.add(vectors.filter("id < 0"));
        assertEquals(before, found(half.transform(queries)));
        half.compact(spark);
        assertEquals(before, found(half.transform(queries)));
    }

    @Test
    void whatAKilledWriterLeftDoesNoHarm() throws Exception {
        Path left = Files.createDirectories(path.resolve("writing-0"));
        Files.writeString(left.resolve("part-0.parquet"), "half a file");
        Files.createDirectories(path.resolve("lists/_temporary"));
        half.add(vectors.filter("id >= 150"));
        assertExact(found(IvfIndexModel.load(path.toString()).transform(queries)), DistanceKind.L2, 5);
        half.delete(vectors.filter("id = 1").select("id"));
        half.compact(spark);
        half.write().save(directory.resolve("copy").toString());
        assertFalse(Files.exists(directory.resolve("copy/writing-0")));
        assertEquals(
                299,
                IvfIndexModel.load(directory.resolve("copy").toString())
                        .ids(spark)
                        .count());
    }

    @Test
    void aCompactionThatWasKilledBeforeItTidiedUpCountsAsDone() throws Exception {
        half.delete(vectors.filter("id < 10").select("id"));
        List<List<Found>> before = found(half.transform(queries));
        Path old = directory.resolve("old");
        IvfIndexModel copy = half.copy(org.apache.spark.ml.param.ParamMap.empty());
        copy.write().save(old.toString());
        half.compact(spark);
        // the segments that the compaction replaced are there again
        Files.move(old.resolve("lists/segment=0"), path.resolve("lists/segment=0"));
        Files.move(old.resolve("deleted/segment=1"), path.resolve("deleted/segment=1"));
        assertEquals(before, found(half.transform(queries)));
        assertEquals(140, half.ids(spark).count());
        half.add(vectors.filter("id < 10"));
        assertEquals(150, half.ids(spark).count());
        half.compact(spark);
        assertEquals(150, half.ids(spark).count());
        assertEquals(List.of(), entries("deleted"));
    }
}
