package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    /** Returns a model of two codebooks of 16 codewords, whose codes have one byte, trained once. */
    private Path trained(String quantizer) {
        Path model = models.resolve(quantizer);
        if (Files.exists(model)) {
            return model;
        }
        String train = "train --codebooks 2 --bits 4 --max-iter 1 --quantizer " + quantizer;
        nsvq(train, "--input", learn, "--output", model).json();
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            select 40L + id as id, unhex(if(id = 8, '0102', '01')) as code from range(9) | \
            decode --model {pq} --input {table} | \
            column 'code' of {table} has 2 bytes in the row with id 48: the model's codes have 1
            select id as key, if(id = 2, null, X'01') as code from range(3) | \
            decode --id-col key --model {pq} --input {table} | \
            column 'code' of {table} has null in the row with key 2: the model's codes have 1
            select X'' as code | decode --model {pq} --input {table} | \
            column 'code' of {table} has 0 bytes in some row: the model's codes have 1
            select 'a' as code | decode --model {rq} --input {table} | \
            column 'code' should hold codes (binary), but is string
            select 1 as prediction | decode --model {rq} --input {table} | \
            {table} has no column 'code': it has prediction; decode reads what encode wrote
            select 'a' as code | decode --id-col key --model {rq} --input {table} | \
            {table} has no column 'key': it has code; name one with --id-col
            select id % 3 as id, X'01' as code from range(4) | export --model {pq} --codes {table} | \
            column 'id' of {table} holds 0 in 2 rows: ids must be unique
            select nullif(id, 2) as key, X'01' as code from range(4) | \
            export --id-col key --model {pq} --codes {table} | \
            column 'key' of {table} is null in one row: every row needs an id
            select 2L as key, X'01' as code | export --model {pq} --codes {table} | \
            {table} has no column 'id': it has key, code; name one with --id-col
            select 'a' as id, X'01' as code | export --model {pq} --codes {table} | \
            column 'id' of {table} is string: whole numbers are needed
            select 7L as id, X'0102' as code | export --model {pq} --codes {table} | \
            a code to export has id 7 and 2 bytes: it should have an id and 1 bytes
            select 7L as id, 'a' as code | export --model {pq} --codes {table} | \
            column 'code' should hold codes (binary), but is string
            """)
    void aTableThatHoldsNoCodes(String query, String command, String line) throws IOException {
        assertTableFails(query, command, line);
    }

    @Test
    void indicesThatNoCodewordHas() throws IOException {
        Path indices = table("i", "select array(3, 16) as codes");
        String line = failure("decode", "--model", trained("rq"), "--input", indices);
        assertTrue(line.contains("a code holds index 16 of codebook 1, which has 16 codewords"), line);
    }

    @Override
    Path path(String word) {
        return trained(word.substring(1, word.length() - 1));
    }

    @Test
    void vectorsOfAnotherDimension() throws IOException {
        Path input = vectors("b.fvecs", FloatMatrix.of(new float[] {1, 2}));
        for (String quantizer : List.of("opq", "aq")) {
            assertEquals(
                    "column 'features': 1 of 1 rows is invalid, first the one with id 0, which has 2 values, the "
                            + "codebook 4 (--handle-invalid skip leaves such rows out)",
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
                several + " (--init) is a ProductVQModel: --quantizer rq starts from a model of its own kind",
                failure("train", "--input", learn, "--quantizer", "rq", "--init", several));
        assertEquals(
                one + " (--init) is a VQModel: --quantizer pq starts from a model of its own kind",
                failure("train", "--input", learn, "--quantizer", "pq", "--init", one));
        Path rotated = trained("opq");
        assertEquals(
                rotated + " (--init) has a rotation: --quantizer pq starts from a model without",
                failure("train", "--input", learn, "--quantizer", "pq", "--init", rotated));
        assertEquals(
                several + " (--init) has no rotation: --quantizer opq starts from a model with one",
                failure("train", "--input", learn, "--quantizer", "opq", "--init", several));
        assertEquals(
                "--codes goes with models of several codebooks: " + one + " has one",
                failure("export", "--model", one, "--codes", learn));
    }

    @Test
    void anExportThatIsThere() throws IOException {
        Path model = trained("pq");
        Path there = Files.writeString(directory.resolve("out"), "x");
        assertEquals(
                "the output " + there + " exists already: give another --output, or --mode overwrite to replace it",
                unchanged("export", "--model", model, "--output", there));
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
        String what = " is an index file of FAISS of type IndexFlat (IxFl), which spark-nsvq does not read: it ";
        assertTrue(line.startsWith(cut + what), line);
        Files.writeString(cut, "IxFrost");
        assertEquals(
                cut + " (PATH) is no model: it has no metadata directory",
                nsvq("info", cut).line(1));
    }
}
