package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.files;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.IndexTestData.Found;
import io.github.sparknsvq.ml.verification.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What says what belongs to an index or a model, and full checks of it. */
class ManifestTest {
    @TempDir
    private static Path master;

    private static IvfIndexModel built;
    private static List<List<Found>> expected;

    private final SparkSession spark = SparkTestSession.get();
    private final Dataset<Row> vectors = TestVectors.frame(VECTORS);
    private final Dataset<Row> queries = TestVectors.frame(QUERIES);

    @TempDir
    private Path directory;

    private Path path;
    private IvfIndexModel index;

    /** An index of three segments: lists, lists, deleted ids. */
    @BeforeAll
    static void build() {
        built = IndexTestData.flat(
                master.resolve("index"), TestVectors.frame(VECTORS).filter("id < 100"));
        built.add(TestVectors.frame(VECTORS).filter("id >= 100 and id < 150"));
        built.delete(TestVectors.frame(VECTORS).filter("id < 20").select("id"));
        expected = found(built.transform(TestVectors.frame(QUERIES)));
    }

    @BeforeEach
    void copy() {
        path = directory.resolve("index");
        index = IndexTestData.copied(built, path);
    }

    private Verification verified(Path what) {
        return Verification.of(what.toString(), spark);
    }

    private List<String> manifests() {
        return files(path.resolve("manifest")).stream()
                .filter(name -> !name.startsWith("."))
                .toList();
    }

    /** Writes a file, without the checksum that Hadoop keeps beside it. */
    private static void overwrite(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    }

    @Test
    void aCommitWhoseManifestIsMissingCounts() throws Exception {
        Path before = directory.resolve("before");
        EarlierRevisionFiles.copy(path.resolve("manifest"), before);
        index.add(vectors.filter("id >= 150 and id < 160"));
        index.add(vectors.filter("id >= 160 and id < 170"));
        EarlierRevisionFiles.delete(path.resolve("manifest"));
        EarlierRevisionFiles.copy(
                before, path.resolve("manifest")); // as if both had been killed before their last step
        assertEquals(150, index.ids(spark).count());
        assertEquals(150, verified(path).vectors());
        index.delete(vectors.filter("id = 165").select("id"));
        assertEquals(List.of("commit-5.json"), manifests());
        assertEquals(149, IvfIndexModel.load(path.toString()).ids(spark).count());
    }

    @Test
    void aCompactionWhoseManifestIsMissingCounts() throws Exception {
        Path before = directory.resolve("before");
        EarlierRevisionFiles.copy(path.resolve("manifest"), before);
        index.compact(spark);
        EarlierRevisionFiles.delete(path.resolve("manifest"));
        EarlierRevisionFiles.copy(before, path.resolve("manifest"));
        assertEquals(expected, found(index.transform(queries)));
        index.add(vectors.filter("id < 20"));
        assertEquals(List.of("commit-4.json"), manifests());
        assertEquals(150, IvfIndexModel.load(path.toString()).ids(spark).count());
    }

    @Test
    void anEarlierIndexGetsAManifestWithItsFirstChange() throws Exception {
        EarlierRevisionFiles.withoutManifests(path);
        Verification before = verified(path);
        assertFalse(before.manifest());
        assertEquals(0, before.checksums());
        assertEquals(130, before.vectors());
        IvfIndexModel earlier = IvfIndexModel.load(path.toString()).setK(5).setProbes(IndexTestData.LISTS);
        assertEquals(expected, found(earlier.transform(queries)));

        earlier.add(vectors.filter("id < 10"));
        assertEquals(List.of("commit-3.json"), manifests());
        Verification after = verified(path);
        assertTrue(after.manifest());
        assertTrue(after.checksums() > 0 && after.checksums() < after.files(), after.toString());
        assertEquals(140, after.vectors());
        EarlierRevisionFiles.copy(path, directory.resolve("compacted"));
        IvfIndexModel.load(directory.resolve("compacted").toString()).compact(spark);
        Verification compacted = verified(directory.resolve("compacted"));
        assertEquals(compacted.files() - 1, compacted.checksums(), "all but the manifest itself");
        String list = files(path.resolve("lists/segment=0")).stream()
                .filter(name -> name.endsWith(".parquet") && !name.startsWith("."))
                .findFirst()
                .orElseThrow();
        Files.delete(path.resolve("lists/segment=0").resolve(list));
        assertRefused(() -> IvfIndexModel.load(path.toString()), "segment=0/" + list + " is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "lists/segment=1, lists/segment=1 is missing: the manifest of the index has it",
        "deleted/segment=2, deleted/segment=2 is missing",
        "deleted, deleted/segment=2 is missing",
        "manifest, manifest is missing or empty",
        "coarse, is missing: its manifest has it",
        "lists/segment=1/_manifest, lists/segment=1/_manifest is missing",
    })
    void whatIsMissingIsNamed(String part, String sentence) throws Exception {
        Path missing = path.resolve(part);
        if (Files.isDirectory(missing)) {
            EarlierRevisionFiles.delete(missing);
        } else {
            Files.delete(missing);
        }
        assertRefused(() -> IvfIndexModel.load(path.toString()), sentence);
        if (!part.equals("coarse")) { // a loaded model has the centroids
            assertRefused(() -> found(index.transform(queries)), sentence);
        }
        assertRefused(() -> verified(path), sentence);
    }

    @ParameterizedTest
    @CsvSource({
        "manifest/notes.txt, manifest/notes.txt does not belong there",
        "lists/notes.txt, lists/notes.txt does not belong there",
        "deleted/notes.txt, deleted/notes.txt does not belong there",
        "lists/segment=01, lists/segment=01 is no segment: its name should end in a number",
        "deleted/segment=-1, deleted/segment=-1 is no segment",
    })
    void whatIsAdditionalIsNamed(String name, String sentence) throws Exception {
        Files.writeString(path.resolve(name), "x");
        assertRefused(() -> verified(path), sentence);
    }

    @ParameterizedTest
    @CsvSource({
        "lists/segment=1, lists/segment=3, segment=3 is damaged: its _manifest is that of lists/segment=1",
        "lists/segment=1, deleted/segment=3, deleted/segment=3 is damaged: its _manifest is that of lists/segment=1",
        "lists/segment=1, deleted/segment=1, deleted/segment=1 does not belong there",
        "lists/segment=1, lists/segment=01, lists/segment=01 is no segment: its name should end in a number",
        "manifest/commit-2.json, manifest/commit-7.json, commit-7.json is the manifest of commit 2",
        "coarse, coarse/more, does not belong there: the manifest has no such file",
        "deleted/segment=2, lists/segment=1/more, does not belong there: the manifest has no such file",
    })
    void whatIsThereTwiceIsNamed(String from, String to, String sentence) throws Exception {
        if (Files.isDirectory(path.resolve(from))) {
            Path beside = directory.resolve("beside");
            EarlierRevisionFiles.copy(path.resolve(from), beside);
            Files.move(beside, path.resolve(to));
        } else {
            Files.copy(path.resolve(from), path.resolve(to));
        }
        assertRefused(() -> IvfIndexModel.load(path.toString()), sentence);
        assertRefused(() -> verified(path), sentence);
    }

    @Test
    void aCheckNamesTheFirstDamagedFileAndCountsTheOthers() throws IOException {
        List<Path> lists = EarlierRevisionFiles.below(path.resolve("lists")).stream()
                .filter(file -> file.toString().endsWith(".parquet"))
                .toList();
        for (Path file : lists.subList(0, 3)) {
            Files.write(file, new byte[] {1, 2, 3});
        }
        assertRefused(
                () -> verified(path),
                lists.get(0).getFileName() + " is damaged: it has 3 bytes, and had",
                "(and 2 more damaged, missing or additional)");
    }

    @Test
    void checksGoThroughPipelines() throws Exception {
        Path saved = directory.resolve("pipeline");
        PipelineModel pipeline = new Pipeline()
                .setStages(new PipelineStage[] {
                    CodeModels.rotated(8, 2, 4),
                    new VQModel("vq", TestVectors.matrix(VECTORS)),
                    IndexTestData.estimator(directory.resolve("stage"))
                })
                .fit(vectors);
        pipeline.write().save(saved.toString());
        Verification found = verified(saved);
        assertEquals("pipeline", found.kind());
        assertEquals(3, found.stages());
        assertEquals(VECTORS.length, found.vectors());
        assertTrue(found.manifest());
        Path vq = saved.resolve("stages/1_vq");
        EarlierRevisionFiles.delete(vq.resolve("data"));
        assertRefused(() -> PipelineModel.load(saved.toString()), "stages/1_vq/data/part-", "is missing");
        assertRefused(() -> verified(saved), "stages/1_vq/data/part-", "is missing");
        EarlierRevisionFiles.delete(vq.resolve("metadata"));
        EarlierRevisionFiles.delete(vq.resolve("manifest"));
        assertRefused(() -> verified(saved), "stages/1_vq holds no stage");
        EarlierRevisionFiles.delete(vq);
        assertRefused(() -> verified(saved), "stages has no stage vq");
    }

    @Test
    void checksGoThroughModelsOfValidators() throws Exception {
        ProductVQModel best = CodeModels.rotated(8, 2, 4);
        CrossValidatorModel model = new CrossValidatorModel("cv", best, List.of((Object) 1.0));
        model.setSubModels(List.of(List.of(best), List.of(best), List.of(best)));
        model.set(model.estimator(), new ProductVQ());
        model.set(model.evaluator(), new RecallEvaluator());
        model.set(model.estimatorParamMaps(), new ParamMap[] {new ParamMap()});
        Path saved = directory.resolve("validated");
        model.write().option("persistSubModels", "true").save(saved.toString());
        Verification found = verified(saved);
        assertEquals(6, found.stages(), "an estimator, an evaluator, the best model, and one of each fold");
        Path codebooks = saved.resolve("subModels/fold1/0/data");
        assertTrue(Files.exists(codebooks));
        EarlierRevisionFiles.delete(codebooks);
        assertRefused(() -> verified(saved), "subModels/fold1/0/data/part-", "is missing");
    }

    @Test
    void aFolderOfSavedThingsIsNotOneOfThem() {
        assertRefused(() -> verified(directory), directory + " holds no stage", "give the directory of one index");
    }

    @Test
    void whatIsNotSavedByUsIsSaid() throws IOException {
        assertRefused(() -> verified(directory.resolve("nothing")), "there is no such file or directory");
        assertRefused(() -> verified(Files.createDirectory(directory.resolve("empty"))), "holds no stage");
        assertRefused(() -> verified(Files.writeString(directory.resolve("text"), "x")), "text is corrupt");
    }

    @Test
    void aFileHasItsChecksumBesideIt() throws Exception {
        Path file = directory.resolve("a.faiss");
        Path side = directory.resolve("a.faiss.crc32c");
        index.write().format("faiss").save(file.toString());
        String first = Files.readString(side);
        assertTrue(first.matches("[0-9a-f]{8}  a\\.faiss\n"), first);
        assertTrue(verified(file).manifest());
        CodeModels.rotated(8, 2, 4).write().format("faiss").overwrite().save(file.toString());
        assertFalse(Files.readString(side).equals(first));
        assertTrue(verified(file).manifest());
        Files.delete(side);
        assertFalse(verified(file).manifest());
        overwrite(side, first);
        assertRefused(
                () -> verified(file),
                file + " is damaged, or it or ",
                side + " is of another version: the CRC",
                "copy both");
        overwrite(side, "no checksum");
        assertRefused(() -> verified(file), side + " is corrupt at byte 0: it should hold one line");
        Files.delete(side);
        Files.createDirectory(side);
        assertRefused(() -> verified(file), side + " is a directory");
        Files.delete(side);
        Files.delete(file);
        index.write().format("faiss").save(file.toString()); // beside what was left of another
        assertEquals(first, Files.readString(side));
    }

    @Test
    void aFileIsRenamedWithItsChecksum() throws Exception {
        Path file = directory.resolve("new.faiss");
        Path renamed = directory.resolve("a.faiss");
        index.write().format("faiss").save(file.toString());
        Files.move(file, renamed);
        Files.move(directory.resolve("new.faiss.crc32c"), directory.resolve("a.faiss.crc32c"));
        assertTrue(verified(renamed).manifest());
        byte[] bytes = Files.readAllBytes(renamed);
        bytes[bytes.length - 9] ^= 1;
        Files.write(renamed, bytes);
        assertRefused(() -> verified(renamed), renamed + " is damaged, or it or ");
        String imported = directory.resolve("imported").toString();
        assertRefused(
                () -> IvfIndexModel.importFaiss(renamed.toString(), imported, false, spark),
                renamed + " is damaged, or it or ");
        Files.delete(directory.resolve("a.faiss.crc32c"));
        assertEquals(
                130,
                IvfIndexModel.importFaiss(renamed.toString(), imported, false, spark)
                        .ids(spark)
                        .count());
    }
}
