package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.cli.quickstart.SyntheticVectors;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.VQModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The fat jar on a real cluster of two executors, against the same command in this JVM. */
@ExtendWith(StandaloneCluster.Shared.class)
class ClusterIT {
    private static final int SECONDS = 300;

    /** Float32's precision, relative to values around 100. */
    private static final float PRINTED = 1e-4f;

    @TempDir
    static Path directory;

    private static Path input;

    @BeforeAll
    static void write() throws IOException {
        String data = System.getenv("NSVQ_DATA");
        if (data == null) {
            input = directory.resolve("learn.fvecs");
            VectorFiles.write(input, new SyntheticVectors(1).make(0, 10_000));
        } else {
            input = Path.of(data, "sift-photos", "learn.bvecs");
        }
    }

    private static List<Object> train(Path output, Object... more) {
        List<Object> command = new ArrayList<>(
                List.of("train", "--input", input, "--local-steps", 1, "--seed", 7, "--output", output));
        command.addAll(List.of(more));
        return command;
    }

    private static SparkProcess submit(StandaloneCluster cluster, Path events, int partitions, List<Object> command)
            throws IOException {
        return ClusterJobs.submit(cluster, directory, events, input, partitions, command);
    }

    private static void assertSame(JsonNode expected, JsonNode actual) {
        for (String key : List.of("rows", "dimension", "codewords", "dead", "passes")) {
            assertEquals(expected.get(key), actual.get(key), key);
        }
        double mse = expected.get("mse").asDouble();
        assertEquals(mse, actual.get("mse").asDouble(), 1e-6 * mse);
        SparkTestSession.get();
        assertArrayEquals(codebook(expected), codebook(actual), PRINTED);
    }

    private static float[] codebook(JsonNode result) {
        return VQModel.load(result.get("output").asText()).codebook().values();
    }

    @Test
    void bothExecutorsWorkAndTheResultIsThatOfOneMachine(StandaloneCluster cluster) throws IOException {
        Path events = directory.resolve("events");
        Object[] small = {"--k", 32, "--max-iter", 3};
        try (SparkProcess driver = submit(cluster, events, 7, train(directory.resolve("cluster"), small))) {
            JsonNode onCluster = driver.await(SECONDS).json();
            Map<String, Integer> tasks = ClusterJobs.tasksByExecutor(events);
            assertTrue(
                    ClusterJobs.logged(events, "SparkListenerTaskStart").stream()
                            .anyMatch(event -> event.at("/Task Info/Index").asInt() == 6),
                    "no seventh task");
            assertEquals(2, tasks.size(), "executors: " + tasks);
            assertTrue(tasks.values().stream().allMatch(count -> count >= 3), "executors: " + tasks);
            assertSame(ClusterJobs.local(train(directory.resolve("local"), small)), onCluster);
        }
    }

    @Test
    void losingAnExecutorChangesNothing(StandaloneCluster cluster) throws IOException {
        Path events = directory.resolve("events-killed");
        Object[] longer = {"--k", 64, "--max-iter", 10};
        try (SparkProcess driver = submit(cluster, events, 2, train(directory.resolve("killed"), longer))) {
            JsonNode onCluster = ClusterJobs.resultWithoutAnExecutor(cluster, driver, events, ": pass ");
            assertSame(ClusterJobs.local(train(directory.resolve("whole"), longer)), onCluster);
        }
    }
}
