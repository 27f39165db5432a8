package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import io.github.sparknsvq.ml.VQModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** What commands do with space-filling lines, and with codebooks cut from them. */
class LineCommandsTest extends CommandTest {
    private static final String USE = " bits perplexity dead mse msePerDimension";
    private static final String LINE = "rows dimension codewords segments length" + USE;

    private Path learn() {
        Path file = directory.resolve("of-line.fvecs");
        return Files.exists(file) ? file : vectors("of-line.fvecs", 300, 1);
    }

    private JsonNode train(Path output, Object... more) {
        List<Object> args = new ArrayList<>(List.of(
                "train --quantizer sfvq --bits 4 --max-iter 2 --batch-size 150 --seed 5",
                "--input",
                learn(),
                "--output",
                output));
        args.addAll(List.of(more));
        return nsvq(args.toArray()).json();
    }

    private Path line() {
        Path path = directory.resolve("line");
        train(path);
        return path;
    }

    private static SpaceFillingVQModel load(Path path) {
        return SpaceFillingVQModel.load(path.toString());
    }

    @Test
    void trainReportsAndSaves() {
        Path path = directory.resolve("line");
        Path checkpoint = directory.resolve("checkpoint");
        JsonNode json = train(path, "--checkpoint", checkpoint, "--search", "corners");
        assertKeys(LINE + " passes trainSeconds quantizer seed output version", json);
        assertEquals(300, json.get("rows").asInt());
        assertEquals(16, json.get("codewords").asInt());
        assertEquals(15, json.get("segments").asInt());
        assertEquals(7, json.get("passes").asInt());
        assertEquals("sfvq", json.get("quantizer").asText());
        assertFalse(Files.exists(checkpoint));
        assertTrue(Files.exists(path.resolve("_SUCCESS")));
        SpaceFillingVQModel model = load(path);
        assertEquals("corners", model.getSearch());
        assertEquals(model.curve().length(), json.get("length").asDouble(), 1e-5);
        JsonNode info = nsvq("info", path).json();
        assertEquals("sfvq", info.get("quantizer").asText());
        assertEquals(16, info.get("codewords").asInt());
        assertEquals(15, info.get("segments").asInt());
        assertEquals(json.get("length"), info.get("length"));
        JsonNode verified = nsvq("verify", path).json();
        assertTrue(
                verified.get("verified").asBoolean() && verified.get("manifest").asBoolean());
        assertEquals("model", verified.get("kind").asText());
    }

    @Test
    void encodesDecodesAndEvaluates() {
        Path path = line();
        SpaceFillingVQModel model = load(path);
        FloatMatrix base = rows(150, 7);
        Path input = vectors("base.fvecs", base);
        Path codes = directory.resolve("codes");
        JsonNode json = nsvq("encode", "--model", path, "--input", input, "--output", codes)
                .json();
        assertKeys(LINE + " encodeSeconds output version", json);
        Dataset<Row> encoded = spark.read().parquet(codes.toString());
        assertEquals(
                "struct<id:bigint,prediction:int,position:double>",
                encoded.schema().catalogString());
        Path decoded = directory.resolve("decoded");
        JsonNode done = nsvq("decode", "--model", path, "--input", codes, "--output", decoded)
                .json();
        assertKeys("rows dimension codewords segments length decodeSeconds output version", done);
        Dataset<Row> points = spark.read().parquet(decoded.toString());
        assertEquals("struct<id:bigint,features:array<float>>", points.schema().catalogString());
        double cost = 0;
        for (Row row : encoded.join(points, "id").collectAsList()) {
            float[] of = base.row((int) row.getLong(0));
            float[] point = new float[DIMENSION];
            model.curve().point(row.getDouble(2), point, 0);
            for (int j = 0; j < DIMENSION; j++) {
                assertEquals(point[j], (float) row.getList(3).get(j));
                cost += Math.pow(point[j] - of[j], 2);
            }
        }
        assertEquals(cost / 150, json.get("mse").asDouble(), 1e-4);
        JsonNode measured = nsvq("evaluate", "--model", path, "--input", input).json();
        assertEquals(json.get("mse"), measured.get("mse"));
        assertEquals(json.get("perplexity"), measured.get("perplexity"));
        assertFalse(measured.has("missRate"));
        JsonNode fast = nsvq("evaluate --search corners", "--model", path, "--input", input)
                .json();
        assertTrue(fast.get("missRate").asDouble() >= 0 && fast.get("missRate").asDouble() < 1);
        assertTrue(fast.get("mse").asDouble() >= measured.get("mse").asDouble() - 1e-6);
    }

    @Test
    void resamplesACodebook() {
        Path path = directory.resolve("even");
        JsonNode json = train(path, "--resample", 8);
        assertKeys(
                "rows dimension codewords codeBytes collisionRate duplicates corners segments length lineMse passes"
                        + " trainSeconds resampleSeconds quantizer seed output version" + USE,
                json);
        assertEquals(8, json.get("codewords").asInt());
        assertEquals(16, json.get("corners").asInt());
        VQModel codebook = VQModel.load(path.toString());
        Path input = learn();
        JsonNode measured = nsvq("evaluate", "--model", path, "--input", input).json();
        assertEquals(json.get("mse").asDouble(), measured.get("mse").asDouble(), 1e-4);
        assertEquals(json.get("perplexity"), measured.get("perplexity"));
        assertTrue(json.get("lineMse").asDouble() < json.get("mse").asDouble());
        Path again = directory.resolve("again");
        train(again, "--resample", 8, "--resample-of", "projected", "--search", "exact");
        assertArrayEquals(
                codebook.codebook().values(),
                VQModel.load(again.toString()).codebook().values());
        Path samples = directory.resolve("samples");
        JsonNode ofRows = train(samples, "--resample", 8, "--resample-of", "samples");
        assertTrue(ofRows.get("mse").asDouble() < json.get("mse").asDouble());
        assertEquals("vq", nsvq("info", samples).json().get("quantizer").asText());
    }

    @Test
    void equalCodewordsAreTold() {
        Path few = vectors("few.fvecs", 3, 1);
        Ran ran = nsvq(
                "train --quantizer sfvq --k 4 --max-iter 1 --resample 5",
                "--input",
                few,
                "--output",
                directory.resolve("m"));
        assertTrue(ran.json().get("duplicates").asInt() > 0, ran.out());
        assertTrue(ran.err().contains("of 5 codewords equal others"), ran.err());
    }

    @Test
    void whatALineCannotDoIsSaid() throws IOException {
        Path path = line();
        Path input = vectors("base.fvecs", 20, 7);
        assertFails(
                "--device is for models of codebooks: vectors are projected on a line by the CPU",
                "encode --device cpu",
                "--model",
                path,
                "--input",
                input);
        assertFails(
                "--codes is for models of several codebooks: " + path + " has a line",
                "encode --codes",
                "--model",
                path,
                "--input",
                input);
        assertFails(
                path + " (--model) has a line, whose positions no index of FAISS holds: train with --resample for a"
                        + " codebook to export",
                "export",
                "--model",
                path);
        assertFails(
                path + " (--init) has a line: a VQModel, or a KMeansModel of MLlib, is needed",
                "train",
                "--init",
                path,
                "--input",
                input);
        Path truth = Files.write(directory.resolve("truth.ivecs"), new byte[0]);
        String said = unchanged("evaluate", "--model", path, "--input", input, "--queries", input, "--truth", truth);
        assertEquals(
                "a line gives positions, by which nothing is searched: leave out --queries and --truth, or train with"
                        + " --resample",
                said);
        assertFails(
                "--search is for models of sfvq, whose vectors are projected on a line",
                "encode --search exact",
                "--model",
                model(),
                "--input",
                input);
    }

    @Test
    void positionsThatAreNotOnTheLineAreRefused() throws IOException {
        Path path = line();
        double length = load(path).curve().length();
        for (String[] bad : new String[][] {
            {"-1d", "is -1.0"}, {"1e9d", "is 1.0E9"}, {"double('NaN')", "is NaN"}, {"cast(null as double)", "is null"}
        }) {
            Path codes = table("codes" + bad[1], "select 7L as id, " + bad[0] + " as position");
            assertFails(
                    "column 'position' of " + codes + " " + bad[1]
                            + " in the row with id 7: the model's codes are 0 to " + length,
                    "decode",
                    "--model",
                    path,
                    "--input",
                    codes);
        }
        Path texts = table("texts", "select 7L as id, 'a' as position");
        assertFails(
                "column 'position' should hold positions (double), but is string",
                "decode",
                "--model",
                path,
                "--input",
                texts);
        Path none = table("none", "select 7L as id, 1 as prediction");
        String said = failure("decode", "--model", path, "--input", none);
        assertTrue(said.contains("has no column 'position'"), said);
    }
}
