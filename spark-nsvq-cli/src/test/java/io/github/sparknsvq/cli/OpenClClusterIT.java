package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.cli.quickstart.SyntheticVectors;
import io.github.sparknsvq.core.io.VectorFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The OpenCL search on a real cluster whose workers have a GPU each, as far as Spark knows. */
@ExtendWith(StandaloneCluster.Shared.class)
class OpenClClusterIT {
    private static final int SECONDS = 300;
    private static final String AMOUNT = ".resource.gpu.amount";

    @TempDir
    Path directory;

    private Path input;

    private List<Object> train(String output, String device) {
        return List.of(
                "train",
                "--input",
                input,
                "--k",
                256,
                "--max-iter",
                2,
                "--local-steps",
                1,
                "--seed",
                7,
                "--device",
                device,
                "--output",
                directory.resolve(output));
    }

    @Test
    void executorsSearchOnTheGpusThatSparkGaveThem(StandaloneCluster cluster) throws IOException {
        OpenCl.assumeDevice();
        input = directory.resolve("learn.fvecs");
        VectorFiles.write(input, new SyntheticVectors(1).make(0, 10_000));
        Path events = directory.resolve("events");
        List<String> options = ClusterJobs.options(
                cluster,
                events,
                input,
                4,
                "spark.executor" + AMOUNT + "=1",
                "spark.task" + AMOUNT + "=1",
                // as README says: POCL's LLVM would take the executors' signal handlers
                "spark.executorEnv.LD_PRELOAD=" + Path.of(System.getProperty("java.home"), "lib", "libjsig.so"));
        try (SparkProcess driver =
                SparkProcess.nsvq(directory, options, train("cluster", "opencl").toArray())) {
            JsonNode onCluster = driver.await(SECONDS).json();
            assertEquals(2, ClusterJobs.tasksByExecutor(events).size());
            assertEquals(List.of("[\"0\"]", "[\"0\"]"), addresses(events));
            List<String> logs = cluster.executorLogs(ClusterJobs.application(events));
            assertEquals(2, logs.size());
            logs.forEach(OpenCl::assertNotGivenUp);
            OpenCl.assertAlike(ClusterJobs.local(train("local", "cpu")), onCluster);
        }
    }

    /** Returns the GPUs of each executor. */
    private static List<String> addresses(Path events) throws IOException {
        List<String> addresses = new ArrayList<>();
        for (JsonNode added : ClusterJobs.logged(events, "SparkListenerExecutorAdded")) {
            addresses.add(added.at("/Executor Info/Resources/gpu/addresses").toString());
        }
        return addresses;
    }
}
