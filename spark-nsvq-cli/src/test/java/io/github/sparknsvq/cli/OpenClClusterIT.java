package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.cli.quickstart.SyntheticVectors;
import io.github.sparknsvq.core.io.VectorFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The OpenCL search on a real cluster whose workers have a GPU each, as far as Spark knows. */
class OpenClClusterIT {
    private static final int SECONDS = 300;
    private static final String AMOUNT = ".resource.gpu.amount";

    @TempDir
    Path directory;

    private Path input;

    private List<Object> train(String output, String device) {
        return List.of(
                "train",
                "--input",
                input,
                "--k",
                256,
                "--max-iter",
                2,
                "--local-steps",
                1,
                "--seed",
                7,
                "--device",
                device,
                "--output",
                directory.resolve(output));
    }

    /** Writes a script that tells Spark of a GPU 0, whatever this machine has. */
    private Path discoveryScript() throws IOException {
        Path script = directory.resolve("one-gpu");
        Files.write(script, List.of("#!/bin/sh", "echo '{\"name\":\"gpu\",\"addresses\":[\"0\"]}'"));
        assertTrue(script.toFile().setExecutable(true));
        return script;
    }

    @Test
    void executorsSearchOnTheGpusThatSparkGaveThem() throws IOException {
        if (!OpenCl.isHere(directory)) {
            return;
        }
        input = directory.resolve("learn.fvecs");
        VectorFiles.write(input, new SyntheticVectors(1).make(0, 10_000));
        Path events = directory.resolve("events");
        Map<String, ?> gpus =
                Map.of("spark.worker" + AMOUNT, 1, "spark.worker.resource.gpu.discoveryScript", discoveryScript());
        try (StandaloneCluster cluster = new StandaloneCluster(directory, gpus)) {
            List<String> options = ClusterJobs.options(
                    cluster, events, input, 4, "spark.executor" + AMOUNT + "=1", "spark.task" + AMOUNT + "=1");
            try (SparkProcess driver = SparkProcess.nsvq(
                    directory, options, train("cluster", "opencl").toArray())) {
                JsonNode onCluster = driver.await(SECONDS).json();
                assertEquals(2, ClusterJobs.tasksByExecutor(events).size());
                assertEquals(List.of("[\"0\"]", "[\"0\"]"), addresses(events));
                for (String log : executorLogs()) {
                    OpenCl.assertNotGivenUp(log);
                }
                OpenCl.assertAlike(ClusterJobs.local(train("local", "cpu")), onCluster);
            }
        }
    }

    /** Returns what each executor wrote to stderr. */
    private List<String> executorLogs() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            List<String> logs = new ArrayList<>();
            for (Path file : files.filter(path -> path.endsWith("stderr")).toList()) {
                logs.add(Files.readString(file));
            }
            assertEquals(2, logs.size());
            return logs;
        }
    }

    /** Returns the GPUs of each executor. */
    private static List<String> addresses(Path events) throws IOException {
        List<String> addresses = new ArrayList<>();
        for (JsonNode added : ClusterJobs.logged(events, "SparkListenerExecutorAdded")) {
            addresses.add(added.at("/Executor Info/Resources/gpu/addresses").toString());
        }
        return addresses;
    }
}
