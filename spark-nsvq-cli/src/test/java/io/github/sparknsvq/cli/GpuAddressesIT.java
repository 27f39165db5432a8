package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/gpu-addresses} on machines that have nothing but what the test gives them. */
class GpuAddressesIT {
    private static final int SECONDS = 60;

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void bringTools() throws IOException {
        path = Files.createDirectory(directory.resolve("path"));
        for (String tool : List.of("awk", "cat", "grep")) {
            Path usual = Path.of("/usr/bin", tool);
            write(tool, "exec " + (Files.exists(usual) ? usual : Path.of("/bin", tool)) + " \"$@\"");
        }
    }

    private void write(String name, String... lines) throws IOException {
        List<String> script = new ArrayList<>(List.of("#!/bin/sh"));
        script.addAll(List.of(lines));
        assertTrue(Files.write(path.resolve(name), script).toFile().setExecutable(true));
    }

    /** Puts a program on the path that prints something and ends with a code. */
    private void program(String name, int code, String... lines) throws IOException {
        write(name, "cat <<'END'", String.join("\n", lines), "END", "exit " + code);
    }

    private Ran run() {
        try (SparkProcess script =
                SparkProcess.script(directory, "bin/gpu-addresses", Map.of("PATH", path.toString()), List.of())) {
            return script.await(SECONDS);
        }
    }

    private void assertAddresses(String expected) {
        JsonNode json = run().json();
        assertEquals("gpu", json.get("name").asText());
        assertEquals(expected, json.get("addresses").toString());
    }

    private void assertFailure(String expected) {
        Ran ran = run();
        assertEquals(1, ran.code());
        assertEquals("", ran.out());
        assertEquals("gpu-addresses: " + expected, ran.err().strip());
    }

    @Test
    void takesTheNumbersOfNvidiaSmi() throws IOException {
        program("nvidia-smi", 0, "0");
        assertAddresses("[\"0\"]");
        program("nvidia-smi", 0, "0", "1", "10");
        program("clinfo", 0, "[X/0] CL_DEVICE_TYPE CL_DEVICE_TYPE_GPU");
        assertAddresses("[\"0\",\"1\",\"10\"]");
    }

    @Test
    void countsTheGpusOfClinfo() throws IOException {
        program(
                "clinfo",
                0,
                "  CL_PLATFORM_NAME                                Some GPU Platform",
                "[POCL/0]    CL_DEVICE_TYPE                                  CL_DEVICE_TYPE_CPU",
                "[ROCM/0]    CL_DEVICE_NAME                                  CL_DEVICE_TYPE_GPU",
                "[ROCM/0]    CL_DEVICE_TYPE                                  CL_DEVICE_TYPE_GPU",
                "[ROCM/1]    CL_DEVICE_TYPE                                  CL_DEVICE_TYPE_DEFAULT | "
                        + "CL_DEVICE_TYPE_GPU");
        assertAddresses("[\"0\",\"1\"]");
        program("nvidia-smi", 9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.");
        assertAddresses("[\"0\",\"1\"]");
    }

    @Test
    void saysWhyThereIsNone() throws IOException {
        assertFailure("neither nvidia-smi nor clinfo is on the PATH: install one of them");
        program("nvidia-smi", 6, "No devices were found");
        String none = " found no GPU to hand out: set no spark.*.resource.gpu.* for this machine";
        assertFailure("nvidia-smi" + none);
        program("clinfo", 0, "[POCL/0] CL_DEVICE_TYPE CL_DEVICE_TYPE_CPU");
        assertFailure("nvidia-smi and clinfo" + none);
    }
}
