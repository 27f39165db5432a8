package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Importing a file of faiss 1.15.1: "SQ8,RFlat" with one vector of dimension 16. */
class ImportCommandTest extends CommandTest {
    private Path file;

    @BeforeEach
    void copyFile() throws IOException {
        file = directory.resolve("refine.faiss");
        try (InputStream in = getClass().getResourceAsStream("/cases/refine-sq8-one-l2.faiss")) {
            Files.copy(in, file);
        }
    }

    @Test
    void vectorsToRankByAreWrittenBesideTheIndex() {
        JsonNode info = nsvq("info", file).json();
        assertEquals("IxSQ", info.get("type").asText());
        assertEquals("sq8", info.get("quantizer").asText());
        assertEquals("IxF2", info.get("refine").asText());
        assertEquals(1, info.get("kFactor").asDouble());
        assertFalse(info.has("codebooks"));

        Path index = directory.resolve("index");
        Path vectors = directory.resolve("vectors");
        JsonNode json = nsvq("import", "--input", file, "--vectors", vectors, "--output", index)
                .json();
        assertKeys("rows dimension lists codeBytes metric quantizer probes kFactor vectors output version", json);
        assertEquals(1, json.get("rows").asInt());
        assertEquals("sq8", json.get("quantizer").asText());
        assertEquals(
                "sq8", nsvq("info", "--index", index).json().get("quantizer").asText());
        assertTrue(Files.exists(vectors.resolve("_SUCCESS")));
        Path found = directory.resolve("found");
        Object[] search = {
            "search --rerank 1 --index", index, "--queries", vectors, "--vectors", vectors, "--output", found
        };
        nsvq(search).json();
        List<Row> neighbors = spark.read()
                .parquet(found.toString())
                .selectExpr("inline(neighbors)")
                .collectAsList();
        assertEquals(1, neighbors.size());
        assertEquals(0, neighbors.get(0).getLong(0));
        assertEquals(0, neighbors.get(0).getFloat(1), "the exact distance of the vector to itself");
    }

    @Test
    void vectorsThatAreLeftOutAreSpokenOf() {
        Ran ran = nsvq("import", "--input", file, "--output", directory.resolve("index"));
        String line = "nsvq: the vectors by which " + file + " ranks what its codes find are left out: --vectors DIR"
                + " writes them, for search --rerank";
        assertTrue(ran.err().lines().anyMatch(line::equals), ran.err());
        assertFalse(ran.json().has("vectors"));
    }

    @Test
    void nothingIsWrittenIfOneOutputCannotBe() throws IOException {
        Path vectors = Files.createDirectory(directory.resolve("vectors"));
        Files.createFile(vectors.resolve("mine"));
        assertFails(
                "the output " + vectors + " exists already: give another --vectors, or --mode overwrite to replace"
                        + " it",
                "import",
                "--input",
                file,
                "--vectors",
                vectors);
        assertFalse(Files.exists(directory.resolve("index")));
    }

    @Test
    void vectorsAreAskedForOfFilesThatHaveThemAlone() throws IOException {
        Path index = directory.resolve("index");
        nsvq("import", "--input", file, "--output", index).json();
        Path codes = directory.resolve("codes.faiss");
        nsvq("export", "--index", index, "--output", codes).json();
        assertEquals("IwSq", nsvq("info", codes).json().get("type").asText());
        assertFails(
                codes + " (--input) has no vectors beside its codes, for --vectors: leave --vectors out",
                "import",
                "--input",
                codes,
                "--vectors",
                directory.resolve("vectors"));
    }

    @Test
    void bothOutputsInOnePlaceAreRefused() {
        Ran ran = nsvq("import", "--input", file, "--vectors", "a", "--output", "a");
        assertEquals(2, ran.code());
        assertTrue(ran.err().contains("--output and --vectors cannot be the same directory"), ran.err());
    }
}
