package io.github.sparknsvq.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.kernel.ComputeDevice;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceProcessTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String DEVICE = "device\tname\tgpu\tplatform\tdriver\t2\t3\t4\t5";

    private static DeviceProcess shell(String script, Duration limit) {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")));
        return new DeviceProcess(List.of("/bin/sh", "-c", script), limit);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            kill -SEGV $$                         | died with exit code 139
            printf 'device\\tx\\nend\\n'; exit 3  | died with exit code 3
            printf 'device\\tx\\n'                | gave no whole answer
            true                                  | gave no whole answer
            yes                                   | died with exit code
            """)
    void noAnswerIsAFailureThatSaysWhy(String script, String message) {
        String said = assertThrows(
                        DeviceFailedException.class, () -> shell(script, LONG).answer())
                .getMessage();
        assertTrue(said.contains(message), said);
    }

    @Test
    void doesNotWaitForEver() {
        DeviceProcess stuck = shell("echo end; sleep 600 & wait", Duration.ofMillis(300));
        assertTrue(assertThrows(DeviceFailedException.class, stuck::answer)
                .getMessage()
                .contains("took more than"));
        DeviceProcess none = new DeviceProcess(List.of("/no/such/java"), LONG);
        assertTrue(assertThrows(DeviceFailedException.class, none::answer)
                .getMessage()
                .contains("does not start"));
    }

    @Test
    void readsWhatItSays() {
        assertEquals(
                List.of("a", "b"),
                shell("echo noise >&2; printf 'a\\nb\\nend\\n'", LONG).answer());
        ComputeDevice device = new ComputeDevice("name", "gpu", "platform", "driver", 2, 3, 4, 5);
        assertEquals(new FoundDevices(List.of(device), Optional.empty()), DeviceMain.devices(List.of(DEVICE)));
        assertEquals(
                new FoundDevices(List.of(), Optional.of("none: buy one")),
                DeviceMain.devices(List.of("problem\tnone: buy one")));
        assertEquals(12.5, DeviceMain.rows(List.of("rows\t12.5")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "device\tname",
                DEVICE + "\tmore",
                "device\tname\tgpu\tplatform\tdriver\tx\t3\t4\t5",
                "problem\tnone\n" + DEVICE,
                "rows\tmany"
            })
    void otherWordsAreNoAnswer(String printed) {
        List<String> lines = printed.lines().toList();
        assertThrows(DeviceFailedException.class, () -> DeviceMain.devices(lines));
        assertThrows(DeviceFailedException.class, () -> DeviceMain.rows(lines));
    }

    /** Searches with the device {@code auto} and prints what libraries of OpenCL are loaded then. */
    static final class Auto {
        private Auto() {}

        public static void main(String[] arguments) throws IOException {
            FloatMatrix codebook = new FloatMatrix(256, 64, SumsContract.gaussian(256 * 64, 1));
            NearestCodewordProviders.forDevice(Device.AUTO)
                    .prepare(codebook)
                    .nearest(codebook.values(), 0, 256, new int[256], new float[256]);
            // the question for devices loads none either
            int devices = NearestCodewordProviders.discovered().get(0).devices().size();
            System.out.println("devices " + devices);
            try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
                maps.filter(line -> line.matches(".*(aparapi|OpenCL|pocl|LLVM)[^/]*\\.so.*"))
                        .forEach(System.out::println);
            }
        }
    }

    @Test
    void autoLoadsNoDriverWhereThereIsNothingButTheCpu(@TempDir Path directory)
            throws IOException, InterruptedException {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/maps")));
        Assumptions.assumeTrue(FoundDevices.ofMachine().devices().stream()
                .allMatch(device -> device.kind().equals("cpu")));
        Path out = directory.resolve("out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Auto.class.getName())
                .redirectOutput(out.toFile())
                .redirectError(directory.resolve("err").toFile())
                .start();
        assertEquals(0, process.waitFor(), () -> text(directory.resolve("err")));
        assertEquals("devices " + FoundDevices.ofMachine().devices().size() + "\n", text(out));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            libpocl.so.2.10.0                        | true  | false
            /usr/lib/x86_64-linux-gnu/libpocl.so.2   | true  | false
            libnvidia-opencl.so.1                    | false | false
            libpocl.so.2,libnvidia-opencl.so.1       | false | false
            ''                                       | false | true
            """)
    void readsWhichDriversAreInstalled(String libraries, boolean ofCpus, boolean none, @TempDir Path vendors)
            throws IOException {
        int number = 0;
        Files.writeString(vendors.resolve("README"), "libsomething.so");
        for (String library : libraries.isEmpty() ? new String[0] : libraries.split(",")) {
            Files.writeString(vendors.resolve(number++ + ".icd"), library + "\n");
        }
        InstalledDrivers drivers = InstalledDrivers.in(vendors, Map.of());
        assertEquals(ofCpus, drivers.ofCpusAlone());
        assertEquals(none, drivers.none());
        InstalledDrivers elsewhere = InstalledDrivers.in(vendors, Map.of("OCL_ICD_VENDORS", "/opt"));
        assertTrue(!elsewhere.none() && !elsewhere.ofCpusAlone());
        assertTrue(InstalledDrivers.in(vendors.resolve("none"), Map.of()).none());
    }

    @Test
    void warnsOfLlvmWithoutSignalChaining() {
        String llvm = "7f47f1d5c000-7f47f2d5c000 r-xp 00000000 08:01 123   /usr/lib/x86_64-linux-gnu/libLLVM-15.so.1";
        String jsig = "7f47f1d5c000-7f47f2d5c000 r-xp 00000000 08:01 124   /usr/lib/jvm/lib/libjsig.so";
        assertTrue(ForeignSignalHandlers.problem(Stream.of(llvm, "7f47 rw-p 0 00:00 0 [heap]"))
                .orElseThrow()
                .contains("libLLVM-15.so.1"));
        assertEquals(Optional.empty(), ForeignSignalHandlers.problem(Stream.of(llvm, jsig)));
        assertEquals(Optional.empty(), ForeignSignalHandlers.problem(Stream.of(jsig, "")));
    }
}
