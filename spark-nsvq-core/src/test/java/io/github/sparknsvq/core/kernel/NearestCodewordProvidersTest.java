package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders.Choice;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders.Jvm;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NearestCodewordProvidersTest {
    private static final Jvm GOOD =
            new Jvm(Optional.empty(), true, "OpenJDK 64-Bit Server VM", "mixed mode, sharing", List.of(), true);

    @Test
    void takesTheVectorApiWhereNothingSpeaksAgainstIt() {
        Choice choice = NearestCodewordProviders.choose(GOOD);
        assertEquals("vector-api", choice.provider().name());
        assertEquals(choice.provider().description(), choice.reason());
        assertEquals("vector-api", NearestCodewordProviders.cpu().name());
        assertSame(
                NearestCodewordProviders.cpu(),
                NearestCodewordProviders.cpuChoice().provider());
    }

    @Test
    void saysWhyItFallsBackToPlainJava() {
        assertPlain(
                "the Vector API is off: start Java with --add-modules=jdk.incubator.vector",
                new Jvm(Optional.empty(), false, GOOD.name(), GOOD.info(), List.of(), true));
        assertPlain(
                "the Vector API is slow on this JVM, which is not HotSpot: Eclipse OpenJ9 VM",
                new Jvm(Optional.empty(), true, "Eclipse OpenJ9 VM", GOOD.info(), List.of(), true));
        assertPlain(
                "the Vector API needs the C2 compiler, which -Xint turns off",
                new Jvm(Optional.empty(), true, GOOD.name(), "interpreted mode", List.of(), true));
        assertPlain(
                "the Vector API needs the C2 compiler, which -XX:TieredStopAtLevel=1 turns off",
                new Jvm(Optional.empty(), true, GOOD.name(), GOOD.info(), List.of("-XX:TieredStopAtLevel=1"), true));
        assertPlain(
                "this CPU has no fused multiply-add (or -XX:-UseFMA turns it off)",
                new Jvm(Optional.empty(), true, GOOD.name(), GOOD.info(), List.of(), false));
        assertPlain("-Dnsvq.kernel=plain-java asks for it", forced("plain-java", true));
    }

    private static void assertPlain(String reason, Jvm jvm) {
        Choice choice = NearestCodewordProviders.choose(jvm);
        assertEquals("plain-java", choice.provider().name());
        assertEquals(reason, choice.reason());
    }

    private static Jvm forced(String kernel, boolean vectorModule) {
        return new Jvm(Optional.of(kernel), vectorModule, GOOD.name(), GOOD.info(), List.of(), true);
    }

    @Test
    void takesWhatIsForcedOrSaysWhyNot() {
        assertEquals(
                "vector-api",
                NearestCodewordProviders.choose(forced("vector-api", true))
                        .provider()
                        .name());
        assertEquals(
                "kernel 'cuda' is unknown: set -Dnsvq.kernel to plain-java or vector-api, or leave it out",
                assertThrows(NsvqException.class, () -> NearestCodewordProviders.choose(forced("cuda", true)))
                        .getMessage());
        assertEquals(
                "-Dnsvq.kernel=vector-api asks for a kernel that cannot run here: the Vector API is off: "
                        + "start Java with --add-modules=jdk.incubator.vector",
                assertThrows(NsvqException.class, () -> NearestCodewordProviders.choose(forced("vector-api", false)))
                        .getMessage());
    }

    @Test
    void givesTheCpuForItsDevicesAndSaysWhyThereIsNoOther() {
        assertSame(NearestCodewordProviders.cpu(), NearestCodewordProviders.forDevice(Device.AUTO));
        assertSame(NearestCodewordProviders.cpu(), NearestCodewordProviders.forDevice(Device.CPU));
        assertTrue(NearestCodewordProviders.discovered().isEmpty());
        assertEquals(
                "device opencl cannot be used here: the spark-nsvq-gpu module is not on the classpath;"
                        + " use --device cpu or auto",
                assertThrows(NsvqException.class, () -> NearestCodewordProviders.forDevice(Device.OPENCL))
                        .getMessage());
        assertEquals(
                "device 'tpu' is unknown: use auto, cpu or opencl",
                assertThrows(NsvqException.class, () -> Device.of("tpu")).getMessage());
    }

    @Test
    void choosesInRealJvmsAsTheirOptionsSay() throws Exception {
        assertTrue(choiceOfAnotherJvm("--add-modules=jdk.incubator.vector").startsWith("vector-api: Vector API, "));
        assertEquals(
                "plain-java: -Dnsvq.kernel=plain-java asks for it",
                choiceOfAnotherJvm("--add-modules=jdk.incubator.vector", "-Dnsvq.kernel=plain-java"));
        assertEquals(
                "plain-java: the Vector API is off: start Java with --add-modules=jdk.incubator.vector",
                choiceOfAnotherJvm());
        assertEquals(
                "plain-java: the Vector API needs the C2 compiler, which -Xint turns off",
                choiceOfAnotherJvm("--add-modules=jdk.incubator.vector", "-Xint"));
        assertEquals(
                "plain-java: this CPU has no fused multiply-add (or -XX:-UseFMA turns it off)",
                choiceOfAnotherJvm("--add-modules=jdk.incubator.vector", "-XX:-UseFMA"));
    }

    private static String choiceOfAnotherJvm(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return output.strip();
    }

    /** Prints the choice, after one search with it. */
    static final class Main {
        public static void main(String[] args) {
            Choice choice = NearestCodewordProviders.cpuChoice();
            int[] index = new int[1];
            choice.provider()
                    .prepare(new FloatMatrix(2, 1, new float[] {0, 1}))
                    .nearest(new float[] {0.9f}, 0, 1, index, new float[1]);
            assertEquals(1, index[0]);
            System.out.println(choice.provider().name() + ": " + choice.reason());
        }
    }
}
