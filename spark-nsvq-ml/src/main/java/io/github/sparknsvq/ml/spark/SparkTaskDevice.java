package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.kernel.TaskDevice;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/** The GPU that Spark's resource scheduling gave the running task ({@code spark.task.resource.gpu.amount}). */
public final class SparkTaskDevice implements TaskDevice {
    private static final String GPU = "gpu";

    @Override
    public Optional<String> address() {
        TaskContext task = TaskContext.get();
        // no task runs on this thread: the driver's own work, or a JVM without Spark
        return task == null ? Optional.empty() : first(task.resourcesJMap().get(GPU));
    }

    @Override
    public int parallelTasks() {
        SparkEnv environment = SparkEnv.get();
        if (environment == null) {
            return 0;
        }
        SparkConf conf = environment.conf();
        return conf.getInt("spark.executor.cores", 0) / Math.max(1, conf.getInt("spark.task.cpus", 1));
    }

    /** A search uses one device, so a task that was given several uses the first. */
    private static Optional<String> first(ResourceInformation gpus) {
        return gpus == null || gpus.addresses().length == 0 ? Optional.empty() : Optional.of(gpus.addresses()[0]);
    }
}
