package io.github.sparknsvq.ml.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskThreadsTest {
    @ParameterizedTest
    @CsvSource({
        // tasks, executors, cores of each, cpus of a task, threads
        "1, 1, 8, 1, 8",
        "3, 1, 8, 1, 2",
        "8, 1, 8, 1, 1",
        "100, 1, 8, 1, 1",
        "2, 2, 8, 1, 8",
        "8, 2, 8, 1, 2",
        "8, 2, 8, 4, 4", // four run at once
        "100, 2, 8, 4, 4",
        "100, 1, 8, 3, 4", // two run at once
        "1, 1, 2, 4, 2", // which Spark would not run
    })
    void tasksShareTheCores(int tasks, int executors, int cores, int cpus, int threads) {
        assertEquals(threads, SparkStatisticsSource.threads(tasks, executors, cores, cpus));
        int running = Math.min(tasks, executors * Math.max(1, cores / cpus));
        assertTrue(running * threads <= executors * cores);
    }
}
