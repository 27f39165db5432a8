package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A real standalone cluster on this machine, from the jars that Maven brought: a master and two workers of one core. */
final class StandaloneCluster implements AutoCloseable {
    private static final int WORKERS = 2;
    private static final int START_SECONDS = 120;

    private final int port;
    private final int uiPort;
    private final List<SparkProcess> processes = new ArrayList<>();

    /** Starts the cluster and waits until both workers are there. */
    StandaloneCluster(Path directory) throws IOException {
        this(directory, Map.of());
    }

    /** Starts a cluster whose workers have settings of their own. */
    StandaloneCluster(Path directory, Map<String, ?> workerSettings) throws IOException {
        Path home = Files.createDirectories(directory.resolve("home"));
        Path jars = Files.createDirectories(home.resolve("jars"));
        for (String jar : Files.readString(Path.of(System.getProperty("nsvq.sparkClasspath")))
                .strip()
                .split(File.pathSeparator, -1)) {
            Files.createSymbolicLink(jars.resolve(Path.of(jar).getFileName()), Path.of(jar));
        }
        Path settings = directory.resolve("worker.conf");
        Files.write(
                settings,
                workerSettings.entrySet().stream()
                        .map(setting -> setting.getKey() + "=" + setting.getValue())
                        .toList());
        port = freePort();
        uiPort = freePort();
        try {
            processes.add(SparkProcess.start(
                    directory,
                    home,
                    "org.apache.spark.deploy.master.Master",
                    List.of("--host", "127.0.0.1", "--port", port, "--webui-port", uiPort)));
            await(START_SECONDS, () -> workers() == 0, "the master did not start");
            for (int i = 0; i < WORKERS; i++) {
                Path work = Files.createDirectories(directory.resolve("work" + i));
                processes.add(SparkProcess.start(
                        directory,
                        home,
                        "org.apache.spark.deploy.worker.Worker",
                        List.of(
                                "--host",
                                "127.0.0.1",
                                "--webui-port",
                                0,
                                "-c",
                                1,
                                "-m",
                                "1g",
                                "-d",
                                work,
                                "--properties-file",
                                settings,
                                master())));
            }
            await(START_SECONDS, () -> workers() == WORKERS, "the workers did not come");
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    /** Returns the master's address. */
    String master() {
        return "spark://127.0.0.1:" + port;
    }

    /** Returns the executors that run now: JVMs that our workers have started. */
    List<ProcessHandle> executors() {
        return processes.stream()
                .flatMap(process -> process.descendants().stream())
                .filter(process -> process.info()
                        .commandLine()
                        .orElse("")
                        .contains("org.apache.spark.executor.CoarseGrainedExecutorBackend"))
                .toList();
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
        try (InputStream in =
                URI.create("http://127.0.0.1:" + uiPort + "/json/").toURL().openStream()) {
            return new ObjectMapper().readTree(in).get("aliveworkers").asInt();
        } catch (IOException e) {
            return -1;
        }
    }

    private static int freePort() throws IOException {
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
