package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that users do have: those that are vectors, and what is said about the others. */
class InputMessagesTest extends CommandTest {
    private static Path input(String name) {
        try {
            return Path.of(Objects.requireNonNull(InputMessagesTest.class.getResource("/cases/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private void assertSentence(String line, String... words) {
        for (String word : words) {
            assertTrue(line.contains(word), line);
        }
        assertFalse(line.contains("SQLSTATE") || line.startsWith("[") || line.contains("\tat "), line);
        assertTrue(line.length() > 30, line);
    }

    @ParameterizedTest
    @CsvSource({
        "int8.parquet, 300, 8",
        "uint8.parquet, 300, 8",
        "attrs.parquet, 300, 8",
        "five.parquet, 5, 8",
        "d1.parquet, 300, 1",
        "ok.parquet, 300, 8",
        "unicodeid.parquet, 300, 8",
    })
    void tablesAreIndexed(String name, int rows, int dimension) {
        Path index = directory.resolve("index");
        String command = "index --quantizer flat --lists 2 --max-iter 2";
        JsonNode json = nsvq(command, "--input", input(name), "--output", index).json();
        assertEquals(rows, json.get("rows").asInt());
        assertEquals(dimension, json.get("dimension").asInt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "half.parquet | (--input) has a column of half precision (Parquet's FLOAT16), 'features', which",
                "n-8x0.npy | holds an array of shape (8, 0): its 8 vectors have no values",
                "n-struct.npy | holds records of several fields: save the field with the vectors alone",
                "n-z.npz | is a zip archive, as numpy's .npz are: save each array of it to an .npy file",
                "n-f8.npy.gz | is compressed with gzip: decompress it first, vector files are read in place",
            })
    void filesAreNamedWithWhatToDo(String name, String problem) throws IOException {
        for (String command : new String[] {"train --k 2", "index"}) {
            assertSentence(failure(command, "--input", input(name)), name, problem);
        }
    }

    @Test
    void aFileOfHalfPrecisionAmongOthersIsNamed() throws IOException {
        Path table = table("t", "select id, array(float(id), 1f) as features from range(9)");
        Files.copy(input("half.parquet"), table.resolve("z.parquet"));
        assertSentence(
                failure("train --k 2", "--input", table),
                "z.parquet cannot be read: its column [features, list, element] is FIXED_LEN_BYTE_ARRAY, but float",
                "FLOAT16 as float32");
    }

    @Test
    void modelsAndIndexesAreNoInput() throws IOException {
        Path table = table("t", "select id, array(float(id), 1f) as features from range(9)");
        Path index = directory.resolve("index");
        nsvq("index --quantizer flat --lists 2", "--input", table, "--output", index)
                .json();
        nsvq("index", "--append", index, "--delete", table).json();
        for (Path saved : new Path[] {index, model()}) {
            String problem =
                    saved + " (--input) is a saved model or index: name a file, directory or" + " table of vectors";
            assertEquals(problem, failure("train --k 2", "--input", saved));
            assertEquals(problem, unchanged("index", "--append", index, "--input", saved));
        }
        Path mixed = directory.resolve("mixed");
        for (String part : new String[] {"a", "b/part=1"}) {
            Files.createDirectories(mixed.resolve(part));
            Files.copy(input("ok.parquet"), mixed.resolve(part + "/x.parquet"));
        }
        assertEquals(
                mixed + " (--input) holds directories that do not make one table: name one of them",
                failure("train --k 2", "--input", mixed));
    }

    @Test
    void aCorruptFileAmongOthersIsNamed() throws IOException {
        Path table = table("t", "select id, array(float(id), 1f) as features from range(2000)");
        Path broken;
        try (var files = Files.list(table)) {
            broken = files.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        spark.sql("select id, array(float(id), 1f) as features from range(9)")
                .coalesce(1)
                .write()
                .mode("append")
                .parquet(table.toString());
        byte[] bytes = Files.readAllBytes(broken);
        for (int i = 4; i < bytes.length / 2; i++) {
            bytes[i] = (byte) 0xFF; // the footer is whole
        }
        Files.write(broken, bytes);
        Files.deleteIfExists(broken.resolveSibling("." + broken.getFileName() + ".crc"));
        for (String command : new String[] {"train --k 2", "index --lists 2 --quantizer flat"}) {
            assertSentence(
                    failure(command, "--input", table),
                    "the file ",
                    broken.getFileName().toString(),
                    "cannot be read");
        }
    }

    @Test
    void filesThatGoAwayOrAreOfAnotherFormat() throws IOException {
        Path csv = Files.writeString(directory.resolve("a.csv"), "1,2\n3,4\n");
        assertSentence(
                failure("train --k 2 --format csv", "--input", csv), "a.csv has no column 'features': it has _c0");
        Path json = Files.writeString(directory.resolve("a.json"), "{\"id\":1,\"features\":[1.5,2]}\nno json\n");
        assertSentence(failure("train --k 1 --format json", "--input", json), "features");
        Path none = Files.writeString(directory.resolve("b.json"), "no json\n");
        assertSentence(failure("train --k 1 --format json", "--input", none), "b.json has no column 'features'");
        assertSentence(
                failure("train --k 2", "--input", csv),
                "a.csv is not a whole parquet file: check --input and --format");
        assertSentence(failure("train --k 2 --format orc", "--input", csv), "a.csv", "--format");
        assertSentence(failure("train --k 2 --format avro", "--input", csv), "avro");
        assertSentence(failure("train --k 2 --format nonsense", "--input", csv), "nonsense");
        assertSentence(failure("train --k 2 --format npy", "--input", csv), "an npy file starts with");
        assertSentence(failure("train --k 2 --format text", "--input", csv), "has no column 'features': it has");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "named_struct('v', array(1f)) as features ~ features ~ /t: column 'features' should hold vectors",
                "named_struct('v', array(1f)) as s ~ s.v ~ has no column 's.v': it has id, s",
                "named_struct('v', array(1f)) as s ~ s.w ~ has no column 's.w': it has id, s",
                "'1,2' as features ~ features ~ /t: column 'features' should hold vectors",
            })
    void columnsThatAreNone(String column, String name, String problem) throws IOException {
        Path table = table("t", "select id, " + column + " from range(9)");
        for (String command : new String[] {"train --k 2", "index"}) {
            assertSentence(failure(command, "--input", table, "--features-col", name), problem);
        }
    }

    @Test
    void columnsOfFurtherInputsNameTheirOption() throws IOException {
        Path table = table("t", "select id, array(float(id)) as features from range(9)");
        Path bad = table("bad", "select id, 'x' as features from range(9)");
        String problem = " column 'features' should hold vectors (vector, or an array of numbers), but is string";
        assertSentence(failure("index", "--input", table, "--train", bad), bad + " (--train):" + problem);
        Path index = directory.resolve("index");
        nsvq("index --quantizer flat --lists 2", "--input", table, "--output", index)
                .json();
        assertSentence(
                failure("search --rerank 3", "--index", index, "--queries", table, "--vectors", bad),
                bad + " (--vectors):" + problem);
        assertSentence(failure("search", "--index", index, "--queries", bad), bad + ":" + problem);
    }

    @Test
    void aFilterThatFailsOnARowNamesItself() throws IOException {
        Path table = table("t", "select id, array(float(id)) as features, int(id) as price from range(9)");
        Path index = directory.resolve("index");
        nsvq("index --quantizer flat --lists 2 --attributes price", "--input", table, "--output", index)
                .json();
        Object[] search = {"search", "--index", index, "--queries", table, "--filter", null};
        String[][] cases = {
            {"1 / (price - 3) > 0", "the filter '1 / (price - 3) > 0' fails on the attributes of the vector with id"},
            {"price <", "the filter 'price <' is no condition on the index's attributes, price: Syntax error"},
            {"cost < 3", "the filter 'cost < 3' is no condition on the index's attributes, price: there is no"},
            {"repeat('x', price) = ''", "it calls repeat, which is not allowed: a filter may"},
            {"price", "the filter 'price' is no condition on the index's attributes, price: "},
        };
        for (String[] each : cases) {
            search[6] = each[0];
            assertSentence(failure(search), each[1]);
        }
    }

    @Test
    void idsAreQuotedAndCut() throws IOException {
        Path table = table(
                "t",
                "select if(id < 2, concat('a\\n', repeat('b', 300)), string(id)) as id, array(float(id)) as features"
                        + " from range(9)");
        assertSentence(
                failure("index --lists 2 --quantizer flat", "--input", table),
                "holds 'a\\n" + "b".repeat(97) + "...' in 2 rows: ids must be unique");
    }

    @Test
    void typesAreLookedAtBeforeIdsAreCounted() throws IOException {
        Path table = table("t", "select 1.5d as id, array(float(id)) as features from range(9)");
        assertSentence(
                failure("index", "--input", table),
                "column 'id' should hold ids (whole numbers or strings), but is double");
        Path twice = table("u", "select 7 as id, array(float(id), 0f) as features from range(9)");
        assertSentence(
                failure("index --codebooks 3", "--input", twice), "dimension 2 cannot be cut into 3 equal parts");
    }
}
