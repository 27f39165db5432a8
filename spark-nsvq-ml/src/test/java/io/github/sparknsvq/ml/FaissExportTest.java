package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissContent;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.FaissWriter;
import io.github.sparknsvq.core.faiss.FaissIndex;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.Quantizer;
import java.io.IOException;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models, and codes with them, as index files, read back by core's reader of such files. */
class FaissExportTest {
    private static final float[][] VECTORS = TestVectors.clustered(300, 6, 20, 18);

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    static List<CodeModel<?>> models() {
        return CodeModels.all();
    }

    @AfterEach
    void nothingStaysInStorage() {
        assertTrue(spark.sparkContext().getPersistentRDDs().isEmpty());
    }

    private Path file() {
        return directory.resolve("index.faiss");
    }

    /** What is in the directory, but for checksums. */
    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(each -> each.getFileName().toString())
                    .filter(name -> !name.endsWith(".crc"))
                    .sorted()
                    .toList();
        }
    }

    private static void assertDecodesAlike(Quantizer expected, Quantizer found) {
        FloatMatrix rows = TestVectors.matrix(VECTORS);
        byte[] codes = expected.encode(rows);
        assertEquals(expected.codeBits(), found.codeBits());
        assertArrayEquals(
                expected.decode(codes, VECTORS.length).values(),
                found.decode(codes, VECTORS.length).values(),
                1e-5f);
    }

    private static Dataset<Row> codes(CodeModel<?> model, String id) {
        return model.transform(TestVectors.frame(VECTORS, TestVectors.FLOATS, 3))
                .selectExpr(id + " as id", "code");
    }

    @ParameterizedTest
    @MethodSource("models")
    void aModelIsAnIndexWithoutVectors(CodeModel<?> model) throws Exception {
        model.write().format("faiss").save(file().toString());
        FaissContent content = FaissFiles.read(file());
        assertEquals(0, content.index().count());
        assertEquals(Metric.L2, content.index().metric());
        assertDecodesAlike(model.quantizer(), content.index().quantizer());
        assertEquals(List.of("index.faiss", "index.faiss.crc32c"), left());
        model.exportFaiss(directory.resolve("exported").toString());
        model.write()
                .option("Format", "faiss")
                .save(directory.resolve("by-option").toString());
        for (String other : List.of("exported", "by-option")) {
            assertArrayEquals(Files.readAllBytes(file()), Files.readAllBytes(directory.resolve(other)));
            Files.delete(directory.resolve(other));
            Files.delete(directory.resolve(other + ".crc32c"));
        }
        model.set(model.distanceMeasure(), "cosine");
        NsvqException e = assertThrows(NsvqException.class, () -> model.exportFaiss(file().toString()));
        assertTrue(e.getMessage().endsWith("exists already: write().overwrite().save(path) replaces it"));
        e = assertThrows(NsvqException.class, () -> model.write().option("format", "faise"));
        assertEquals("format 'faise' is unknown: use internal or faiss", e.getMessage());
        model.exportFaiss(file().toString(), true);
        assertEquals(Metric.INNER_PRODUCT, FaissFiles.read(file()).index().metric());
        model.write().format("FAISS").overwrite().save(file().toString());
        assertEquals(Metric.INNER_PRODUCT, FaissFiles.read(file()).index().metric());
        assertEquals(List.of("index.faiss", "index.faiss.crc32c"), left());
    }

    @ParameterizedTest
    @MethodSource("models")
    void codesComeInTheOrderOfTheirIds(CodeModel<?> model) throws Exception {
        Dataset<Row> shuffled = codes(model, "id").orderBy(expr("hash(id)"));
        long count = FaissExport.write(model.quantizer(), false, shuffled, "id", "code", file().toString(), false);
        assertEquals(300, count);
        FaissContent content = FaissFiles.read(file());
        assertEquals(300, content.index().count());
        assertNull(content.ids(), "ids that are positions are not written");
        assertArrayEquals(model.quantizer().encode(TestVectors.matrix(VECTORS)), content.codes());
        assertDecodesAlike(model.quantizer(), content.index().quantizer());
        assertEquals(List.of("index.faiss", "index.faiss.crc32c"), left());
    }

    @ParameterizedTest
    @MethodSource("models")
    void otherIdsAreKept(CodeModel<?> model) throws Exception {
        Dataset<Row> codes = codes(model, "1000000000000 - 7 * id");
        FaissExport.write(model.quantizer(), true, codes, "id", "code", file().toString(), false);
        FaissContent content = FaissFiles.read(file());
        assertEquals(Metric.INNER_PRODUCT, content.index().metric());
        long[] ids = LongStream.range(0, 300)
                .map(i -> 1_000_000_000_000L - 7 * (299 - i))
                .toArray();
        assertArrayEquals(ids, content.ids());
        byte[] expected = model.quantizer().encode(TestVectors.matrix(VECTORS));
        int size = model.codeSize();
        for (int i = 0; i < 300; i++) {
            assertArrayEquals(
                    Arrays.copyOfRange(expected, (299 - i) * size, (300 - i) * size),
                    Arrays.copyOfRange(content.codes(), i * size, (i + 1) * size),
                    "code " + i);
        }
    }

    @Test
    void noCodesAndIdsOfOtherTypesAreFine() throws Exception {
        CodeModel<?> model = CodeModels.product(6, 3, 4);
        Dataset<Row> none = codes(model, "id").filter("id < 0");
        assertEquals(0, FaissExport.write(model.quantizer(), false, none, "id", "code", file().toString(), false));
        assertEquals(0, FaissFiles.read(file()).index().count());
        Dataset<Row> shorts = codes(model, "cast(id + 1 as smallint)");
        FaissExport.write(model.quantizer(), false, shorts, "id", "code", file().toString(), true);
        assertEquals(300, FaissFiles.read(file()).ids()[299]);
    }

    /** Codes are written block by block. */
    @Test
    void moreCodesThanABlockHolds() throws Exception {
        CodeModel<?> model = CodeModels.product(6, 3, 8);
        Dataset<Row> many =
                spark.range(0, 40_000, 1, 2).selectExpr("id * 2 as id", "unhex(lpad(hex(id), 6, '0')) as code");
        String path = file().toString();
        assertEquals(40_000, FaissExport.write(model.quantizer(), false, many, "id", "code", path, false));
        FaissContent content = FaissFiles.read(file());
        for (int i = 0; i < 40_000; i++) {
            assertEquals(2L * i, content.ids()[i]);
            int code = (content.codes()[3 * i] & 0xFF) << 16
                    | (content.codes()[3 * i + 1] & 0xFF) << 8
                    | (content.codes()[3 * i + 2] & 0xFF);
            assertEquals(i, code);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void theSameBytesWhateverThePartitions(CodeModel<?> model) throws Exception {
        for (String id : List.of("id", "3 * id")) {
            Dataset<Row> codes = codes(model, id);
            byte[] expected = null;
            for (String partitions : List.of("1", "7")) {
                spark.conf().set("spark.sql.shuffle.partitions", partitions);
                spark.conf().set("spark.sql.adaptive.coalescePartitions.enabled", "false");
                try {
                    String path = file().toString();
                    assertEquals(300, FaissExport.write(model.quantizer(), false, codes, "id", "code", path, true));
                } finally {
                    spark.conf().unset("spark.sql.shuffle.partitions");
                    spark.conf().unset("spark.sql.adaptive.coalescePartitions.enabled");
                }
                byte[] bytes = Files.readAllBytes(file());
                assertArrayEquals(expected == null ? bytes : expected, bytes);
                expected = bytes;
                assertEquals(List.of("index.faiss", "index.faiss.crc32c"), left());
            }
            Files.write(directory.resolve("together"), together(model, codes));
            assertArrayEquals(Files.readAllBytes(directory.resolve("together")), expected);
            Files.delete(directory.resolve("together"));
        }
    }

    /** The file as one process writes it. */
    private static byte[] together(CodeModel<?> model, Dataset<Row> codes) throws IOException {
        List<Row> rows = codes.orderBy("id").collectAsList();
        boolean positions = rows.get(1).getLong(0) == 1;
        FaissWriter writer = new FaissWriter(new FaissIndex(model.quantizer(), Metric.L2, rows.size(), !positions));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.writeHeader(out);
        for (Row row : rows) {
            writer.writeCodes(row.getAs("code"), 0, 1, out);
        }
        writer.writeTrailer(out);
        for (Row row : rows) {
            writer.writeIds(new long[] {row.getLong(0)}, 0, positions ? 0 : 1, out);
        }
        return out.toByteArray();
    }

    @Test
    void idsThatAreThereTwiceAreRefused() throws Exception {
        CodeModel<?> model = CodeModels.product(6, 3, 4);
        Dataset<Row> codes = codes(model, "id");
        Dataset<Row> twice = codes.union(codes.where("id = 7"));
        String path = file().toString();
        assertEquals(
                "codes to export have the id 7 more than once: ids must be unique",
                CodeModels.failure(
                        () -> FaissExport.write(model.quantizer(), false, twice, "id", "code", path, false)));
        assertEquals(List.of(), left());
    }

    @Test
    void whatFailsLeavesNothingAndLosesNothing() throws Exception {
        CodeModel<?> model = CodeModels.product(6, 3, 4);
        Quantizer quantizer = model.quantizer();
        String path = file().toString();
        Dataset<Row> codes = codes(model, "id");
        Dataset<Row> nulls = codes.withColumn("id", expr("nullif(id, 299)"));
        assertEquals(
                "a code to export has no id and 2 bytes: it should have an id and 2 bytes",
                CodeModels.failure(() -> FaissExport.write(quantizer, false, nulls, "id", "code", path, false)));
        assertEquals(
                "a code to export has id 299 and 0 bytes: it should have an id and 2 bytes",
                CodeModels.failure(() -> FaissExport.write(
                        quantizer,
                        false,
                        codes.withColumn("code", expr("if(id = 299, null, code)")),
                        "id",
                        "code",
                        path,
                        false)));
        assertEquals(
                "a code to export has id 299 and 3 bytes: it should have an id and 2 bytes",
                CodeModels.failure(() -> FaissExport.write(
                        quantizer,
                        false,
                        codes.withColumn("code", expr("if(id = 299, concat(code, X'00'), code)")),
                        "id",
                        "code",
                        path,
                        false)));
        assertEquals(List.of(), left());

        FaissExport.write(quantizer, false, codes, "id", "code", path, false);
        byte[] before = Files.readAllBytes(file());
        for (boolean withCodes : new boolean[] {false, true}) {
            Exception e = assertThrows(NsvqException.class, () -> {
                if (withCodes) {
                    FaissExport.write(quantizer, false, codes.limit(3), "id", "code", path, false);
                } else {
                    FaissExport.write(quantizer, false, path, false, spark);
                }
            });
            assertTrue(e.getMessage().contains("index.faiss exists already"), e.getMessage());
        }
        CodeModels.failure(() -> FaissExport.write(
                quantizer, false, codes.withColumn("id", expr("nullif(id, 299)")), "id", "code", path, true));
        assertArrayEquals(before, Files.readAllBytes(file()));
        FaissExport.write(quantizer, false, path, true, spark);
        assertEquals(0, FaissFiles.read(file()).index().count());
        assertEquals(List.of("index.faiss", "index.faiss.crc32c"), left());
    }

    @Test
    void columnsOfOtherTypesAreRefused() throws Exception {
        CodeModel<?> model = CodeModels.product(6, 3, 4);
        Dataset<Row> codes = codes(model, "id");
        assertEquals(
                "column 'code' should hold codes (binary), but is string",
                refusal(model, codes.withColumn("code", expr("'ab'"))));
        assertEquals(
                "column 'id' should hold ids (whole numbers), but is double",
                refusal(model, codes.withColumn("id", expr("id + 0.5D"))));
        assertTrue(refusal(model, codes.drop("id")).contains("'id'"));
        assertEquals(List.of(), left());
    }

    private String refusal(CodeModel<?> model, Dataset<Row> codes) {
        return assertThrows(
                        NsvqException.class,
                        () -> FaissExport.write(
                                model.quantizer(), false, codes, "id", "code", file().toString(), false))
                .getMessage();
    }

    @Test
    void aPlaceThatCannotBeIsAnError() throws Exception {
        Path blocked = Files.writeString(directory.resolve("file"), "x");
        CodeModel<?> model = CodeModels.product(6, 3, 4);
        Exception e = assertThrows(
                Exception.class,
                () -> FaissExport.write(model.quantizer(), false, blocked + "/index.faiss", false, spark));
        assertTrue(e.getMessage().contains("cannot write " + blocked + "/index.faiss"), e.getMessage());
        assertEquals(List.of("file"), left());
    }
}
