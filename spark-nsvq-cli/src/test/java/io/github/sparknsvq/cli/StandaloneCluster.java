package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A real standalone cluster on this machine, from the jars that Maven brought: a master and two workers of one core,
 * started by {@code docker/entry}, as the containers are.
 * As far as Spark knows, each worker has a GPU; applications that ask for none run there just as well.
 *
 * <p>Test classes that are extended with {@link Shared} get the one cluster of this JVM as a parameter.
 */
final class StandaloneCluster implements AutoCloseable {
    private static final int WORKERS = 2;
    private static final int START_SECONDS = 120;

    private final Path directory;
    private final Path home;
    private final int port;
    private final int uiPort;
    private final List<SparkProcess> processes = new ArrayList<>();

    /** Hands the one cluster of this JVM to tests: the first of them starts it, and the end of all tests stops it. */
    static final class Shared implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == StandaloneCluster.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(Shared.class))
                    .getOrComputeIfAbsent(StandaloneCluster.class);
        }
    }

    /** Starts the cluster and waits until both workers are there. What it logs stays under {@code target}. */
    StandaloneCluster() throws IOException {
        directory = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "cluster");
        home = Files.createDirectories(directory.resolve("home"));
        Path jars = Files.createDirectories(home.resolve("jars"));
        for (String jar : Files.readString(Path.of(System.getProperty("nsvq.sparkClasspath")))
                .strip()
                .split(File.pathSeparator, -1)) {
            Files.createSymbolicLink(jars.resolve(Path.of(jar).getFileName()), Path.of(jar));
        }
        Path gpus = directory.resolve("one-gpu");
        Files.write(gpus, List.of("#!/bin/sh", "echo '{\"name\":\"gpu\",\"addresses\":[\"0\"]}'"));
        assertTrue(gpus.toFile().setExecutable(true));
        Path settings = directory.resolve("worker.conf");
        Files.write(
                settings,
                List.of("spark.worker.resource.gpu.amount=1", "spark.worker.resource.gpu.discoveryScript=" + gpus));
        port = freePort();
        uiPort = freePort();
        try {
            start(Map.of(), "master", "--host", "127.0.0.1", "--port", port, "--webui-port", uiPort);
            await(START_SECONDS, () -> workers() == 0, "the master did not start");
            for (int i = 0; i < WORKERS; i++) {
                Path work = Files.createDirectories(work(i));
                Map<String, String> resources = Map.of(
                        "SPARK_WORKER_CORES", "1", "SPARK_WORKER_MEMORY", "1g", "SPARK_WORKER_DIR", work.toString());
                start(
                        resources,
                        "worker",
                        "--host",
                        "127.0.0.1",
                        "--webui-port",
                        0,
                        "--properties-file",
                        settings,
                        master());
            }
            await(START_SECONDS, () -> workers() == WORKERS, "the workers did not come");
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    /** Starts a daemon, with what {@code docker/entry} is told; it ends with the cluster. */
    void start(Map<String, String> settings, Object... entry) {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("SPARK_HOME", home.toString());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put("SPARK_DAEMON_MEMORY", "700m");
        environment.put("SPARK_DAEMON_JAVA_OPTS", SparkProcess.logOption() + " " + SparkProcess.SHORT_LIVED);
        processes.add(SparkProcess.script(directory, "docker/entry", environment, List.of(entry)));
    }

    /** Returns the port of the master's web UI. */
    int uiPort() {
        return uiPort;
    }

    /** Returns the port of the first worker's web UI. */
    int workerUiPort() throws IOException {
        return URI.create(state().at("/workers/0/webuiaddress").asText()).getPort();
    }

    /** Returns the master's address. */
    String master() {
        return "spark://127.0.0.1:" + port;
    }

    /** Returns the executors of an application that run now: JVMs that the workers have started. */
    List<ProcessHandle> executors(String application) {
        return processes.stream()
                .flatMap(process -> process.descendants().stream())
                .filter(process -> {
                    String line = process.info().commandLine().orElse("");
                    return line.contains("org.apache.spark.executor.CoarseGrainedExecutorBackend")
                            && line.contains(application);
                })
                .toList();
    }

    /** Returns what each executor of an application wrote to stderr. */
    List<String> executorLogs(String application) throws IOException {
        List<String> logs = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            try (Stream<Path> files = Files.walk(work(i).resolve(application))) {
                for (Path file : files.filter(path -> path.endsWith("stderr")).toList()) {
                    logs.add(Files.readString(file));
                }
            }
        }
        return logs;
    }

    private Path work(int worker) {
        return directory.resolve("work" + worker);
    }

    /** Waits until something holds, at most some seconds. */
    static void await(int seconds, BooleanSupplier holds, String otherwise) {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (!holds.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, otherwise);
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    /** Returns how many workers the master knows; -1 as long as it does not answer. */
    private int workers() {
        try {
            return state().get("aliveworkers").asInt();
        } catch (IOException e) {
            return -1;
        }
    }

    private JsonNode state() throws IOException {
        try (InputStream in =
                URI.create("http://127.0.0.1:" + uiPort + "/json/").toURL().openStream()) {
            return new ObjectMapper().readTree(in);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Ends what was started, workers first. */
    @Override
    public void close() {
        for (int i = processes.size() - 1; i >= 0; i--) {
            processes.get(i).close();
        }
    }
}
