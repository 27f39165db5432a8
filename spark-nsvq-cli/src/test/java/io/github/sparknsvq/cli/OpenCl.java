package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.VQModel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Whether the launcher finds OpenCL here, and what a training on it must have in common with one on the CPU. */
final class OpenCl {
    private static final int SECONDS = 120;

    /** Rounding turns a few rows over to another codeword that is as near. */
    private static final double ROUNDING = 1e-3;

    private OpenCl() {}

    /** Skips a test where there is no OpenCL device; with {@code NSVQ_REQUIRE_OPENCL} set, it fails. */
    static void assumeDevice() {
        boolean here = !Machine.INFO.get("openclDevices").isEmpty();
        String reason = Machine.INFO.get("otherDevices").get("opencl").asText();
        assertTrue(here || System.getenv("NSVQ_REQUIRE_OPENCL") == null, reason);
        Assumptions.assumeTrue(here, reason);
    }

    /** Returns whether the CPU's own cores are the only device. */
    static boolean onCpuAlone() {
        return Machine.INFO.get("openclDevices").findValuesAsText("kind").stream()
                .allMatch("cpu"::equals);
    }

    /** What {@code nsvq info} tells, asked once. */
    private static final class Machine {
        static final JsonNode INFO = info();

        private static JsonNode info() {
            try (SparkProcess process = SparkProcess.nsvq(Path.of("target"), List.of(), "info", "--shape", "1x1")) {
                return process.await(SECONDS).json();
            }
        }
    }

    /** Asserts that no device was given up on the way: everything would have come from the CPU. */
    static void assertNotGivenUp(String log) {
        assertFalse(log.contains("the CPU goes on alone") || log.contains("is searched on the CPU"), log);
    }

    /** Asserts that two trainings gave the same codebook, up to rounding. */
    static void assertAlike(JsonNode expected, JsonNode actual) {
        for (String key : List.of("rows", "dimension", "codewords", "dead", "passes")) {
            assertEquals(expected.get(key), actual.get(key), key);
        }
        double mse = expected.get("mse").asDouble();
        assertEquals(mse, actual.get("mse").asDouble(), ROUNDING * mse);
        double apart = apart(codebook(expected), codebook(actual));
        assertTrue(apart < ROUNDING * mse, "codebooks are " + apart + " apart, at an error of " + mse);
    }

    private static FloatMatrix codebook(JsonNode result) {
        SparkTestSession.get();
        return VQModel.load(result.get("output").asText()).codebook();
    }

    /** Mean squared distance of codewords of the same number. */
    private static double apart(FloatMatrix a, FloatMatrix b) {
        double sum = 0;
        for (int i = 0; i < a.values().length; i++) {
            double difference = a.values()[i] - b.values()[i];
            sum += difference * difference;
        }
        return sum / a.rows();
    }
}
