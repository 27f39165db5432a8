package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.CodebookFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Models with several codebooks on disk, and clear words for those that are damaged. */
class CodePersistenceTest {
    private static final ProductVQModel MODEL = CodeModels.rotated(6, 2, 4);

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void save() throws Exception {
        path = directory.resolve("model");
        MODEL.write().save(path.toString());
    }

    private void assertLoadFails(String... parts) {
        assertFails(() -> ProductVQModel.load(path.toString()), parts);
    }

    private void assertFails(Executable load, String... parts) {
        spark.sparkContext().setLogLevel("OFF");
        Exception e;
        try {
            e = assertThrows(NsvqException.class, load);
        } finally {
            spark.sparkContext().setLogLevel("WARN");
        }
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
        assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
    }

    private static void delete(Path of) throws IOException {
        try (Stream<Path> files = Files.walk(of)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void editMetadata(String from, String to) throws IOException {
        EarlierRevisionFiles.withoutManifests(path); // which would notice it first
        // Hadoop's file system keeps a checksum beside each file
        try (Stream<Path> files = Files.list(path.resolve("metadata"))) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().startsWith("part-")) {
                    String text = Files.readString(file);
                    assertTrue(text.contains(from), text);
                    Files.writeString(file, text.replace(from, to));
                } else if (file.toString().endsWith(".crc")) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void isWrittenAsTheDesignSays() {
        var data = spark.read().parquet(path.resolve("data").toString());
        assertEquals("struct<index:int,codeword:array<float>>", data.schema().catalogString());
        assertEquals(32, data.count());
        assertEquals(
                6, spark.read().parquet(path.resolve("rotation").toString()).count());
    }

    @Test
    void isNeverOverwrittenSilently() throws Exception {
        ProductVQModel other = CodeModels.product(6, 3, 4);
        Exception e = assertThrows(NsvqException.class, () -> other.write().save(path.toString()));
        assertTrue(e.getMessage().contains(path + " exists already"), e.getMessage());
        assertEquals("opq", ProductVQModel.load(path.toString()).uid());
        other.write().overwrite().save(path.toString());
        ProductVQModel loaded = ProductVQModel.load(path.toString());
        assertEquals("pq", loaded.uid());
        assertTrue(loaded.shared().rotation() == null, "nothing of what was there before is left");
        assertTrue(Files.notExists(path.resolve("rotation")));
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(path), left.toList());
        }
    }

    @Test
    void theFormatIsTheUsualOneUnlessAnotherIsAskedFor() throws Exception {
        Path again = directory.resolve("again");
        MODEL.write().format("INTERNAL").save(again.toString());
        assertArrayEquals(
                MODEL.shared().codewords().values(),
                ProductVQModel.load(again.toString()).shared().codewords().values());
        Exception e = assertThrows(NsvqException.class, () -> MODEL.write().format("onnx"));
        assertEquals("format 'onnx' is unknown: use internal or faiss", e.getMessage());
    }

    @Test
    void missingDataIsSaid() throws Exception {
        delete(path.resolve("data"));
        assertLoadFails("/data/part-", "is missing: its manifest has it");
        EarlierRevisionFiles.withoutManifests(path);
        assertLoadFails("the codebook in", "is damaged or missing");
    }

    @Test
    void aMissingRotationIsSaid() throws Exception {
        EarlierRevisionFiles.withoutManifests(path);
        delete(path.resolve("rotation"));
        assertLoadFails("the rotation in " + path + "/rotation is damaged or missing");
    }

    @Test
    void aRotationOfAnotherSizeIsSaid() throws Exception {
        EarlierRevisionFiles.withoutManifests(path);
        delete(path.resolve("rotation"));
        CodebookFiles.save(CodeModels.rotated(4, 2, 4).shared().rotation().matrix(), path + "/rotation", spark);
        assertLoadFails("the rotation in " + path + "/rotation is damaged or missing", "only 4");
    }

    @Test
    void whatIsNoRotationIsSaid() throws Exception {
        EarlierRevisionFiles.withoutManifests(path);
        delete(path.resolve("rotation"));
        float[][] skewed = new float[6][6];
        for (int i = 0; i < 6; i++) {
            skewed[i][i] = i == 3 ? 1.01f : 1;
        }
        CodebookFiles.save(TestVectors.matrix(skewed), path + "/rotation", spark);
        assertLoadFails(
                "the rotation in " + path + "/rotation is damaged or missing",
                "a rotation must be orthonormal: the inner product of rows 3 and 3");
    }

    @Test
    void wrongSizesAreSaid() throws Exception {
        for (String sizes : new String[] {"16,x", "", "16,,16", "16,-4", "0,16", "99999999999"}) {
            MODEL.write().overwrite().save(path.toString());
            editMetadata("\"codebooks\":\"16,16\"", "\"codebooks\":\"" + sizes + "\"");
            assertLoadFails(
                    "the metadata of " + path + " is damaged: there can be no codebooks of " + sizes + " codewords");
        }
    }

    @Test
    void sizesThatTheDataDoNotHaveAreSaid() throws Exception {
        editMetadata("\"codebooks\":\"16,16\"", "\"codebooks\":\"16,16,16\"");
        assertLoadFails("it should hold 48 codewords, but holds only 32");
        MODEL.write().overwrite().save(path.toString());
        editMetadata("\"codebooks\":\"16,16\"", "\"codebooks\":\"16\"");
        assertLoadFails("it should hold 16 codewords, but holds more");
        MODEL.write().overwrite().save(path.toString());
        editMetadata("\"dimension\":\"3\"", "\"dimension\":\"2\"");
        assertLoadFails("has 3 values, not 2");
    }

    /** Parts that no code of equal bits could have: an error of the model, not of the first row that is encoded. */
    @Test
    void sizesThatNoProductQuantizerHasAreSaid() throws Exception {
        for (String sizes : new String[] {"8,24", "20,12", "32"}) {
            MODEL.write().overwrite().save(path.toString());
            editMetadata("\"codebooks\":\"16,16\"", "\"codebooks\":\"" + sizes + "\"");
            assertLoadFails("");
        }
    }

    @Test
    void missingKeysAreSaid() throws Exception {
        editMetadata("\"codebooks\":", "\"shelves\":");
        assertLoadFails("the metadata of " + path + " has no 'codebooks'");
        MODEL.write().overwrite().save(path.toString());
        editMetadata("\"dimension\":", "\"x\":");
        assertLoadFails("has no number 'dimension'");
    }

    @Test
    void anotherFormatVersionIsRefused() throws Exception {
        editMetadata("\"formatVersion\":\"1\"", "\"formatVersion\":\"9\"");
        assertLoadFails("has format version 9, this release reads 1");
    }

    @Test
    void otherModelsAreSaid() throws Exception {
        assertFails(() -> ResidualVQModel.load(path.toString()), "holds a ProductVQModel, not a ResidualVQModel");
        assertFails(() -> VQModel.load(path.toString()), "not a VQModel");
        assertFails(() -> ProductVQ.load(path.toString()), "not a ProductVQ");
    }
}
