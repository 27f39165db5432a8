package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.saving.WholeWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models on disk: whole or not at all, and clear words for what is not a model. */
class VQPersistenceTest {
    private static final VQModel MODEL = new VQModel("m", TestVectors.matrix(new float[][] {{1, 2}, {3, 4}, {5, 6}}));
    private static final VQModel OTHER = new VQModel("n", TestVectors.matrix(new float[][] {{7, 8}}));

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
        spark.sparkContext().setLogLevel("OFF");
        Exception e;
        try {
            e = assertThrows(NsvqException.class, () -> VQModel.load(path.toString()));
        } finally {
            spark.sparkContext().setLogLevel("WARN");
        }
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
        assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
    }

    private List<String> entries() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private void writeData(StructType schema, Object... rows) {
        List<Row> list = new ArrayList<>();
        for (Object row : rows) {
            list.add((Row) row);
        }
        spark.createDataFrame(list, schema)
                .write()
                .mode("overwrite")
                .parquet(path.resolve("data").toString());
    }

    private static final StructType SCHEMA =
            new StructType().add("index", DataTypes.IntegerType).add("codeword", TestVectors.FLOATS_OR_NULL);

    @Test
    void isWrittenAsTheDesignSays() {
        var data = spark.read().parquet(path.resolve("data").toString());
        assertEquals("struct<index:int,codeword:array<float>>", data.schema().catalogString());
        assertEquals(List.of(3f, 4f), data.filter("index = 1").first().getList(1));
    }

    @Test
    void isNeverOverwrittenSilently() throws Exception {
        Exception e = assertThrows(NsvqException.class, () -> OTHER.write().save(path.toString()));
        assertTrue(e.getMessage().contains(path + " exists already"), e.getMessage());
        assertEquals("m", VQModel.load(path.toString()).uid());
        OTHER.write().overwrite().save(path.toString());
        assertArrayEquals(
                OTHER.codebook().values(),
                VQModel.load(path.toString()).codebook().values());
        assertEquals(List.of("model"), entries());
    }

    @Test
    void aFailedOverwriteLeavesWhatWasThere() throws Exception {
        WholeWriter broken = new WholeWriter() {
            @Override
            public void saveImpl(String beside) {
                StageFiles.save(OTHER, beside, sparkSession(), Map.of());
                throw new IllegalStateException("no codebook");
            }
        };
        assertThrows(IllegalStateException.class, () -> broken.overwrite().save(path.toString()));
        assertEquals("m", VQModel.load(path.toString()).uid());
        assertEquals(List.of("model"), entries());
    }

    @Test
    void anUnwritablePlaceIsAnError() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "x");
        Exception e = assertThrows(Exception.class, () -> MODEL.write().save(file + "/model"));
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        assertEquals(List.of("file", "model"), entries());
    }

    @Test
    void whatIsNoModelIsSaid() throws Exception {
        path = directory.resolve("nowhere");
        assertLoadFails("is not a saved VQModel: there is no such directory");
        path = Files.createDirectory(directory.resolve("empty"));
        assertLoadFails("is not a saved VQModel: it has no metadata");
        Files.createDirectory(path.resolve("metadata"));
        assertLoadFails("there is no text in the files of " + path + "/metadata");
        path = directory.resolve("estimator");
        new VQ().write().save(path.toString());
        assertLoadFails("holds a VQ, not a VQModel");
    }

    private void editMetadata(String from, String to) throws IOException {
        EarlierRevisionFiles.withoutManifests(path); // which would notice it first
        // Hadoop's file system keeps a checksum beside each file
        try (Stream<Path> files = Files.list(path.resolve("metadata"))) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().startsWith("part-")) {
                    Files.writeString(file, Files.readString(file).replace(from, to));
                } else if (file.toString().endsWith(".crc")) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void anotherFormatVersionIsRefused() throws Exception {
        editMetadata("\"formatVersion\":\"1\"", "\"formatVersion\":\"9\"");
        assertLoadFails("has format version 9, this release reads 1");
    }

    @Test
    void damagedMetadataIsSaid() throws Exception {
        editMetadata("{", "<");
        assertLoadFails("the metadata of", "is damaged");
    }

    @Test
    void missingSizesAreSaid() throws Exception {
        editMetadata("\"codewords\"", "\"xs\"");
        assertLoadFails("has no number 'codewords'");
    }

    @Test
    void absurdSizesAllocateNothing() throws Exception {
        editMetadata("\"codewords\":\"3\"", "\"codewords\":\"2000000000\"");
        assertLoadFails("the metadata speaks of 2000000000 codewords of dimension 2");
    }

    @Test
    void aRefusedParamIsSaid() throws Exception {
        editMetadata("\"tol\":", "\"nonsense\":1,\"tol\":");
        assertLoadFails("the params in");
    }

    @Test
    void missingDataIsSaid() throws Exception {
        try (Stream<Path> files = Files.list(path.resolve("data"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(path.resolve("data"));
        assertLoadFails("/data/part-", "is missing: its manifest has it");
        EarlierRevisionFiles.withoutManifests(path);
        assertLoadFails("the codebook in", "is damaged or missing");
    }

    @Test
    void truncatedDataIsSaid() throws Exception {
        try (Stream<Path> files = Files.list(path.resolve("data"))) {
            for (Path file : files.toList()) {
                if (file.toString().endsWith(".parquet")) {
                    byte[] bytes = Files.readAllBytes(file);
                    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
                } else if (file.toString().endsWith(".crc")) {
                    Files.delete(file);
                }
            }
        }
        assertLoadFails("/data/part-", "is damaged: it has", "bytes, and had");
        EarlierRevisionFiles.withoutManifests(path);
        assertLoadFails("the codebook in", "is damaged or missing");
    }

    @Test
    void wrongRowsAreSaid() throws Exception {
        EarlierRevisionFiles.withoutManifests(path);
        Row first = RowFactory.create(0, new float[] {1, 2});
        Row second = RowFactory.create(1, new float[] {3, 4});
        writeData(SCHEMA, first, second);
        assertLoadFails("it should hold 3 codewords, but holds only 2");
        Row third = RowFactory.create(2, new float[] {5, 6});
        writeData(SCHEMA, first, second, third, RowFactory.create(3, new float[2]));
        assertLoadFails("it should hold 3 codewords, but holds more");
        writeData(SCHEMA, first, second, first);
        assertLoadFails("codeword 0 is there twice");
        writeData(SCHEMA, first, second, RowFactory.create(7, new float[] {5, 6}));
        assertLoadFails("it has a codeword 7");
        writeData(SCHEMA, first, second, RowFactory.create(2, new float[] {5}));
        assertLoadFails("codeword 2 has 1 values, not 2");
        writeData(SCHEMA, first, second, RowFactory.create(2, new float[] {5, Float.NaN}));
        assertLoadFails("codeword 2 holds NaN");
        writeData(SCHEMA, first, second, RowFactory.create(2, null));
        assertLoadFails("an index, a codeword or a value is null");
        writeData(SCHEMA, first, second, RowFactory.create(2, new Float[] {null, 2f}));
        assertLoadFails("an index, a codeword or a value is null");
        writeData(new StructType().add("index", DataTypes.IntegerType).add("codeword", DataTypes.StringType));
        assertLoadFails("codewords are not array<float>");
        writeData(new StructType().add("x", DataTypes.IntegerType));
        assertLoadFails("is damaged or missing");
    }
}
