package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.cli.quickstart.SyntheticVectors;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.ml.SparkTestSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The OpenCL search as {@code bin/nsvq} brings it to Spark, on one machine. */
class OpenClIT {
    private static final int SECONDS = 300;
    private static final int ROWS = 10_000;

    @TempDir
    static Path directory;

    private static Path input;

    @BeforeAll
    static void write() throws IOException {
        OpenCl.assumeDevice();
        input = directory.resolve("learn.fvecs");
        VectorFiles.write(input, new SyntheticVectors(1).make(0, ROWS));
    }

    private static SparkProcess started(Object... command) {
        String jvm = "spark.driver.extraJavaOptions=" + SparkProcess.SHORT_LIVED;
        return SparkProcess.nsvq(directory, List.of("--master", "local[2]", "--conf", jvm), command);
    }

    private static JsonNode nsvq(Object... command) {
        try (SparkProcess process = started(command)) {
            JsonNode result = process.await(SECONDS).json();
            OpenCl.assertNotGivenUp(process.err());
            return result;
        }
    }

    private static List<Object> index(String device) {
        return List.of(
                "index",
                "--input",
                input,
                "--lists",
                128,
                "--quantizer",
                "flat",
                "--max-iter",
                3,
                "--local-steps",
                1,
                "--device",
                device,
                "--output",
                directory.resolve("index-on-" + device));
    }

    private static JsonNode train(String device) {
        Path output = directory.resolve("on-" + device);
        return nsvq(
                "train",
                "--input",
                input,
                "--k",
                256,
                "--max-iter",
                3,
                "--local-steps",
                1,
                "--seed",
                7,
                "--device",
                device,
                "--output",
                output);
    }

    @Test
    void infoNamesTheDevicesAndMeasures() {
        JsonNode machine = nsvq("info", "--shape", "256x64", "--shape", "2x2");
        JsonNode device = machine.get("openclDevices").get(0);
        assertFalse(device.get("name").asText().isEmpty());
        assertTrue(
                List.of("gpu", "accelerator", "cpu").contains(device.get("kind").asText()), device.toString());
        for (String amount : List.of("computeUnits", "memoryBytes", "largestBufferBytes", "localMemoryBytes")) {
            assertTrue(device.get(amount).asLong() > 0, device.toString());
        }
        Iterator<JsonNode> auto = machine.get("auto").iterator();
        JsonNode measured = auto.next();
        double cpu = measured.get("cpuRowsPerSecond").asDouble();
        double openCl = measured.get("openclRowsPerSecond").asDouble();
        assertTrue(cpu > 0 && openCl > 0, measured.toString());
        boolean ownCores = device.get("kind").asText().equals("cpu");
        assertEquals(
                openCl > cpu && !ownCores ? "opencl" : "cpu",
                measured.get("device").asText());
        JsonNode small = auto.next();
        assertEquals("cpu", small.get("device").asText());
        assertEquals(
                "codebooks of fewer than 8192 values are the CPU's",
                small.get("reason").asText());
    }

    @Test
    void buildsAndSearchesIndexesAsTheCpuDoes() {
        JsonNode onCpu = ClusterJobs.local(index("cpu"));
        JsonNode onDevice = nsvq(index("opencl").toArray());
        for (String key : List.of("rows", "lists", "emptyLists")) {
            assertEquals(onCpu.get(key), onDevice.get(key), key);
        }
        for (String key : List.of("coarseMse", "imbalance")) {
            assertEquals(
                    onCpu.get(key).asDouble(),
                    onDevice.get(key).asDouble(),
                    1e-3 * onCpu.get(key).asDouble(),
                    key);
        }
        // what Aparapi says when it is loaded: with auto it is not, where OpenCL has the CPU alone
        try (SparkProcess process = started(index("auto").toArray())) {
            process.await(SECONDS);
            boolean gpu = !OpenCl.onCpuAlone();
            assertTrue(gpu || !process.err().contains("Aparapi"), process.err());
        }
        // each vector is the nearest to itself, and lies in the list that is looked at
        Path found = directory.resolve("found");
        JsonNode searched = nsvq(
                "search",
                "--index",
                onDevice.get("output").asText(),
                "--queries",
                input,
                "--k",
                1,
                "--probes",
                1,
                "--device",
                "opencl",
                "--output",
                found);
        assertEquals(ROWS, searched.get("rows").asInt());
        long right = SparkTestSession.get()
                .read()
                .parquet(found.toString())
                .filter("neighbors[0].distance = 0")
                .count();
        assertTrue(right > 0.999 * ROWS, right + " of " + ROWS);
    }

    @Test
    void trainsAndEncodesAsTheCpuDoes() {
        JsonNode onCpu = train("cpu");
        JsonNode onDevice = train("opencl");
        OpenCl.assertAlike(onCpu, onDevice);
        String model = onDevice.get("output").asText();
        JsonNode encoded = nsvq("encode", "--input", input, "--model", model, "--output", model + "-codes");
        assertEquals(ROWS, encoded.get("rows").asInt());
        double mse = onCpu.get("mse").asDouble();
        assertEquals(mse, encoded.get("mse").asDouble(), 1e-3 * mse);
    }
}
