package io.github.sparknsvq.core.kernel;

/**
 * A device that searches can run on beside the CPU's own cores.
 *
 * @param name what its maker calls it
 * @param kind {@code gpu}, {@code accelerator} or {@code cpu}
 * @param platform whose driver it is
 * @param driver version of the OpenCL that its driver brings, as it states it, such as {@code OpenCL 3.0 CUDA 12.2}
 * @param computeUnits number of its compute units
 * @param memoryBytes its memory
 * @param largestBufferBytes the largest buffer that it allows
 * @param localMemoryBytes memory that a work-group shares
 */
public record ComputeDevice(
        String name,
        String kind,
        String platform,
        String driver,
        int computeUnits,
        long memoryBytes,
        long largestBufferBytes,
        long localMemoryBytes) {}
