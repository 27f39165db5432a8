package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.benchmarks.KernelBenchmark.Shape;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.gpu.ResidentSearch;

/** Speed of searches on an OpenCL device and on the CPU. */
final class GpuSearches {
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final Device[] DEVICES = {Device.OPENCL, Device.CPU};

    /** Rows that the kernel is tried with first. */
    private static final int FEW = 1 << 13;

    /** Most values, and most rows, where it is not said how many rows there are. */
    private static final int MOST_VALUES = 1 << 26;

    private static final int MOST_ROWS = 1 << 20;

    /** A long call brings so many times the rows that a device wants. */
    private static final int LONG_CALL = 8;

    /** Seconds of the CPU's search before small measurements begin. */
    private static final double COMPILING = 3;

    private GpuSearches() {}

    /**
     * How rows are searched for.
     *
     * @param measured name of the measurement
     * @param threads number of threads
     * @param rowsPerCall rows of a call, 0 for as many as the device wants
     * @param summing whether rows are added up by codeword
     */
    private record Way(String measured, int threads, int rowsPerCall, boolean summing) {}

    /** Measures the kernel alone. */
    static void kernel(Shape shape, GpuLimits limits) {
        FloatMatrix codebook = GpuData.uniform(shape.k(), shape.d(), 1);
        FloatMatrix rows = GpuData.uniform(shape.n(), shape.d(), 2);
        int few = Math.min(FEW, shape.n());
        double seconds;
        try (ResidentSearch search = new ResidentSearch(codebook, GpuData.first(rows, few))) {
            search.search();
            seconds = GpuLimits.secondsOf(search::search);
        }
        int n = (int) Math.max(few, Math.min(shape.n(), limits.seconds() * few / seconds));
        try (ResidentSearch search = new ResidentSearch(codebook, GpuData.first(rows, n))) {
            search.search();
            new JsonLine("kernel")
                    .put("rows", n)
                    .put("d", shape.d())
                    .put("k", shape.k())
                    .put(limits.time(search::search), n, 2.0 * shape.d() * shape.k())
                    .print();
        }
    }

    /**
     * Measures searches by calls: from all cores and from one thread, with codewords returned and with rows added up.
     */
    static void calls(Device device, Shape shape, GpuLimits limits) {
        NearestCodewordProvider provider = NearestCodewordProviders.forDevice(device);
        NearestCodeword search = provider.prepare(GpuData.uniform(shape.k(), shape.d(), 1));
        FloatMatrix rows = GpuData.uniform(shape.n(), shape.d(), 2);
        for (boolean summing : new boolean[] {false, true}) {
            measure(provider, search, rows, new Way("search", CORES, 0, summing), limits);
            if (CORES > 1) {
                measure(provider, search, rows, new Way("search", 1, 0, summing), limits);
            }
        }
        if (device != Device.CPU) {
            // long calls: the next batch is copied while one is searched for, by one thread, too
            long most = (long) LONG_CALL * search.rowsPerCall();
            Way way = new Way("search", 1, (int) Math.min(rows.rows(), most), false);
            measure(provider, search, rows, way, limits);
        }
    }

    /** Measures both devices with codebooks of all these dimensions and sizes. */
    static void crossover(int[] dimensions, int[] sizes, GpuLimits limits) {
        for (int d : dimensions) {
            FloatMatrix rows = GpuData.uniform(Math.min(MOST_ROWS, MOST_VALUES / d), d, 2);
            compile(rows, sizes[0]);
            for (int k : sizes) {
                FloatMatrix codebook = GpuData.uniform(k, d, 1);
                for (Device device : DEVICES) {
                    NearestCodewordProvider provider = NearestCodewordProviders.forDevice(device);
                    Way way = new Way("crossover", CORES, 0, false);
                    measure(provider, provider.prepare(codebook), rows, way, limits);
                }
            }
        }
    }

    /** Measures the device by calls of so many rows, beside the CPU with as many as it wants. */
    static void callSizes(Shape shape, int[] sizes, GpuLimits limits) {
        FloatMatrix codebook = GpuData.uniform(shape.k(), shape.d(), 1);
        FloatMatrix rows = GpuData.uniform(shape.n(), shape.d(), 2);
        compile(rows, shape.k());
        NearestCodewordProvider cpu = NearestCodewordProviders.cpu();
        measure(cpu, cpu.prepare(codebook), rows, new Way("calls", CORES, 0, false), limits);
        NearestCodewordProvider openCl = NearestCodewordProviders.forDevice(Device.OPENCL);
        NearestCodeword search = openCl.prepare(codebook);
        for (int size : sizes) {
            measure(openCl, search, rows, new Way("calls", CORES, size, false), limits);
        }
    }

    /** Lets the JVM compile the CPU's search: before that, the Vector API is slower than anything, for seconds. */
    private static void compile(FloatMatrix rows, int k) {
        NearestCodeword search = NearestCodewordProviders.cpu().prepare(GpuData.uniform(k, rows.columns(), 1));
        try (ParallelSearch parallel = new ParallelSearch(search, rows, CORES, 0, false)) {
            parallel.warmUp(new GpuLimits(1, 1, COMPILING, Long.MAX_VALUE));
        }
    }

    private static void measure(
            NearestCodewordProvider provider, NearestCodeword search, FloatMatrix rows, Way way, GpuLimits limits) {
        if (limits.over()) {
            return;
        }
        try (ParallelSearch parallel =
                new ParallelSearch(search, rows, way.threads(), way.rowsPerCall(), way.summing())) {
            int n = parallel.warmUp(limits);
            new JsonLine(way.measured())
                    .put("by", provider.name())
                    .put("operation", way.summing() ? "accumulate" : "nearest")
                    .put("threads", way.threads())
                    .put("rowsPerCall", parallel.rowsPerCall())
                    .put("rows", n)
                    .put("d", search.dimension())
                    .put("k", search.codewords())
                    .put(limits.time(() -> parallel.run(n)), n, 2.0 * search.dimension() * search.codewords())
                    .print();
        }
        DeviceWarnings.check();
    }
}
