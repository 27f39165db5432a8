package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.IndexTestData.Found;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Indexes on disk: whole copies, and clear words for what is damaged. */
class IndexPersistenceTest {
    @TempDir
    private static Path master;

    private static final Dataset<Row> QUERY_FRAME = TestVectors.frame(QUERIES);
    private static List<List<Found>> expected;

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    private Path directory;

    private Path path;

    /** An index with a rotation, two segments and deleted ids. */
    @BeforeAll
    static void build() {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        IvfIndexModel model = IndexTestData.untrained(
                master.resolve("index"),
                DistanceKind.L2,
                Arrays.copyOf(VECTORS, 3),
                CodeModels.rotated(8, 2, 4).shared(),
                vectors.filter("id < 200"));
        model.add(vectors.filter("id >= 200"));
        model.delete(vectors.filter("id < 20").select("id"));
        expected = found(model.transform(QUERY_FRAME));
    }

    @BeforeEach
    void copy() throws IOException {
        path = directory.resolve("index");
        Path from = master.resolve("index");
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Files.copy(file, path.resolve(from.relativize(file).toString()));
            }
        }
    }

    private void delete(String part) {
        assertTrue(FileUtil.fullyDelete(path.resolve(part).toFile()), part);
    }

    private Path only(String part, String glob) throws IOException {
        try (Stream<Path> files = Files.list(path.resolve(part))) {
            return files.filter(file -> file.getFileName().toString().matches(glob))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Replaces a file, and with it the checksum beside it. */
    private static void write(Path file, byte[] bytes) throws IOException {
        Files.write(file, bytes);
        Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    }

    /** Leaves no manifest, which would notice damage before what is tested does. */
    private void forgetManifests() throws IOException {
        EarlierRevisionFiles.withoutManifests(path);
    }

    private void assertSearchFails(String... words) {
        assertRefused(
                () -> IvfIndexModel.load(path.toString()).transform(QUERY_FRAME).collectAsList(), words);
    }

    @Test
    void aCopyIsWholeAndAnswersAlikeAfterTheOriginalIsGone() throws Exception {
        IvfIndexModel model = IvfIndexModel.load(path.toString()).setK(5).setProbes(3);
        Path copy = directory.resolve("copy");
        model.write().save(copy.toString());
        delete("");
        IvfIndexModel copied = IvfIndexModel.load(copy.toString());
        assertEquals(expected, found(copied.transform(QUERY_FRAME)));
        assertEquals("file:" + copy, copied.path());
        copied.add(TestVectors.frame(VECTORS).filter("id = 7"));
        assertEquals(281, copied.ids(spark).count());
    }

    @Test
    void savedIndexesAreReplacedOnlyWhenAskedTo() throws Exception {
        IvfIndexModel model = IvfIndexModel.load(path.toString()).setK(5).setProbes(3);
        Path copy = directory.resolve("copy");
        IndexTestData.flat(copy, TestVectors.frame(VECTORS).limit(20));
        assertRefused(() -> model.write().save(copy.toString()), copy + " exists already");
        assertEquals(20, IvfIndexModel.load(copy.toString()).ids(spark).count());
        model.write().overwrite().save(copy.toString());
        assertEquals(expected, found(IvfIndexModel.load(copy.toString()).transform(QUERY_FRAME)));
        model.write().overwrite().save(path.toString()); // onto itself: its new params, and all its lists
        IvfIndexModel again = IvfIndexModel.load(path.toString());
        assertEquals(3, again.getProbes());
        assertEquals(expected, found(again.transform(QUERY_FRAME)));
        try (Stream<Path> entries = Files.list(directory)) {
            assertEquals(2, entries.count());
        }
    }

    @Test
    void isAStageOfASavedPipeline() throws Exception {
        PipelineModel fitted = new Pipeline()
                .setStages(new PipelineStage[] {IndexTestData.estimator(directory.resolve("stage"))})
                .fit(TestVectors.frame(VECTORS));
        List<List<Found>> before = found(fitted.transform(QUERY_FRAME));
        fitted.write().save(directory.resolve("pipeline").toString());
        assertTrue(FileUtil.fullyDelete(directory.resolve("stage").toFile()));
        PipelineModel loaded = PipelineModel.load(directory.resolve("pipeline").toString());
        assertEquals(before, found(loaded.transform(QUERY_FRAME)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"distance\":\"L2\" | \"distance\":\"L3\" | is damaged",
                "\"codes\":\"PRODUCT\" | \"codes\":\"PRODUCTS\" | is damaged",
                "\"lists\":\"3\" | \"lists\":\"4\" | it should hold 4 codewords, but holds only 3",
                "\"lists\":\"3\" | \"lists\":\"2\" | it should hold 2 codewords, but holds more",
                "\"lists\":\"3\" | \"lists\":\"-3\" | the metadata speaks of -3 codewords",
                "\"lists\":\"3\" | \"list\":\"3\" | has no number 'lists'",
                "\"vectorDimension\":\"8\" | \"vectorDimension\":\"9\" | has 8 values, not 9",
                "\"codebooks\":\"16,16\" | \"codebooks\":\"16,16,16\" | it should hold 48 codewords, but holds "
                        + "only 32",
                "\"codebooks\":\"16,16\" | \"codebooks\":\"16,x\" | there can be no codebooks of 16,x codewords",
                "\"dimension\":\"4\" | \"dimension\":\"3\" | has 4 values, not 3",
                "\"attributes\":\" | \"attributes\":\"? | is damaged",
                "\"formatVersion\":\"1\" | \"formatVersion\":\"99\" | has format version 99, this release reads 1",
                "IvfIndexModel | ProductVQModel | holds a ProductVQModel, not an IvfIndexModel",
                "\"class\" | class | is damaged",
            })
    void changedMetadataIsRefused(String was, String is, String reason) throws Exception {
        forgetManifests();
        Path part = only("metadata", "part-.*");
        String json = Files.readString(part);
        assertTrue(json.contains(was), json);
        write(part, json.replace(was, is).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertRefused(() -> IvfIndexModel.load(path.toString()), path.toString(), reason);
    }

    @Test
    void missingPartsAreRefused() throws Exception {
        forgetManifests();
        assertRefused(
                () -> IvfIndexModel.load(directory.resolve("nothing").toString()),
                directory.resolve("nothing") + " is not a saved IvfIndexModel: there is no such directory");
        delete("quantizer/rotation");
        assertRefused(() -> IvfIndexModel.load(path.toString()), path + "/quantizer/rotation", "damaged or missing");
        delete("quantizer");
        assertRefused(() -> IvfIndexModel.load(path.toString()), path + "/quantizer/codebooks", "damaged or missing");
        delete("coarse");
        assertRefused(() -> IvfIndexModel.load(path.toString()), path + "/coarse", "damaged or missing");
        delete("metadata");
        assertRefused(() -> IvfIndexModel.load(path.toString()), path.toString(), "it has no metadata");
    }

    @Test
    void truncatedListsAreRefused() throws Exception {
        forgetManifests();
        Path file = only("lists/segment=0", ".*\\.parquet");
        byte[] bytes = Files.readAllBytes(file);
        write(file, Arrays.copyOf(bytes, bytes.length / 2));
        assertSearchFails(file.toString(), "is damaged or no file of lists");
        write(file, new byte[0]);
        assertSearchFails(file.toString(), "is damaged or no file of lists");
        // the end is there, and what it speaks of is not
        byte[] torn = bytes.clone();
        Arrays.fill(torn, 4, bytes.length / 4, (byte) 0);
        write(file, torn);
        assertSearchFails(file.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "list, ids, concat(codes, codes) as codes | ids and | bytes of codes, which should be 1 for each",
                "list, ids, substring(codes, 2) as codes | ids and | bytes of codes, which should be 1 for each",
                "list + 3 as list, ids, codes | lists from 3 to 5 | the index has lists 0 to 2",
                "list - 1 as list, ids, codes | lists from -1 to 1 | the index has lists 0 to 2",
                "-1 as list, ids, codes | lists from -1 to -1 | the index has lists 0 to 2",
                "list, nullif(ids, ids) as ids, codes | is damaged | has no ids",
                "list, ids, nullif(codes, codes) as codes | is damaged | has no codes",
                "list, ids | cannot be read, they are damaged | [codes]",
                "ids, codes | is no file of lists | list",
                "string(list) as list, ids, codes | is no file of lists | list",
            })
    void listsThatAreNoneAreRefused(String columns, String one, String other) throws Exception {
        forgetManifests();
        Path segment = path.resolve("lists/segment=0");
        Dataset<Row> rows = spark.read().parquet(segment.toString()).selectExpr(columns.split(", (?![^()]*\\))", -1));
        Path changed = directory.resolve("changed");
        rows.coalesce(1).write().parquet(changed.toString());
        assertTrue(FileUtil.fullyDelete(segment.toFile()));
        Files.move(changed, segment);
        assertSearchFails(segment.toString(), one, other);
    }

    @Test
    void whatIsNoSegmentIsNamed() throws Exception {
        Files.createDirectory(path.resolve("lists/segment=x"));
        assertSearchFails("segment=x is no segment");
    }

    @Test
    void sparkConnectParksAnIndexOnTheDriversDisk() throws Exception {
        IvfIndexModel model = IvfIndexModel.load(path.toString()).setK(5).setProbes(3);
        String parked = directory.resolve("parked").toString();
        model.write().session(spark).saveToLocal(parked);
        IvfIndexModel loaded = IvfIndexModel.read().session(spark).loadFromLocal(parked);
        assertEquals(expected, found(loaded.transform(QUERY_FRAME)));
        assertEquals(model.path(), loaded.path()); // what is added goes to the index, not to where it was parked
        assertFalse(Files.exists(directory.resolve("parked/lists")));
    }
}
