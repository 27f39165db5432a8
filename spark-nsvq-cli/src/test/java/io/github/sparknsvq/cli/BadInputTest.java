package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Failures: exit code 1, one clear line, and nothing left behind. */
class BadInputTest extends CommandTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            select 1L as id, array(1.0f) as vector | train --input {table} | \
            {table} has no column 'features': it has id, vector; name one with --features-col
            select 1L as id, array(1.0f) as vector | \
            train --features-col vector --weight-col w --input {table} | \
            {table} has no column 'w': it has id, vector; name one with --weight-col
            select 'x' as features | train --input {table} | \
            {table}: column 'features' should hold vectors (vector, or an array of numbers), but is string
            select array(1f, 2f) as features from range(30) | train --k 4 --baseline mllib --input {table} | \
            MLlib's KMeans fails with fewer distinct vectors than codewords: lower --k
            select 1L as id, array(1f, 2f, 3f, 4f) as features | \
            encode --id-col key --model {model} --input {table} | \
            {table} has no column 'key': it has id, features; name one with --id-col
            select 5L as id, array(1f, 2f, 3f, 4f) as features from range(2) | \
            encode --model {model} --input {table} | \
            column 'id' of {table} holds 5 in 2 rows: ids must be unique
            select id % 3 as key, array(1f, 2f, 3f, 4f) as features from range(7) | \
            encode --id-col key --model {model} --input {table} | \
            column 'key' of {table} holds 0 in 3 rows: ids must be unique
            select null as key, array(1f, 2f, 3f, 4f) as features from range(1) | \
            encode --id-col key --model {model} --input {table} | \
            column 'key' of {table} is null in one row: every row needs an id
            select 40L + id as id, int(id) as prediction from range(9) | \
            decode --model {model} --input {table} | \
            column 'prediction' of {table} is 8 in the row with id 48: the model's codes are 0 to 7
            select cast(null as int) as prediction | decode --model {model} --input {table} | \
            column 'prediction' of {table} is null in some row: the model's codes are 0 to 7
            select 'a' as prediction | decode --model {model} --input {table} | \
            column 'prediction' of {table} is string: whole numbers are needed
            select 1 as code | decode --model {model} --input {table} | \
            {table} has no column 'prediction': it has code; decode reads what encode wrote
            """)
    void aTableThatDoesNotFit(String query, String command, String line) throws IOException {
        assertTableFails(query, command, line);
    }

    @Test
    void missingInput() throws IOException {
        for (String name : List.of("none.fvecs", "none")) {
            Path input = directory.resolve(name);
            assertFails("there is no such file or directory: " + input + " (--input)", "train", "--input", input);
        }
    }

    @Test
    void notParquet() throws IOException {
        Path input = Files.createDirectory(directory.resolve("t"));
        assertEquals(
                "there are no parquet files in " + input + ": check --input and --format",
                failure("train", "--input", input));
        Files.writeString(input.resolve("notes"), "no Parquet");
        for (Path given : List.of(input, input.resolve("notes"))) {
            assertEquals(
                    "file:" + input + "/notes is not a whole parquet file: check --input and --format",
                    failure("train", "--input", given));
        }
        assertEquals(
                "file:" + input + "/notes is not a whole orc file: check --input and --format",
                failure("train", "--input", input, "--format", "orc"));
    }

    @Test
    void unknownFormat() throws IOException {
        String line = failure("train", "--input", "x", "--format", "frob");
        assertTrue(line.startsWith("Failed to find the data source: frob."), line);
    }

    @Test
    void invalidVectors() throws IOException {
        Map<String, String> problems = Map.of(
                "null", "is null",
                "array(1f, null)", "has a null at element 1",
                "array(1f, float('NaN'))", "has NaN at element 1",
                "array(1f, float('inf'))", "has an infinite value at element 1",
                "array(1f)", "has 1 values, others have 2");
        for (Map.Entry<String, String> problem : problems.entrySet()) {
            String bad = problem.getKey();
            Path input = table(
                    "t" + bad.hashCode(),
                    "select 7L as id, " + bad + " as features union all"
                            + " select id, array(float(id), 2f) from range(20)");
            assertEquals(
                    "column 'features': 1 of 21 rows is invalid, first row 0 (counted from 0), which "
                            + problem.getValue() + " (handleInvalid = skip leaves such rows out)",
                    failure("train", "--input", input, "--k", 2));
            assertEquals(
                    "column 'features': 1 of 21 rows is invalid, first row 0 (counted from 0), which "
                            + problem.getValue() + " (handleInvalid = skip leaves such rows out)",
                    failure("train", "--input", input, "--k", 2, "--baseline", "mllib"));
            assertEquals(
                    20,
                    nsvq("train --k 2 --handle-invalid skip", "--input", input, "--output", input + "-model")
                            .json()
                            .get("rows")
                            .asInt());
        }
    }

    @Test
    void truncatedFile() throws IOException {
        Path input = vectors("a.fvecs", 5, 1);
        byte[] bytes = Files.readAllBytes(input);
        Files.write(input, Arrays.copyOf(bytes, bytes.length - 3));
        String line = failure("train", "--input", input);
        assertTrue(line.contains("a.fvecs is corrupt at byte 97: truncated: row 4 should end at byte 100"), line);
    }

    @Test
    void noRows() throws IOException {
        Path input = table("t", "select array(1f) as features where 1 = 0");
        String line = failure("train", "--input", input);
        assertTrue(line.contains("no rows"), line);
    }

    @Test
    void outputExists() throws IOException {
        Path input = vectors("a.fvecs", 20, 1);
        Path output = Files.createDirectory(directory.resolve("out"));
        assertEquals(
                "the output " + output + " exists already: give another --output, or --mode overwrite to replace it",
                nsvq("train", "--input", input, "--output", output).line(1));
        assertEquals(List.of("a.fvecs", "out"), left());
    }

    @Test
    void outputNotWritable() throws IOException {
        Path input = vectors("a.fvecs", 20, 1);
        String line = nsvq("train", "--input", input, "--output", input.resolve("out"))
                .line(1);
        assertTrue(line.startsWith("cannot write to " + input + "/out: "), line);
        assertTrue(line.endsWith("; give another --output"), line);
        assertEquals(List.of("a.fvecs"), left());
    }

    @Test
    void outputWouldReplaceInput() {
        Path input = table("t", "select array(1f) as features");
        assertEquals(
                "the output " + input + " would replace the input " + input + ": give another --output",
                nsvq("train", "--input", input, "--output", input, "--mode", "overwrite")
                        .line(1));
        assertEquals(1, spark.read().parquet(input.toString()).count());
    }

    @Test
    void noModel() throws IOException {
        Path input = vectors("a.fvecs", 20, 1);
        assertEquals(
                "there is no such file or directory: " + directory.resolve("m") + " (--model)",
                failure("encode", "--input", input, "--model", directory.resolve("m")));
        Path empty = Files.createDirectory(directory.resolve("m"));
        assertEquals(
                empty + " (--model) is no model: it has no metadata directory",
                failure("encode", "--input", input, "--model", empty));
        assertEquals(
                empty + " (--init) is no model: it has no metadata directory",
                failure("train", "--input", input, "--init", empty));
        Files.createDirectory(empty.resolve("metadata"));
        assertEquals(
                "the metadata of " + empty + " (--model) is damaged: there is no text in the files of " + empty
                        + "/metadata",
                failure("encode", "--input", input, "--model", empty));
    }

    @Test
    void otherModel() throws IOException {
        Path other = directory.resolve("other");
        new org.apache.spark.ml.feature.Binarizer()
                .setInputCol("a")
                .setOutputCol("b")
                .write()
                .save(other.toString());
        assertEquals(
                other + " (--model) holds a Binarizer: a VQModel, ProductVQModel,"
                        + " ResidualVQModel, AdditiveVQModel or SpaceFillingVQModel, or a KMeansModel of MLlib, is"
                        + " needed",
                failure("encode", "--input", vectors("a.fvecs", 20, 1), "--model", other));
    }

    @Test
    void damagedModel() throws IOException {
        Path model = model();
        Path input = vectors("a.fvecs", 20, 1);
        try (var files = Files.list(model.resolve("data"))) {
            for (Path part :
                    files.filter(file -> file.toString().endsWith(".parquet")).toList()) {
                Files.writeString(part, "no Parquet");
            }
        }
        String line = failure("encode", "--input", input, "--model", model);
        assertTrue(
                line.startsWith("file:" + model + "/data/part-") && line.contains(" is damaged: it has 10 bytes"),
                line);
        try (var files = Files.list(model.resolve("metadata"))) {
            for (Path part : files.filter(file -> !file.getFileName().toString().startsWith("."))
                    .toList()) {
                Files.writeString(part, "no JSON");
            }
        }
        try (var files = Files.list(model.resolve("metadata"))) {
            for (Path part :
                    files.filter(file -> file.toString().endsWith(".crc")).toList()) {
                Files.delete(part);
            }
        }
        line = failure("encode", "--input", input, "--model", model);
        assertTrue(line.startsWith("the metadata of " + model + " (--model) is damaged: "), line);
        line = nsvq("verify", model).line(1);
        assertTrue(line.contains("/metadata/part-"), line);
        assertTrue(line.endsWith("(and 1 more damaged, missing or additional)"), line);
    }

    @Test
    void otherDimension() throws IOException {
        Path model = model();
        Path input = vectors("b.fvecs", FloatMatrix.of(new float[] {1, 2}));
        String line = failure("encode", "--input", input, "--model", model);
        assertEquals(
                "column 'features': 1 of 1 rows is invalid, first the one with id 0, which has 2 values, the "
                        + "codebook 4 (--handle-invalid skip leaves such rows out)",
                line);
        Path table = table(
                "t", "select id as n, array(1f, 2f, 3f, if(id % 3 = 1, float('NaN'), 4f)) as features from range(7)");
        for (Object[] command : new Object[][] {{"encode", "--output", directory.resolve("c")}, {"evaluate"}}) {
            List<Object> args = new ArrayList<>(Arrays.asList(command));
            args.addAll(List.of("--model", model, "--input", table, "--id-col", "n"));
            assertEquals(
                    "column 'features': 2 of 7 rows are invalid, first the one with n 1, which has NaN at element 3"
                            + " (--handle-invalid skip leaves such rows out)",
                    nsvq(args.toArray()).line(1));
        }
        line = failure("train", "--input", input, "--init", model);
        assertTrue(line.contains("dimension 2"), line);
    }

    @Test
    void initOfAnotherSize() throws IOException {
        Path model = model();
        assertEquals(
                "k = 16, but the model to start from has 8 codewords: they must be equal",
                failure("train", "--input", directory.resolve("learn.fvecs"), "--init", model, "--k", 16));
    }

    @Test
    void truthThatDoesNotFit() {
        Path model = model();
        Path base = vectors("base.fvecs", 30, 2);
        Path queries = vectors("query.fvecs", 3, 3);
        Path truth = directory.resolve("truth.ivecs");
        VectorFiles.writeInts(truth, new int[][] {{1, 2}, {3, 4}});
        Object[] evaluate = {"evaluate", "--model", model, "--input", base, "--queries", queries, "--truth", truth};
        assertEquals(
                "--queries holds 3 vectors, but --truth 2 rows: they should belong together",
                nsvq(evaluate).line(1));
        evaluate[8] = directory.resolve("far.ivecs");
        VectorFiles.writeInts((Path) evaluate[8], new int[][] {{1}, {2}, {30}});
        assertEquals(
                "--truth says that row 30 is nearest to query 2, but --input has no row of that id: do they belong"
                        + " together?",
                nsvq(evaluate).line(1));
        evaluate[6] = vectors("flat.fvecs", FloatMatrix.of(new float[] {1}, new float[] {2}, new float[] {3}));
        assertEquals(
                "--queries holds vectors of dimension 1, but the model has 4",
                nsvq(evaluate).line(1));
    }

    @Test
    void verboseShowsTheStack() {
        Ran ran = nsvq("train --verbose", "--input", directory.resolve("none"), "--output", directory.resolve("o"));
        assertEquals(1, ran.code());
        assertTrue(ran.err().contains("NsvqException") && ran.err().contains("\tat io.github.sparknsvq"), ran.err());
    }

    @Test
    void quickstartDataThatIsNone() throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        assertTrue(failure("quickstart", "--data", data).startsWith("there is no base in " + data));
        assertEquals(
                "there is no such directory: " + directory.resolve("none") + " (--data)",
                failure("quickstart", "--data", directory.resolve("none")));
    }
}
