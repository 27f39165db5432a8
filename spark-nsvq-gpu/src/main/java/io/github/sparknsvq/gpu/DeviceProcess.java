package io.github.sparknsvq.gpu;

import com.aparapi.device.OpenCLDevice;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Asks about OpenCL in a short-lived Java process. Some drivers are not safe to load into a JVM that runs something
 * else: LLVM, inside that of POCL, takes the JVM's signal handlers away, and a process whose threads then reach a
 * safepoint together may be killed by SIGSEGV without a word. What such a driver does to the other process is no more
 * than an answer that does not come.
 */
final class DeviceProcess {
    /** Bytes of an answer, at most. */
    private static final int MOST_BYTES = 1 << 20;

    private final List<String> command;
    private final Duration limit;

    /**
     * Names a process.
     *
     * @param command what to start; it must print lines, the last of them {@link DeviceMain#END}
     * @param limit how long it may take
     */
    DeviceProcess(List<String> command, Duration limit) {
        this.command = List.copyOf(command);
        this.limit = limit;
    }

    /**
     * Returns the process that answers by {@link DeviceMain}.
     *
     * @param question arguments of its main method
     * @throws DeviceFailedException if no Java process can be started here
     */
    static DeviceProcess asking(Path directory, Duration limit, List<String> question) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        if (!Files.isExecutable(java)) {
            throw new DeviceFailedException(
                    "devices are looked for by a process of its own, and " + java + " is not there to start it with");
        }
        List<String> options = List.of(
                java.toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-XX:ErrorFile=/dev/null",
                "-XX:-CreateCoredumpOnCrash",
                "-Dfile.encoding=UTF-8",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                classPath(),
                DeviceMain.class.getName());
        return new DeviceProcess(
                Stream.concat(options.stream(), question.stream()).toList(), limit);
    }

    /** This module, core, Aparapi, and what else the class loader of this module has. */
    private static String classPath() {
        Stream<String> known = Stream.of(DeviceMain.class, NearestCodewordProvider.class, OpenCLDevice.class)
                .map(DeviceProcess::origin);
        Stream<String> beside = DeviceMain.class.getClassLoader() instanceof URLClassLoader loader
                ? Stream.of(loader.getURLs())
                        .filter(url -> url.getProtocol().equals("file"))
                        .map(DeviceProcess::path)
                : Stream.of(System.getProperty("java.class.path"));
        return Stream.concat(known, beside).distinct().collect(Collectors.joining(File.pathSeparator));
    }

    private static String origin(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            throw new DeviceFailedException("devices are looked for by a process of its own, and the jar of "
                    + type.getName() + " is no file that could be handed to it");
        }
        return path(source.getLocation());
    }

    private static String path(URL location) {
        try {
            return Path.of(location.toURI()).toString();
        } catch (URISyntaxException | RuntimeException e) {
            throw new DeviceFailedException(
                    "devices are looked for by a process of its own, and " + location
                            + " is no file that could be handed to it",
                    e);
        }
    }

    /**
     * Asks a question of this machine's OpenCL.
     *
     * @param limit how long the answer may take
     * @param question arguments of {@link DeviceMain}
     * @return the lines of the answer
     * @throws DeviceFailedException if there is no answer, saying why
     */
    static List<String> ask(Duration limit, String... question) {
        Path directory = null;
        try {
            // Aparapi unpacks its library there, and a process that is killed leaves it
            directory = Files.createTempDirectory("nsvq-opencl");
            return asking(directory, limit, List.of(question)).answer();
        } catch (IOException e) {
            throw new DeviceFailedException("no folder for the process that looks for OpenCL devices: " + e, e);
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) {
        if (directory == null) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | RuntimeException e) {
            System.getLogger(DeviceProcess.class.getName())
                    .log(System.Logger.Level.DEBUG, "left behind: " + directory, e);
        }
    }

    /**
     * Runs the process.
     *
     * @return the lines that it printed, without the last
     * @throws DeviceFailedException if it does not start, dies, takes too long, or says something else
     */
    List<String> answer() {
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        // these would be for the JVM that asks: agents, ports, heaps
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        long start = System.nanoTime();
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new DeviceFailedException("the process that looks for OpenCL devices does not start: " + e, e);
        }
        Executor later = CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS);
        CompletableFuture<Void> end = CompletableFuture.runAsync(() -> kill(process), later);
        try (InputStream out = process.getInputStream()) {
            byte[] printed = out.readNBytes(MOST_BYTES);
            if (printed.length == MOST_BYTES) {
                kill(process);
            }
            int code = process.waitFor();
            if (code != 0 && System.nanoTime() - start >= limit.toNanos()) {
                throw new DeviceFailedException(
                        "the process that looks for OpenCL devices took more than " + limit.toSeconds() + " s");
            }
            return lines(code, new String(printed, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new DeviceFailedException("the process that looks for OpenCL devices cannot be read: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeviceFailedException("interrupted while looking for OpenCL devices", e);
        } finally {
            end.cancel(false);
            kill(process);
        }
    }

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static List<String> lines(int code, String printed) {
        List<String> lines = printed.lines().toList();
        if (code != 0) {
            throw new DeviceFailedException("the process that looks for OpenCL devices died with exit code " + code
                    + ": a driver of OpenCL may be broken");
        }
        if (lines.isEmpty() || !lines.get(lines.size() - 1).equals(DeviceMain.END)) {
            throw new DeviceFailedException("the process that looks for OpenCL devices gave no whole answer");
        }
        return lines.subList(0, lines.size() - 1);
    }
}
