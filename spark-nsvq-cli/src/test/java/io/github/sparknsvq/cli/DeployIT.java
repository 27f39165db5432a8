package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.cli.quickstart.SyntheticVectors;
import io.github.sparknsvq.core.io.VectorFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What containers run, {@code docker/entry} and {@code docker/healthy}, without a container. */
@ExtendWith(StandaloneCluster.Shared.class)
class DeployIT {
    private static final int SECONDS = 120;

    @TempDir
    Path directory;

    private Ran healthy(String role, Map<String, String> ports) {
        try (SparkProcess asked = SparkProcess.script(directory, "docker/healthy", ports, List.of(role))) {
            return asked.await(SECONDS);
        }
    }

    @Test
    void daemonsThatAnswerAreHealthyAndOthersAreNot(StandaloneCluster cluster) throws IOException {
        String free = "" + StandaloneCluster.freePort();
        for (Map.Entry<String, Integer> port : Map.of("master", cluster.uiPort(), "worker", cluster.workerUiPort())
                .entrySet()) {
            String variable = "SPARK_" + port.getKey().toUpperCase(Locale.ROOT) + "_WEBUI_PORT";
            assertEquals(
                    0,
                    healthy(port.getKey(), Map.of(variable, "" + port.getValue()))
                            .code(),
                    port.getKey());
            assertNotEquals(0, healthy(port.getKey(), Map.of(variable, free)).code(), port.getKey());
        }
        // a master answers, but is no worker
        assertNotEquals(
                0,
                healthy("worker", Map.of("SPARK_WORKER_WEBUI_PORT", "" + cluster.uiPort()))
                        .code());
    }

    /** As in a container of another role that got one as an argument: the daemon of the cluster is asked. */
    @Test
    void withoutARoleTheDaemonThatRunsIsAsked(StandaloneCluster cluster) throws IOException {
        Map<String, String> nobody = new HashMap<>(Map.of("NSVQ_ROLE", "history"));
        for (String port : List.of("SPARK_MASTER_WEBUI_PORT", "SPARK_WORKER_WEBUI_PORT", "NSVQ_HISTORY_PORT")) {
            nobody.put(port, "" + StandaloneCluster.freePort());
        }
        Map<String, String> ports = new HashMap<>(nobody);
        ports.put("SPARK_MASTER_WEBUI_PORT", "" + cluster.uiPort());
        ports.put("SPARK_WORKER_WEBUI_PORT", "" + cluster.workerUiPort());
        Ran ran = healthy("", ports);
        assertEquals(0, ran.code(), ran.err());
        ran = healthy("", nobody);
        assertNotEquals(0, ran.code(), ran.out());
    }

    @Test
    void theHistoryServerShowsWhatRanOnTheCluster(StandaloneCluster cluster) throws IOException {
        Path input = directory.resolve("learn.fvecs");
        VectorFiles.write(input, new SyntheticVectors(1).make(0, 1000));
        Path events = directory.resolve("events");
        List<Object> train =
                List.of("train", "--input", input, "--k", 8, "--max-iter", 2, "--output", directory.resolve("model"));
        try (SparkProcess driver = ClusterJobs.submit(cluster, directory, events, input, 2, train)) {
            driver.await(SECONDS).json();
        }
        int port = StandaloneCluster.freePort();
        cluster.start(
                Map.of(
                        "NSVQ_EVENTS",
                        events.toString(),
                        "SPARK_HISTORY_OPTS",
                        "-Dspark.history.ui.port=" + port + " -Dspark.history.fs.update.interval=1s"),
                "history");
        StandaloneCluster.await(
                SECONDS,
                () -> healthy("history", Map.of("NSVQ_HISTORY_PORT", "" + port)).code() == 0,
                "the history server did not start");
        String logged;
        try (var files = Files.list(events)) {
            logged =
                    files.map(file -> file.getFileName().toString()).findFirst().orElseThrow();
        }
        StandaloneCluster.await(
                SECONDS, () -> applications(port).contains('"' + logged + '"'), "no " + logged + " in the history");
    }

    private static String applications(int port) {
        try (InputStream in = URI.create("http://127.0.0.1:" + port + "/api/v1/applications")
                .toURL()
                .openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void withoutARoleOrAMasterTheEntrySaysWhatIsMissing() {
        Map<String, String> none = Map.of("NSVQ_ROLE", "");
        try (SparkProcess entry = SparkProcess.script(directory, "docker/entry", none, List.of())) {
            Ran ran = entry.await(SECONDS);
            assertEquals(2, ran.code());
            assertTrue(ran.err().contains("no role: master, worker, history, notebook"), ran.err());
        }
        try (SparkProcess entry =
                SparkProcess.script(directory, "docker/entry", Map.of("SPARK_MASTER_URL", ""), List.of("worker"))) {
            Ran ran = entry.await(SECONDS);
            assertEquals(1, ran.code());
            assertTrue(ran.err().contains("the URL of the master"), ran.err());
        }
    }
}
