package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/**
 * Where a broadcast quantizer searches: executors on the device that was asked for, the driver of a cluster on its
 * CPU.
 */
public final class SearchDevice {
    private SearchDevice() {}

    /**
     * Returns the implementation for a device. The driver of a cluster looks at quantizers and searches for single
     * vectors: it needs no device, and loads no driver of one.
     *
     * @param device auto, cpu or opencl
     * @throws NsvqException if tasks cannot have the device, saying why
     */
    public static NearestCodewordProvider provider(Device device) {
        return onDriverOfCluster() ? NearestCodewordProviders.cpu() : NearestCodewordProviders.forDevice(device);
    }

    private static boolean onDriverOfCluster() {
        SparkEnv environment = SparkEnv.get();
        return TaskContext.get() == null
                && environment != null
                && !environment.conf().get("spark.master", "local").startsWith("local");
    }
}
