package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.io.VectorFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fat jar in a JVM of its own, as {@code bin/nsvq} runs it. */
class CommandLineIT {
    private static final List<String> LOCAL = List.of("--master", "local[2]");
    private static final int SECONDS = 300;

    @TempDir
    Path directory;

    private Ran run(Object... command) {
        return runOn(SparkProcess.SHORT_LIVED, command);
    }

    /** Without options of the JVM, it is the one that users have. */
    private Ran runOn(String jvm, Object... command) {
        try (SparkProcess process = SparkProcess.submit(directory, jvm, LOCAL, command)) {
            return process.await(SECONDS);
        }
    }

    private List<String> outputs() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("SparkSubmit"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void quickstartMakesItsOwnData() {
        Path output = directory.resolve("out");
        Ran ran = runOn("", "quickstart", "--output", output, "--seed", 3);
        JsonNode json = ran.json();
        assertEquals("synthetic", json.get("data").asText());
        assertTrue(ran.err().contains("synthetic"), ran.err());
        assertEquals(100_000, json.get("rows").asInt());
        assertEquals(0, json.get("dead").asInt());
        assertTrue(json.get("recall@100").asDouble() > 0.15, json.toString()); // 0.168 when this was written
        JsonNode index = json.get("index");
        assertEquals(1265, index.get("lists").asInt());
        assertTrue(index.get("recall@1").asDouble() > 0.55, json.toString()); // 0.583
        assertTrue(index.get("recall@10").asDouble() > 0.97, json.toString()); // 0.987
        assertEquals(1.0, index.get("fileSameNeighbors").asDouble(), 0.001);
        assertTrue(Files.exists(output.resolve("index.faiss")));
        assertEquals(
                1000,
                VectorFiles.readLayout(output.resolve("data/groundtruth.ivecs")).rows());
        assertTrue(ran.err().contains("nsvq: training 256 codewords: pass "), ran.err());
        assertFalse(ran.err().contains("\tat "), ran.err());
    }

    @Test
    void aFailureIsOneLine() throws IOException {
        Path input = directory.resolve("bad.npy");
        Path model = directory.resolve("model");
        VectorFiles.write(input, CommandTest.rows(100, 1));
        JsonNode json =
                run("train", "--input", input, "--k", 4, "--output", model).json();
        assertEquals(4, json.get("codewords").asInt());
        byte[] bytes = Files.readAllBytes(input);
        bytes[bytes.length - 1] = (byte) 0xff; // the last float becomes a NaN
        bytes[bytes.length - 2] = (byte) 0xff;
        Files.write(input, bytes);
        Ran ran = runOn("", "encode", "--input", input, "--model", model, "--output", directory.resolve("codes"));
        assertEquals(
                "column 'features': 1 of 100 rows is invalid, first the one with id 99, which has NaN at element 3"
                        + " (--handle-invalid skip leaves such rows out)",
                ran.line(1));
        List<String> own = ran.err()
                .lines()
                .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                .toList();
        assertEquals(2, own.size(), ran.err());
        assertEquals(List.of("bad.npy", "model"), outputs());
    }

    @Test
    void wrongUsageEndsBeforeSparkStarts() {
        assertEquals(
                "--quantizer 'lsq' is unknown: valid are vq, pq, opq, rq, aq, sfvq (see nsvq train --help)",
                run("train", "--input", "a", "--output", "b", "--quantizer", "lsq")
                        .line(2));
    }

    @Test
    void aKilledRunIsResumed() throws IOException {
        Path input = directory.resolve("learn.fvecs");
        VectorFiles.write(input, CommandTest.rows(2000, 1));
        Path checkpoint = directory.resolve("checkpoint");
        Path output = directory.resolve("whole");
        Object[] train = {"train", "--input", input, "--k", 32, "--max-iter", 10, "--output", output};
        JsonNode whole = run(train).json();

        Object[] kept = Arrays.copyOf(train, train.length + 2);
        kept[8] = directory.resolve("resumed");
        kept[9] = "--checkpoint";
        kept[10] = checkpoint;
        try (SparkProcess process = SparkProcess.submit(directory, SparkProcess.SHORT_LIVED, LOCAL, kept)) {
            StandaloneCluster.await(
                    SECONDS, () -> Files.exists(pass(checkpoint, 2)) || !process.isAlive(), "no checkpoint");
            assertTrue(process.isAlive(), process.err());
        }
        assertFalse(Files.exists(directory.resolve("resumed")));
        Ran ran = run(kept);
        JsonNode resumed = ran.json();
        for (String key : List.of("mse", "perplexity", "dead", "passes")) {
            assertEquals(whole.get(key), resumed.get(key), key);
        }
        assertFalse(ran.err().contains("pass 1/"), ran.err());
        assertFalse(Files.exists(pass(checkpoint, 0)), "left after the training has ended");
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(
                    List.of(),
                    left.map(path -> path.getFileName().toString())
                            .filter(name -> name.startsWith(".resumed"))
                            .toList());
        }
    }

    private static Path pass(Path checkpoint, int pass) {
        for (int later = pass; later < 10; later++) {
            Path file = checkpoint.resolve("pass-" + later + ".nsvq-checkpoint");
            if (Files.exists(file)) {
                return file;
            }
        }
        return checkpoint.resolve("none");
    }
}
