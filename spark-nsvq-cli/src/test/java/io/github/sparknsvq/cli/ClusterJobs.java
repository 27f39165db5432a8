package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.sparknsvq.ml.SparkTestSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Commands on a cluster, what Spark logged of them, and the same commands in this JVM. */
final class ClusterJobs {
    private static final int SECONDS = 300;

    private ClusterJobs() {}

    /** Submits a command as {@link #options} says. */
    static SparkProcess submit(
            StandaloneCluster cluster,
            Path directory,
            Path events,
            Path input,
            int partitions,
            List<Object> command,
            String... more)
            throws IOException {
        List<String> options = options(cluster, events, input, partitions, more);
        return SparkProcess.submit(directory, SparkProcess.SHORT_LIVED, options, command.toArray());
    }

    /**
     * Returns the options, as spark-submit and {@code bin/nsvq} know them, of a command that reads a file in about so
     * many partitions, with further settings {@code key=value}.
     */
    static List<String> options(StandaloneCluster cluster, Path events, Path input, int partitions, String... more)
            throws IOException {
        List<String> submit = new ArrayList<>(List.of("--master", cluster.master()));
        Map<String, Object> settings = Map.of(
                "spark.sql.files.maxPartitionBytes",
                (Files.size(input) + partitions - 1) / partitions,
                "spark.executor.memory",
                "512m",
                "spark.driver.host",
                "127.0.0.1",
                "spark.ui.enabled",
                false,
                "spark.scheduler.minRegisteredResourcesRatio",
                1,
                "spark.scheduler.maxRegisteredResourcesWaitingTime",
                "60s",
                "spark.eventLog.enabled",
                true,
                "spark.eventLog.dir",
                Files.createDirectories(events).toUri(),
                "spark.eventLog.rolling.enabled",
                false,
                "spark.eventLog.compress",
                false);
        settings.forEach((key, value) -> submit.addAll(List.of("--conf", key + "=" + value)));
        for (String jvm : List.of("driver", "executor")) {
            submit.addAll(List.of("--conf", "spark." + jvm + ".extraJavaOptions=" + SparkProcess.SHORT_LIVED));
        }
        for (String setting : more) {
            submit.addAll(List.of("--conf", setting));
        }
        return submit;
    }

    /** Returns what Spark has logged of one kind. */
    static List<JsonNode> logged(Path events, String kind) throws IOException {
        List<JsonNode> logged = new ArrayList<>();
        for (String line : lines(events)) {
            if (line.startsWith("{\"Event\":\"" + kind + "\"")) {
                logged.add(new ObjectMapper().readTree(line));
            }
        }
        return logged;
    }

    private static List<String> lines(Path events) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> logs = Files.list(events)) {
            for (Path log : logs.filter(file -> !file.getFileName().toString().endsWith(".crc"))
                    .toList()) {
                lines.addAll(Files.readAllLines(log));
            }
        }
        return lines;
    }

    /** Returns the id of the one application that logs there. */
    static String application(Path events) throws IOException {
        return logged(events, "SparkListenerApplicationStart")
                .get(0)
                .get("App ID")
                .asText();
    }

    /** Whether Spark has begun with a stage whose place in spark-nsvq's code is named so. */
    private static boolean hasBegun(Path events, String callSite) {
        try {
            return lines(events).stream()
                    .anyMatch(line ->
                            line.startsWith("{\"Event\":\"SparkListenerStageSubmitted\"") && line.contains(callSite));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns how many tasks each executor has ended well. */
    static Map<String, Integer> tasksByExecutor(Path events) throws IOException {
        Map<String, Integer> tasks = new HashMap<>();
        for (JsonNode event : logged(events, "SparkListenerTaskEnd")) {
            if (event.at("/Task End Reason/Reason").asText().equals("Success")) {
                tasks.merge(event.at("/Task Info/Executor ID").asText(), 1, Integer::sum);
            }
        }
        return tasks;
    }

    /** Kills one of the two executors as soon as something is said on stderr, and returns the result all the same. */
    static JsonNode resultWithoutAnExecutor(StandaloneCluster cluster, SparkProcess driver, Path events, String said)
            throws IOException {
        StandaloneCluster.await(SECONDS, () -> driver.err().contains(said) || !driver.isAlive(), "no progress");
        return killOne(cluster, driver, events);
    }

    /** Kills one of the two executors as soon as a stage of spark-nsvq has begun, and returns the result. */
    static JsonNode resultWithoutAnExecutorOf(
            StandaloneCluster cluster, SparkProcess driver, Path events, String callSite) throws IOException {
        StandaloneCluster.await(SECONDS, () -> hasBegun(events, callSite) || !driver.isAlive(), "no such stage");
        return killOne(cluster, driver, events);
    }

    private static JsonNode killOne(StandaloneCluster cluster, SparkProcess driver, Path events) throws IOException {
        assertTrue(driver.isAlive(), driver.err());
        List<ProcessHandle> executors = cluster.executors(application(events));
        assertEquals(2, executors.size(), executors.toString());
        assertTrue(executors.get(0).destroyForcibly());
        JsonNode result = driver.await(SECONDS).json();
        assertEquals(1, logged(events, "SparkListenerExecutorRemoved").size());
        assertTrue(tasksByExecutor(events).size() >= 2);
        return result;
    }

    /** Runs the same command here, on local[2]. */
    static JsonNode local(List<Object> command) {
        SparkTestSession.get();
        return Ran.nsvq(command.toArray()).json();
    }
}
