package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own, started as {@code bin/nsvq} and Spark's scripts do: with the options and the class path that the
 * build has written. What it prints goes to files.
 */
final class SparkProcess implements AutoCloseable {
    /** Options for JVMs that do many small things once: what is left out is the optimizing compiler. */
    static final String SHORT_LIVED = System.getProperty("nsvq.shortLived");

    private final Process process;
    private final Path out;
    private final Path err;

    private SparkProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /**
     * Submits the fat jar.
     *
     * @param logs directory for what it prints
     * @param jvm options of the driver's JVM, with spaces between them
     * @param submit options of spark-submit
     * @param command what nsvq should do
     */
    static SparkProcess submit(Path logs, String jvm, List<?> submit, Object... command) {
        List<Object> args = new ArrayList<>(submit);
        args.addAll(List.of("--class", Nsvq.class.getName(), System.getProperty("nsvq.fatJar")));
        args.addAll(Arrays.asList(command));
        return submit(logs, jvm, args);
    }

    /** Runs {@code bin/nsvq} with options before the command. The build that runs this test has made its jars. */
    static SparkProcess nsvq(Path logs, List<?> options, Object... command) {
        try {
            // Maven leaves a jar alone whose content stays the same, and the launcher would build again
            Files.setLastModifiedTime(Path.of(System.getProperty("nsvq.fatJar")), FileTime.from(Instant.now()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<Object> args = new ArrayList<>(options);
        args.addAll(Arrays.asList(command));
        Map<String, String> environment =
                Map.of("JAVA_HOME", System.getProperty("java.home"), "NSVQ_DRIVER_MEMORY", "700m");
        return script(logs, "bin/nsvq", environment, args);
    }

    /**
     * Runs a script of the repository.
     *
     * @param logs directory for what it prints
     * @param path of the script in the repository
     * @param environment variables that it gets beside those of this JVM
     */
    static SparkProcess script(Path logs, String path, Map<String, String> environment, List<?> args) {
        Path script = base().resolve(path);
        List<String> line = new ArrayList<>(List.of("bash", script.toString()));
        args.forEach(arg -> line.add(arg.toString()));
        return run(logs, script.getFileName().toString(), environment, line);
    }

    private static Path base() {
        return Path.of(System.getProperty("nsvq.basedir")).normalize();
    }

    /** Returns the option that gives a JVM the log settings of {@code bin/nsvq}. */
    static String logOption() {
        return "-Dlog4j2.configurationFile=" + base().resolve("conf/log4j2.properties");
    }

    private static SparkProcess submit(Path logs, String jvm, List<?> args) {
        try {
            Path classPath = Path.of(System.getProperty("nsvq.sparkClasspath"));
            List<String> line = new ArrayList<>();
            line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            if (!jvm.isEmpty()) {
                line.addAll(List.of(jvm.split(" ")));
            }
            line.addAll(List.of(
                    "@" + classPath.resolveSibling("java.options"),
                    "-Xmx700m",
                    logOption(),
                    "-cp",
                    Files.readString(classPath).strip(),
                    "org.apache.spark.deploy.SparkSubmit"));
            args.forEach(arg -> line.add(arg.toString()));
            return run(logs, "SparkSubmit", Map.of("SPARK_SCALA_VERSION", "2.13"), line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SparkProcess run(Path logs, String name, Map<String, String> environment, List<String> line) {
        try {
            Path out = Files.createTempFile(logs, name, ".out");
            Path err = Files.createTempFile(logs, name, ".err");
            ProcessBuilder builder =
                    new ProcessBuilder(line).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
            builder.environment().remove("SPARK_HOME");
            builder.environment().putAll(environment);
            return new SparkProcess(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the end, which should come within a time. */
    Ran await(int seconds) {
        try {
            assertTrue(process.waitFor(seconds, TimeUnit.SECONDS), () -> "not done in time: " + err());
            return new Ran(process.exitValue(), out(), err());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String out() {
        return read(out);
    }

    String err() {
        return read(err);
    }

    /** Returns the processes that this one has started, and those they have. */
    List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the process and those that it has started. */
    @Override
    public void close() {
        List<ProcessHandle> started = descendants();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
    }
}
