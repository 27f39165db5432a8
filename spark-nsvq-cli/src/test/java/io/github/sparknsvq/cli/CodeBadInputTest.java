package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What bad input gets where there are several codebooks: exit code 1, one line, and nothing written. */
class CodeBadInputTest extends CommandTest {
    /** Models that the tests share; none of them writes to one. */
    @TempDir
    private static Path models;

    private Path learn;

    @BeforeEach
    void input() {
        learn = vectors("input.fvecs", 200, 1);
    }

    private String failure(Object... args) throws IOException {
        List<String> before = left();
        List<Object> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--output", directory.resolve("out")));
        spark.sparkContext().setLogLevel("OFF");
        String line;
        try {
            line = nsvq(all.toArray()).line(1);
        } finally {
            spark.sparkContext().setLogLevel("WARN");
        }
        assertEquals(before, left(), "nothing is written");
        return line;
    }

    /** Returns a model of two codebooks of 16 codewords, whose codes have one byte, trained once. */
    private Path trained(String quantizer) {
        Path model = models.resolve(quantizer);
        if (Files.exists(model)) {
            return model;
        }
        nsvq("train --codebooks 2 --bits 4 --max-iter 1", "--input", learn, "--quantizer", quantizer, "--output", model)
                .json();
        return model;
    }

    @Test
    void partsThatDoNotDivideTheDimension() throws IOException {
        for (String quantizer : List.of("pq", "opq")) {
            assertEquals(
                    "dimension 4 cannot be cut into 3 equal parts: the number of codebooks must divide the dimension",
                    failure("train", "--input", learn, "--quantizer", quantizer, "--codebooks", 3, "--bits", 4));
        }
    }

    @Test
    void codesOfTheWrongLengthNameTheRow() throws IOException {
        Path model = trained("pq");
        Path input = table("t", "select 40L + id as id, unhex(if(id = 8, '0102', '01')) as code from range(9)");
        assertEquals(
                "column 'code' of " + input + " has 2 bytes in the row with id 48: the model's codes have 1",
                failure("decode", "--model", model, "--input", input));
        Path named = table("k", "select id as key, if(id = 2, null, X'01') as code from range(3)");
        assertEquals(
                "column 'code' of " + named + " has null in the row with key 2: the model's codes have 1",
                failure("decode", "--model", model, "--input", named, "--id-col", "key"));
        Path nameless = table("n", "select X'' as code");
        assertEquals(
                "column 'code' of " + nameless + " has 0 bytes in some row: the model's codes have 1",
                failure("decode", "--model", model, "--input", nameless));
    }

    @Test
    void codesThatAreNone() throws IOException {
        Path model = trained("rq");
        Path strings = table("s", "select 'a' as code");
        assertEquals(
                "column 'code' should hold codes (binary), but is string",
                failure("decode", "--model", model, "--input", strings));
        Path indices = table("i", "select array(3, 16) as codes");
        String line = failure("decode", "--model", model, "--input", indices);
        assertTrue(line.contains("a code holds index 16 of codebook 1, which has 16 codewords"), line);
        Path none = table("o", "select 1 as prediction");
        assertEquals(
                none + " has no column 'code': it has prediction; decode reads what encode wrote",
                failure("decode", "--model", model, "--input", none));
        assertEquals(
                strings + " has no column 'key': it has code; name one with --id-col",
                failure("decode", "--model", model, "--input", strings, "--id-col", "key"));
    }

    @Test
    void vectorsOfAnotherDimension() throws IOException {
        Path input = vectors("b.fvecs", FloatMatrix.of(new float[] {1, 2}));
        for (String quantizer : List.of("opq", "aq")) {
            assertEquals(
                    "column 'features': 1 of 1 rows is invalid, first the one with id 0, which has 2 values, the codebook 4"
                            + " (--handle-invalid skip leaves such rows out)",
                    failure("encode", "--model", trained(quantizer), "--input", input));
        }
    }

    @Test
    void whatGoesWithOtherModelsOnly() throws IOException {
        Path one = model();
        Path several = trained("pq");
        assertEquals(
                "--codes is for models of several codebooks: " + one + " has one",
                failure("encode", "--model", one, "--input", learn, "--codes"));
        assertEquals(
                several + " (--init) has several codebooks: a VQModel, or a KMeansModel of MLlib, is needed",
                failure("train", "--input", learn, "--init", several));
        assertEquals(
                "--codes goes with models of several codebooks: " + one + " has one",
                failure("export", "--model", one, "--codes", learn));
    }

    @Test
    void exportsOfIdsThatAreNotUnique() throws IOException {
        Path model = trained("pq");
        Path twice = table("t", "select id % 3 as id, X'01' as code from range(4)");
        assertEquals(
                "column 'id' of " + twice + " holds 0 in 2 rows: ids must be unique",
                failure("export", "--model", model, "--codes", twice));
        Path nulls = table("n", "select nullif(id, 2) as key, X'01' as code from range(4)");
        assertEquals(
                "column 'key' of " + nulls + " is null in 1 rows: every row needs an id",
                failure("export", "--model", model, "--codes", nulls, "--id-col", "key"));
        assertEquals(
                nulls + " has no column 'id': it has key, code; name one with --id-col",
                failure("export", "--model", model, "--codes", nulls));
        Path strings = table("s", "select 'a' as id, X'01' as code");
        assertEquals(
                "column 'id' of " + strings + " is string: whole numbers are needed",
                failure("export", "--model", model, "--codes", strings));
        Path wrong = table("w", "select 7L as id, X'0102' as code");
        assertEquals(
                "a code to export has id 7 and 2 bytes: it should have an id and 1 bytes",
                failure("export", "--model", model, "--codes", wrong));
        Path text = table("x", "select 7L as id, 'a' as code");
        assertEquals(
                "column 'code' should hold codes (binary), but is string",
                failure("export", "--model", model, "--codes", text));
    }

    @Test
    void anExportThatIsThere() throws IOException {
        Path model = trained("pq");
        Path there = Files.writeString(directory.resolve("out"), "x");
        assertEquals(
                "the output " + there + " exists already: give another --output, or --mode overwrite to replace it",
                failure("export", "--model", model));
        assertEquals("x", Files.readString(there));
    }

    @Test
    void indexFilesThatAreDamaged() throws IOException {
        Path index = directory.resolve("index.faiss");
        nsvq("export", "--model", trained("pq"), "--output", index).json();
        byte[] bytes = Files.readAllBytes(index);
        Path cut = directory.resolve("cut.faiss");
        Files.write(cut, Arrays.copyOf(bytes, 40));
        String line = nsvq("info", cut).line(1);
        assertTrue(line.startsWith(cut + " is corrupt at byte "), line);
        Files.writeString(cut, "IxFlat");
        line = nsvq("info", cut).line(1);
        assertEquals(cut + " (PATH) is no model: it has no metadata directory", line);
    }
}
