package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code encode --entropy}, and what the other commands make of its output. */
class EntropyCommandsTest extends CommandTest {
    private static final int ROWS = 500;
    private static final FloatMatrix BASE = rows(ROWS, 7);

    private Path trained(String options) {
        Path model = directory.resolve("model");
        String train = "train --max-iter 1 --batch-size 300 --seed 5 --quantizer " + options;
        nsvq(train, "--input", vectors("learn.fvecs", 300, 1), "--output", model)
                .json();
        return model;
    }

    private List<Row> decoded(Path model, Path codes) {
        Path output = directory.resolve(codes.getFileName() + "-decoded");
        assertTrue(nsvq("decode", "--model", model, "--input", codes, "--output", output)
                .json()
                .has("rows"));
        return spark.read().parquet(output.toString()).orderBy("id").collectAsList();
    }

    /** All kinds of codes come back as the plain ones do, in about the bits that they are worth. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "vq --k 40",
                "pq --codebooks 2 --bits 4",
                "opq --codebooks 2 --bits 4 --rotation-iter 1",
                "rq --level-bits 6,4 --joint-iter 0 --beam 2",
                "aq --codebooks 2 --bits 4 --joint-iter 0 --beam 2",
                "rq --level-bits 8,8,8 --joint-iter 0 --error-threshold 0.3",
                "rq --level-bits 4,4,4 --joint-iter 0 --error-threshold 0.8",
            })
    void codesComeBack(String options) throws IOException {
        Path model = trained(options);
        Path base = vectors("base.fvecs", BASE);
        Path plain = directory.resolve("plain");
        Path coded = directory.resolve("coded");
        JsonNode asBefore = nsvq("encode", "--model", model, "--input", base, "--output", plain)
                .json();
        JsonNode json = nsvq("encode --entropy", "--model", model, "--input", base, "--output", coded)
                .json();
        for (String key : List.of("rows", "bits", "mse", "dead")) {
            assertEquals(asBefore.get(key), json.get(key), key);
        }
        int blocks = json.get("blocks").asInt();
        double head = 8.0 * 16 * blocks / ROWS;
        double bits = json.get("bits").asDouble();
        double codedBits = json.get("codedBits").asDouble();
        assertTrue(codedBits >= bits && codedBits <= bits + head + 0.02, codedBits + " for " + bits);
        assertEquals(codedBits, 8.0 * json.get("codedBytes").asLong() / ROWS, 1e-6);
        assertEquals(size(coded.resolve("tables")), json.get("tableBytes").asLong());
        assertEquals(
                size(coded.resolve("blocks")),
                json.get("codedBytes").asLong() + json.get("otherBytes").asLong());
        assertEquals(decoded(model, plain), decoded(model, coded));
    }

    private static long size(Path parts) throws IOException {
        try (Stream<Path> files = Files.list(parts)) {
            return files.filter(file -> file.toString().endsWith(".parquet"))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static List<Path> files(Path parts) throws IOException {
        try (Stream<Path> files = Files.list(parts)) {
            return files.filter(file -> file.toString().endsWith(".parquet"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theSameInputGivesTheSameBytes() throws IOException {
        Path model = model();
        Path base = vectors("base.fvecs", BASE);
        List<byte[]> bytes = new ArrayList<>();
        for (String name : List.of("one", "two")) {
            Path coded = directory.resolve(name);
            nsvq("encode --entropy", "--model", model, "--input", base, "--output", coded)
                    .json();
            for (String part : List.of("blocks", "tables")) {
                for (Path file : files(coded.resolve(part))) {
                    bytes.add(Files.readAllBytes(file));
                }
            }
        }
        int half = bytes.size() / 2;
        for (int i = 0; i < half; i++) {
            assertArrayEquals(bytes.get(i), bytes.get(half + i));
        }
    }

    /** Columns of any type, null included, stay beside their code; an input may have none, or no rows. */
    @Test
    void columnsStayBesideTheirCodes() {
        Path model = model();
        Path table = table(
                "table",
                "select array(cast(id % 11 as float), 2F, 3F, 4F) as features,"
                        + " if(id % 3 = 0, null, 'row ' || id) as name,"
                        + " struct(id, array(id)) as more from range(40)");
        Path coded = directory.resolve("coded");
        nsvq("encode --entropy", "--model", model, "--input", table, "--output", coded)
                .json();
        Path output = directory.resolve("decoded");
        nsvq("decode", "--model", model, "--input", coded, "--output", output).json();
        Dataset<Row> decoded = spark.read().parquet(output.toString());
        assertEquals(
                List.of("name", "more", "features"), Arrays.asList(decoded.columns()), "the input's, then vectors");
        Path plainly = directory.resolve("plain");
        nsvq("encode", "--model", model, "--input", table, "--output", plainly).json();
        Path plainOutput = directory.resolve("plain-decoded");
        nsvq("decode", "--model", model, "--input", plainly, "--output", plainOutput)
                .json();
        assertEquals(
                spark.read().parquet(plainOutput.toString()).orderBy("more").collectAsList(),
                decoded.orderBy("more").collectAsList());

        Path alone = table("alone", "select array(cast(id as float), 2F, 3F, 4F) as features from range(9)");
        Path codedAlone = directory.resolve("coded-alone");
        nsvq("encode --entropy", "--model", model, "--input", alone, "--output", codedAlone)
                .json();
        Path decodedAlone = directory.resolve("decoded-alone");
        JsonNode json = nsvq("decode", "--model", model, "--input", codedAlone, "--output", decodedAlone)
                .json();
        assertEquals(9, json.get("rows").asInt());

        Path empty = table("empty", "select id, array(1F, 2F, 3F, 4F) as features from range(0)");
        Path codedEmpty = directory.resolve("coded-empty");
        JsonNode none = nsvq("encode --entropy", "--model", model, "--input", empty, "--output", codedEmpty)
                .json();
        assertEquals(0, none.get("codedBytes").asInt());
        assertFalse(none.has("codedBits"));
        Path decodedEmpty = directory.resolve("decoded-empty");
        assertEquals(
                0,
                nsvq("decode", "--model", model, "--input", codedEmpty, "--output", decodedEmpty)
                        .json()
                        .get("rows")
                        .asInt());
    }

    /** A file for FAISS is the same, byte for byte, whichever codes it is made of. */
    @Test
    void exportTakesThem() throws IOException {
        Path model = trained("pq --codebooks 2 --bits 4");
        Path base = vectors("base.fvecs", BASE);
        List<byte[]> bytes = new ArrayList<>();
        for (String encode : List.of("encode", "encode --entropy")) {
            Path codes = directory.resolve(encode.replace(" ", ""));
            Path file = directory.resolve(codes.getFileName() + ".faiss");
            nsvq(encode, "--model", model, "--input", base, "--output", codes).json();
            JsonNode json = nsvq("export", "--model", model, "--codes", codes, "--output", file)
                    .json();
            assertEquals(ROWS, json.get("rows").asInt());
            bytes.add(Files.readAllBytes(file));
        }
        assertArrayEquals(bytes.get(0), bytes.get(1));
    }

    @Test
    void infoAndVerifySayWhatItIs() throws IOException {
        Path model = model();
        Path coded = directory.resolve("coded");
        nsvq("encode --entropy", "--model", model, "--input", vectors("base.fvecs", BASE), "--output", coded)
                .json();
        JsonNode info = nsvq("info", coded).json();
        assertEquals(ROWS, info.get("rows").asInt());
        assertEquals("prediction", info.get("column").asText());
        assertEquals("[8]", info.get("codewords").toString());
        assertTrue(info.get("codedBits").asDouble() > 1);
        JsonNode verified = nsvq("verify", coded).json();
        assertEquals("codes", verified.get("kind").asText());
        assertEquals(ROWS, verified.get("vectors").asInt());
        assertTrue(verified.get("verified").asBoolean());

        Path file = files(coded.resolve("blocks")).get(0);
        byte[] whole = Files.readAllBytes(file);
        byte[] cut = Arrays.copyOf(whole, whole.length - 9);
        Files.delete(file.resolveSibling("." + file.getFileName() + ".crc"));
        Files.write(file, cut);
        String damaged = unchanged("verify", coded);
        assertTrue(damaged.contains(file.getFileName().toString()), damaged);
        String read = failure("decode", "--model", model, "--input", coded);
        assertTrue(read.contains(file.getFileName().toString()), read);
        byte[] changed = whole.clone();
        changed[whole.length / 2] ^= 64;
        Files.write(file, changed);
        assertTrue(unchanged("verify", coded).contains(file.getFileName().toString()));
    }

    @Test
    void refusesWhatDoesNotGoTogether() throws IOException {
        Path model = model();
        assertEquals(
                "--codes does not go with --entropy, which keeps one form of the codes alone (see nsvq encode"
                        + " --help)",
                nsvq("encode --entropy --codes", "--model", "m", "--input", "i", "--output", "o")
                        .line(2));
        Path coded = directory.resolve("coded");
        nsvq("encode --entropy", "--model", model, "--input", vectors("base.fvecs", BASE), "--output", coded)
                .json();
        Path learn = directory.resolve("learn.fvecs");
        Path other = directory.resolve("other");
        nsvq("train --k 5 --max-iter 1", "--input", learn, "--output", other).json();
        assertEquals(
                coded + " holds codes of codebooks of [8] codewords, and the model has [5]: give the model that they"
                        + " were encoded with",
                failure("decode", "--model", other, "--input", coded));
        Path line = directory.resolve("line");
        nsvq("train --quantizer sfvq --k 8 --max-iter 1", "--input", learn, "--output", line)
                .json();
        String positions = failure("encode --entropy", "--model", line, "--input", directory.resolve("base.fvecs"));
        assertEquals(
                "--entropy is for models of codebooks: the positions on the line of " + line + " are no codes",
                positions);
        assertFalse(Files.exists(directory.resolve("a")));
    }
}
