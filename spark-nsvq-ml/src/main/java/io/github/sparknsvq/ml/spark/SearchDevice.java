package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/**
 * Where a broadcast quantizer searches: executors on the device that was asked for, the driver on its CPU if it
 * lacks that.
 */
public final class SearchDevice {
    private SearchDevice() {}

    /**
     * Returns the implementation for a device. The driver of a cluster need not have the device that its executors
     * have: it looks at quantizers and searches for single vectors, and does so on its CPU then.
     *
     * @param device auto, cpu or opencl
     * @throws NsvqException if tasks cannot have the device, saying why
     */
    public static NearestCodewordProvider provider(Device device) {
        boolean elsewhere = onDriverOfCluster() && !NearestCodewordProviders.has(device);
        return elsewhere ? NearestCodewordProviders.cpu() : NearestCodewordProviders.forDevice(device);
    }

    private static boolean onDriverOfCluster() {
        SparkEnv environment = SparkEnv.get();
        return TaskContext.get() == null
                && environment != null
                && !environment.conf().get("spark.master", "local").startsWith("local");
    }
}
