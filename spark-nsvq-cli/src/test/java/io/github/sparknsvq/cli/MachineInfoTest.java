package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code nsvq info} where the class path has no spark-nsvq-gpu, as in this module's tests. */
class MachineInfoTest {
    private static List<String> shapes(JsonNode machine) {
        List<String> shapes = new ArrayList<>();
        for (JsonNode choice : machine.get("auto")) {
            assertEquals("cpu", choice.get("device").asText());
            assertFalse(choice.has("cpuRowsPerSecond"), choice.toString());
            assertFalse(choice.has("openclRowsPerSecond"), choice.toString());
            shapes.add(choice.get("codewords") + "x" + choice.get("dimension"));
        }
        return shapes;
    }

    @Test
    void withoutOpenClEverythingIsTheCpus() {
        JsonNode machine = nsvq("info").json();
        assertEquals("cpu", machine.get("device").asText());
        assertEquals(
                "not to be had: the spark-nsvq-gpu module is not on the classpath",
                machine.get("otherDevices").get("opencl").asText());
        assertEquals("[]", machine.get("openclDevices").toString());
        assertEquals(List.of("256x128", "4096x128", "65536x128", "1024x784"), shapes(machine));
    }

    @Test
    void saysWhatAutoTakesForOtherShapes() {
        JsonNode machine =
                nsvq("info", "--shape", "7x3", "--shape", "100000X96").json();
        assertEquals(List.of("7x3", "100000x96"), shapes(machine));
    }
}
