package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * The device {@code auto} where there is a choice: for every shape of codebook it measures once, in this JVM, whether
 * the CPU's cores together or the device search faster, and takes that.
 *
 * <p>Shapes are told apart by the powers of two around {@code K} and {@code D}. Which device wins a near tie differs
 * from run to run, and with it the rounding of distances.
 *
 * <p>Where OpenCL's devices are the CPU's own cores and the Vector API is on, there is nothing to measure: it is
 * several times as fast on them.
 */
final class FasterDevice implements NearestCodewordProvider {
    private static final System.Logger LOG = System.getLogger(FasterDevice.class.getName());

    /** Codebooks of fewer values are searched on the CPU without a measurement: a device spends more on transfers. */
    private static final int LEAST_VALUES = 1 << 13;

    /** Multiply-adds that the CPU is measured with on each core: some ten milliseconds. */
    private static final double CPU_WORK = 3e8;

    /** Multiply-adds that a device is measured with, at most: enough to fill a large one. */
    private static final double DEVICE_WORK = 5e10;

    /** The same where the device is the CPU's own cores, which need no filling and would take seconds. */
    private static final double OWN_CORES_WORK = 1e9;

    private static final int RUNS = 3;

    /** Values of the codebook that is measured with: of a larger one, as many codewords as that. */
    private static final int MOST_VALUES = 1 << 20;

    private final NearestCodewordProvider cpu;
    private final NearestCodewordProvider other;
    private final int cores;
    private final Map<Integer, Comparison> compared = new HashMap<>();

    /**
     * What a measurement found.
     *
     * @param cpuRows rows a second on all cores of the CPU, 0 if not measured
     * @param deviceRows rows a second on the device, transfers included; 0 if not measured or if it failed
     * @param faster the faster one
     */
    record Comparison(double cpuRows, double deviceRows, NearestCodewordProvider faster) {}

    /**
     * Makes the choice between two.
     *
     * @param cpu searches on the CPU, one thread a call
     * @param other searches on a device that all threads share
     * @param cores how many threads search at once on the CPU
     */
    FasterDevice(NearestCodewordProvider cpu, NearestCodewordProvider other, int cores) {
        this.cpu = cpu;
        this.other = other;
        this.cores = cores;
    }

    @Override
    public String name() {
        return "auto";
    }

    @Override
    public Device device() {
        return Device.AUTO;
    }

    @Override
    public String description() {
        return "the faster of " + cpu.description() + " and " + other.description();
    }

    @Override
    public NearestCodeword prepare(FloatMatrix codebook) {
        if (codebook.rows() < 1 || codebook.columns() < 1) {
            return cpu.prepare(codebook);
        }
        return choose(codebook.rows(), codebook.columns()).prepare(codebook);
    }

    @Override
    public int rowsPerCall(int codewords, int dimension, int rowValues) {
        return choose(codewords, dimension).rowsPerCall(codewords, dimension, rowValues);
    }

    @Override
    public SumKernel sums() {
        return cpu.sums();
    }

    @Override
    public ScanKernel scans() {
        return cpu.scans();
    }

    private NearestCodewordProvider choose(int codewords, int dimension) {
        return unmeasured(codewords, dimension).isPresent()
                ? cpu
                : compare(codewords, dimension).faster();
    }

    /** Returns why the CPU is taken for a codebook without measuring; empty if that is to be found out. */
    Optional<String> unmeasured(int codewords, int dimension) {
        if ((long) codewords * dimension < LEAST_VALUES) {
            return Optional.of("codebooks of fewer than " + LEAST_VALUES + " values are the CPU's");
        }
        return ownCores() && !cpu.name().equals("plain-java")
                ? Optional.of(
                        "OpenCL has no device but the CPU's own cores, which " + cpu.description() + " uses better")
                : Optional.empty();
    }

    private boolean ownCores() {
        return !other.devices().isEmpty()
                && other.devices().stream().allMatch(device -> device.kind().equals("cpu"));
    }

    /** Returns which is faster for a codebook of {@code K x D}; measured once, while other threads wait. */
    synchronized Comparison compare(int codewords, int dimension) {
        int shape = 64 * log2(codewords) + log2(dimension);
        return compared.computeIfAbsent(shape, s -> measure(codewords, dimension));
    }

    private static int log2(int value) {
        return 31 - Integer.numberOfLeadingZeros(value);
    }

    private Comparison measure(int codewords, int dimension) {
        Comparison comparison;
        try {
            int measured = Math.max(1, Math.min(codewords, MOST_VALUES / dimension));
            double share = (double) measured / codewords;
            FloatMatrix codebook = random(measured, dimension, 1);
            double onCpu = share * cpuRows(codebook);
            double onDevice = share * deviceRows(codebook);
            comparison = new Comparison(onCpu, onDevice, onDevice > onCpu ? other : cpu);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "measuring {0} failed, the CPU is used: {1}", other.name(), e);
            comparison = new Comparison(0, 0, cpu);
        }
        LOG.log(
                System.Logger.Level.INFO,
                "search among {0} codewords of dimension {1}: {2} ({3} rows a second on the CPU, {4} by {5})",
                codewords,
                dimension,
                comparison.faster().name(),
                Math.round(comparison.cpuRows()),
                Math.round(comparison.deviceRows()),
                other.description());
        return comparison;
    }

    private double cpuRows(FloatMatrix codebook) {
        NearestCodeword search = cpu.prepare(codebook);
        double work = (double) codebook.rows() * codebook.columns();
        int most = cpu.rowsPerCall(codebook.rows(), codebook.columns(), codebook.columns());
        int rows = (int) Math.max(1, Math.min(most, CPU_WORK / work));
        float[] block = random(rows, codebook.columns(), 2).values();
        // at least as often as the interpreter needs to be left
        int calls = (int) Math.max(2, Math.min(20, CPU_WORK / work / rows));
        double seconds = fastest(() -> IntStream.range(0, cores).parallel().forEach(core -> {
            for (int i = 0; i < calls; i++) {
                search.nearest(block, 0, rows, new int[rows], new float[rows]);
            }
        }));
        return (double) cores * calls * rows / seconds;
    }

    private double deviceRows(FloatMatrix codebook) {
        NearestCodeword search = other.prepare(codebook);
        int k = search.codewords();
        int d = search.dimension();
        double work = ownCores() ? OWN_CORES_WORK : DEVICE_WORK;
        int rows = (int) Math.max(1, Math.min(other.rowsPerCall(k, d, d), work / ((double) k * d)));
        float[] block = random(rows, d, 2).values();
        return rows / fastest(() -> search.nearest(block, 0, rows, new int[rows], new float[rows]));
    }

    /** Seconds of the fastest of some runs after a first one, which compiles. */
    private static double fastest(Runnable run) {
        run.run();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < RUNS; i++) {
            long start = System.nanoTime();
            run.run();
            least = Math.min(least, System.nanoTime() - start);
        }
        return Math.max(1, least) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private static FloatMatrix random(int rows, int columns, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble();
        }
        return new FloatMatrix(rows, columns, values);
    }
}
