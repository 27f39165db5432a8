package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.benchmarks.KernelBenchmark.Shape;
import io.github.sparknsvq.core.kernel.ComputeDevice;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.gpu.ResidentSearch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Searches and training on an OpenCL device and on the CPU, one JSON line for each measurement: {@code GpuSpeed MODE
 * [runs=5] [seconds=5] [warm=1.5] [end=EPOCH_SECONDS] ARGS...}.
 *
 * <ul>
 *   <li>{@code device}: what there is
 *   <li>{@code kernel NxDxK...}: the kernel alone, rows and codebook being on the device
 *   <li>{@code transfers NxDxK...} and {@code cpu NxDxK...}: searches of rows in an array, from all cores and from
 *   one thread, and the same with rows added up by codeword
 *   <li>{@code equal NxDxK...}: whether OpenCL finds what the CPU finds
 *   <li>{@code training NxDxK...}: training with the defaults
 *   <li>{@code crossover D,D... K,K...}: rows a second of both from all cores
 *   <li>{@code calls NxDxK R,R...}: the same by rows of a call
 *   <li>{@code source KIND}: the OpenCL that the kernel becomes, for {@code gpu} or {@code cpu}
 * </ul>
 *
 * <p>Of N rows a run takes as many as it can in its seconds; training takes all. With {@code
 * -Dnsvq.kernel=plain-java} the CPU's searches are plain Java's. Nothing here needs Spark or JMH.
 */
public final class GpuSpeed {
    private GpuSpeed() {}

    /** Measures what the arguments say. */
    public static void main(String[] args) throws IOException {
        DeviceWarnings.watch();
        GpuLimits limits = GpuLimits.parse(Arrays.asList(args));
        List<String> of = new ArrayList<>(Arrays.asList(args));
        of.removeIf(arg -> arg.contains("="));
        String mode = of.remove(0);
        switch (mode) {
            case "device" -> device();
            case "source" -> System.out.print(ResidentSearch.generatedOpenCl(of.get(0)));
            case "crossover" -> GpuSearches.crossover(numbers(of.get(0)), numbers(of.get(1)), limits);
            case "calls" -> GpuSearches.callSizes(Shape.parse(of.get(0)), numbers(of.get(1)), limits);
            default -> {
                for (String shape : of) {
                    if (!limits.over()) {
                        measure(mode, Shape.parse(shape), limits);
                    }
                }
            }
        }
    }

    private static int[] numbers(String list) {
        return Arrays.stream(list.split(",", -1)).mapToInt(Integer::parseInt).toArray();
    }

    private static void measure(String mode, Shape shape, GpuLimits limits) {
        switch (mode) {
            case "kernel" -> GpuSearches.kernel(shape, limits);
            case "transfers" -> GpuSearches.calls(Device.OPENCL, shape, limits);
            case "cpu" -> GpuSearches.calls(Device.CPU, shape, limits);
            case "equal" -> GpuEqual.measure(shape, limits);
            case "training" -> GpuTraining.measure(shape, limits);
            default -> throw new IllegalArgumentException("GpuSpeed does not know '" + mode + "'");
        }
        DeviceWarnings.check();
    }

    private static void device() throws IOException {
        NearestCodewordProvider cpu = NearestCodewordProviders.cpu();
        ComputeDevice first =
                NearestCodewordProviders.forDevice(Device.OPENCL).devices().get(0);
        new JsonLine("device")
                .put("name", first.name())
                .put("kind", first.kind())
                .put("platform", first.platform())
                .put("driver", first.driver())
                .put("computeUnits", first.computeUnits())
                .put("memoryBytes", first.memoryBytes())
                .put("cpu", cpuModel())
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("kernel", cpu.name() + ", " + cpu.description())
                .put("java", System.getProperty("java.vm.version"))
                .put("load", Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0])
                .print();
    }

    private static String cpuModel() throws IOException {
        return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
