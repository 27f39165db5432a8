package io.github.sparknsvq.ml.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.SparkTestSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorFileSourceTest {
    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    /** Writes a file whose value at (i, j) is {@code (first + i + 3 * j) % 256}. */
    private Path write(String name, int first, int rows, int dimension) {
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = (first + i / dimension + 3 * (i % dimension)) % 256;
        }
        Path file = directory.resolve(name);
        VectorFiles.write(file, new FloatMatrix(rows, dimension, values));
        return file;
    }

    private static void assertRows(Dataset<Row> data, int rows, int dimension) {
        List<Row> collected = data.collectAsList();
        assertEquals(rows, collected.size());
        for (int i = 0; i < rows; i++) {
            assertEquals(i, collected.get(i).getLong(0));
            List<Float> expected = new ArrayList<>();
            for (int j = 0; j < dimension; j++) {
                expected.add((float) ((i + 3 * j) % 256));
            }
            assertEquals(expected, collected.get(i).getList(1));
        }
    }

    /** Bounds of the ids in each partition that has any, and how many partitions there are. */
    private static List<long[]> idRanges(Dataset<Row> data) {
        return data.select("id")
                .javaRDD()
                .mapPartitions(rows -> {
                    List<Long> ids = new ArrayList<>();
                    rows.forEachRemaining(row -> ids.add(row.getLong(0)));
                    return List.of(ids.isEmpty() ? new long[0] : new long[] {ids.get(0), ids.get(ids.size() - 1)})
                            .iterator();
                })
                .collect();
    }

    @ParameterizedTest
    @CsvSource({"fvecs, 1, 1", "fvecs, 37, 13", "bvecs, 300, 1", "bvecs, 37, 100", "npy, 1, 5", "npy, 101, 3"})
    void readsVectors(String format, int rows, int dimension) {
        Path file = write("a." + format, 0, rows, dimension);
        assertRows(spark.read().format(format).load(file.toString()), rows, dimension);
    }

    @Test
    void saysWhatItReads() {
        String vectors = spark.read()
                .format("fvecs")
                .load(write("a.fvecs", 0, 1, 2).toString())
                .schema()
                .treeString();
        assertEquals("""
        root
         |-- id: long (nullable = false)
         |-- features: array (nullable = false)
         |    |-- element: float (containsNull = false)
        """, vectors);
    }

    @Test
    void readsIntegersFromIvecs() {
        Path file = directory.resolve("a.ivecs");
        int large = (1 << 24) + 1;
        VectorFiles.writeInts(file, new int[][] {{1, -2}, {large, 4}});
        Dataset<Row> data = spark.read().format("ivecs").load(file.toString());
        assertEquals("struct<id:bigint,features:array<int>>", data.schema().catalogString());
        assertEquals(List.of(1, -2), data.collectAsList().get(0).getList(1));
        assertEquals(List.of(large, 4), data.collectAsList().get(1).getList(1));
    }

    @ParameterizedTest
    @CsvSource({"<f2, 003c00c0", "<f4, 0000803f000000c0", "<f8, 000000000000f03f00000000000000c0"})
    void readsNpyTypes(String descr, String hex) throws IOException {
        Path file = npy(descr, "(1, 2)", hex);
        Row row =
                spark.read().format("npy").load(file.toString()).collectAsList().get(0);
        assertEquals(List.of(1f, -2f), row.getList(1));
    }

    @Test
    void readsIntegerNpyTypesAsFloats() throws IOException {
        assertEquals(
                List.of(128f, 255f),
                spark.read()
                        .format("npy")
                        .load(npy("|u1", "(1, 2)", "80ff").toString())
                        .collectAsList()
                        .get(0)
                        .getList(1));
        assertEquals(
                List.of(-1f),
                spark.read()
                        .format("npy")
                        .load(npy("<i4", "(1,)", "ffffffff").toString())
                        .collectAsList()
                        .get(0)
                        .getList(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100})
    void readsFortranOrderAndBigEndianValuesInPartitions(int partitions) throws IOException {
        int rows = 37;
        int dimension = 5;
        ByteBuffer values = ByteBuffer.allocate(rows * dimension * Short.BYTES); // big-endian
        for (int j = 0; j < dimension; j++) {
            for (int i = 0; i < rows; i++) {
                values.putShort((short) ((i + 3 * j) % 256));
            }
        }
        String shape = "(" + rows + ", " + dimension + ")";
        Path file = npy(">i2", shape, HexFormat.of().formatHex(values.array()));
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Files.write(file, text.replace("False,", "True ,").getBytes(StandardCharsets.ISO_8859_1));
        Dataset<Row> data =
                spark.read().format("npy").option("partitions", partitions).load(file.toString());
        assertRows(data, rows, dimension);
        assertEquals(rows, data.count());
        assertEquals(Math.min(partitions, rows), data.rdd().getNumPartitions());
    }

    private Path npy(String descr, String shape, String hex) throws IOException {
        String text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}\n";
        String head = "\u0093NUMPY\u0001\u0000" + (char) text.length() + "\u0000" + text;
        byte[] data = HexFormat.of().parseHex(hex);
        Path file = directory.resolve(descr.substring(1) + ".npy");
        Files.write(file, head.getBytes(StandardCharsets.ISO_8859_1));
        return Files.write(file, data, StandardOpenOption.APPEND);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 37, 100})
    void splitsIntoPartitionsInOrder(int partitions) {
        Path file = write("a.bvecs", 0, 37, 5);
        Dataset<Row> data =
                spark.read().format("bvecs").option("partitions", partitions).load(file.toString());
        assertRows(data, 37, 5);
        List<long[]> ranges = idRanges(data);
        assertEquals(Math.min(partitions, 37), ranges.size());
        long next = 0;
        for (long[] range : ranges) {
            assertEquals(next, range[0]);
            next = range[1] + 1;
        }
        assertEquals(37, next);
    }

    @Test
    void splitsAsSparkIsSet() {
        Path file = write("a.fvecs", 0, 100, 9);
        assertEquals(
                2, spark.read().format("fvecs").load(file.toString()).javaRDD().getNumPartitions());
        SparkSession session = spark.newSession();
        session.conf().set("spark.sql.files.maxPartitionBytes", "1000");
        SparkSession.setActiveSession(session);
        Dataset<Row> data = session.read().format("fvecs").load(file.toString());
        assertEquals(4, data.javaRDD().getNumPartitions());
        assertRows(data, 100, 9);
    }

    @Test
    void runsIdsOnOverTheFilesOfADirectory() throws IOException {
        write("b.fvecs", 5, 1, 4);
        write("a.fvecs", 0, 5, 4);
        write("c.fvecs", 6, 11, 4);
        VectorFiles.writeInts(directory.resolve("groundtruth.ivecs"), new int[][] {{1}});
        Files.writeString(directory.resolve("_SUCCESS"), "");
        Files.writeString(directory.resolve(".c.fvecs"), "not to be read");
        Files.createFile(directory.resolve("bb.fvecs"));
        for (int partitions : new int[] {1, 2, 7}) {
            var reader = spark.read().format("fvecs").option("partitions", partitions);
            assertRows(reader.load(directory.toString()), 17, 4);
            assertRows(reader.load(directory + "/?.fvecs"), 17, 4);
            assertRows(reader.load(directory + "/a.fvecs", directory + "/[bc]*"), 17, 4);
        }
    }

    @Test
    void keepsTheOrderOfThePathsGiven() {
        Path b = write("b.npy", 0, 3, 2);
        Path a = write("a.npy", 3, 4, 2);
        assertRows(spark.read().format("npy").load(b.toString(), a.toString()), 7, 2);
    }

    @Test
    void readsAFileWhateverItsName() throws IOException {
        Path file = write("a.fvecs", 0, 3, 2);
        Path renamed = directory.resolve("odd [name]* %20.bin");
        Files.move(file, renamed);
        assertRows(spark.read().format("fvecs").load(renamed.toString()), 3, 2);
    }

    @Test
    void takesEmptyFiles() throws IOException {
        Path file = Files.createFile(directory.resolve("a.bvecs"));
        Dataset<Row> data = spark.read().format("bvecs").load(file.toString());
        assertEquals(0, data.count());
        assertEquals(List.of(), data.collectAsList());
        Path npy = write("a.npy", 0, 0, 4);
        assertEquals(
                0,
                spark.read()
                        .format("npy")
                        .option("partitions", 3)
                        .load(npy.toString())
                        .count());
    }

    @Test
    void readsOnlyTheColumnsAskedFor() throws IOException {
        // The second row is ragged: only who reads the values can notice.
        Path file = ragged();
        Dataset<Row> data = spark.read().format("fvecs").option("partitions", 1).load(file.toString());
        assertEquals(3, data.count());
        assertArrayEquals(
                new Object[] {0L, 1L, 2L},
                data.select("id").collectAsList().stream()
                        .map(row -> row.get(0))
                        .toArray());
        assertEquals(2L, data.where("id = 2").select("id").first().getLong(0));
    }

    @Test
    void readsFeaturesAloneAndColumnsInAnyOrder() {
        Path file = write("a.fvecs", 0, 5, 2);
        Dataset<Row> data = spark.read().format("fvecs").load(file.toString());
        assertEquals(
                List.of(4f, 7f), data.select("features").collectAsList().get(4).getList(0));
        Row swapped =
                data.select("features", "id").where("id = 3").collectAsList().get(0);
        assertEquals(List.of(3f, 6f), swapped.getList(0));
        assertEquals(3, swapped.getLong(1));
        assertEquals(
                10 + 3 * 5,
                data.selectExpr("sum(features[1])").collectAsList().get(0).getDouble(0));
    }

    @Test
    void isReachedFromSql() {
        Path file = write("a.bvecs", 0, 5, 2);
        spark.sql("CREATE OR REPLACE TEMPORARY VIEW vectors USING bvecs OPTIONS (path '" + file + "')");
        assertRows(spark.table("vectors"), 5, 2);
        spark.catalog().dropTempView("vectors");
    }

    @Test
    void estimatesItsSizeSoThatSmallTablesAreBroadcast() {
        Path file = write("a.fvecs", 0, 5, 2);
        Dataset<Row> data = spark.read().format("fvecs").load(file.toString());
        assertEquals(
                "80",
                data.queryExecution().optimizedPlan().stats().sizeInBytes().toString());
        assertEquals(
                "40",
                data.select("id")
                        .queryExecution()
                        .optimizedPlan()
                        .stats()
                        .sizeInBytes()
                        .toString());
    }

    private Path ragged() throws IOException {
        Path file = write("ragged.fvecs", 0, 3, 2);
        byte[] bytes = Files.readAllBytes(file);
        bytes[12] = 3;
        return Files.write(file, bytes);
    }

    private static String message(Executable executable) {
        return assertThrows(NsvqException.class, executable).getMessage();
    }

    @Test
    void namesRaggedRows() throws IOException {
        Path file = ragged();
        // What the tasks throw comes back here; in the log it would look like a failing test.
        spark.sparkContext().setLogLevel("OFF");
        try {
            for (int partitions = 1; partitions <= 3; partitions++) {
                Dataset<Row> data = spark.read()
                        .format("fvecs")
                        .option("partitions", partitions)
                        .load(file.toString());
                String message =
                        assertThrows(Exception.class, data::collectAsList).getMessage();
                String expected = "CorruptFileException: file:" + file
                        + " is corrupt at byte 12: row 1 has dimension 3, the first row has 2";
                assertTrue(message.contains(expected), message);
            }
        } finally {
            spark.sparkContext().setLogLevel("WARN");
        }
    }

    @Test
    void namesTruncatedAndCorruptFilesBeforeAnyJob() throws IOException {
        Path file = write("a.fvecs", 0, 3, 2);
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 35));
        assertEquals(
                "file:" + file + " is corrupt at byte 35: truncated: row 2 should end at byte 36 (fvecs rows of "
                        + "dimension 2 take 12 bytes)",
                message(() -> spark.read().format("fvecs").load(file.toString())));
        Files.write(file, new byte[] {-1, -1, -1, -1, 0, 0, 0, 0});
        assertEquals(
                "file:" + file + " is corrupt at byte 0: a dimension of -1: it should be between 1 and 16777216",
                message(() -> spark.read().format("fvecs").load(file.toString())));
        assertEquals(
                "file:" + file + " is corrupt at byte 0: an npy file starts with \\x93NUMPY, this one does not",
                message(() -> spark.read().format("npy").load(file.toString())));
    }

    @Test
    void namesMissingPaths() {
        write("a.fvecs", 0, 3, 2);
        String missing = directory + "/missing.fvecs";
        assertEquals(
                "there is no such file or directory: " + missing,
                message(() -> spark.read().format("fvecs").load(missing)));
        assertEquals(
                "there is no such file or directory: " + missing,
                message(() -> spark.read().format("fvecs").load(directory + "/a.fvecs", missing)));
        assertEquals(
                "there is no such file or directory: " + directory + "/b*",
                message(() -> spark.read().format("fvecs").load(directory + "/b*")));
        assertEquals(
                "there is no file that ends in .npy in " + directory,
                message(() -> spark.read().format("npy").load(directory.toString())));
        assertEquals(
                "which fvecs file? Give its path to load(...), or as option 'path'",
                message(() -> spark.read().format("fvecs").load()));
        assertEquals(
                "cannot read nosuch://x/a.fvecs: No FileSystem for scheme \"nosuch\"",
                message(() -> spark.read().format("fvecs").load("nosuch://x/a.fvecs")));
    }

    @Test
    void rejectsFilesOfDifferentDimension() {
        Path a = write("a.fvecs", 0, 3, 2);
        Path b = write("b.fvecs", 0, 3, 4);
        assertEquals(
                "file:" + b + " has vectors of dimension 4, file:" + a + " of 2: files that are read together should "
                        + "have one dimension",
                message(() -> spark.read().format("fvecs").load(directory.toString())));
    }

    @Test
    void takesNoSchemaButItsOwn() {
        String file = write("a.fvecs", 0, 3, 2).toString();
        assertRows(
                spark.read()
                        .format("fvecs")
                        .schema("id BIGINT, features ARRAY<FLOAT>")
                        .load(file),
                3,
                2);
        StructType other = new StructType().add("x", DataTypes.DoubleType);
        assertEquals(
                "a fvecs file is read as struct<id:bigint,features:array<float>>, not as struct<x:double>: leave the "
                        + "schema out and select from the columns",
                message(() -> spark.read().format("fvecs").schema(other).load(file)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "two", "1.5"})
    void rejectsPartitionsThatAreNoNumber(String partitions) {
        String file = write("a.fvecs", 0, 3, 2).toString();
        Dataset<Row> data =
                spark.read().format("fvecs").option("partitions", partitions).load(file);
        assertEquals(
                "option 'partitions' should be a whole number from 1 on, but is '" + partitions + "'",
                message(data::collectAsList));
    }
}
