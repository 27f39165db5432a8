package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The device {@code auto} where there is a choice: for every shape of codebook it measures once, in this JVM, whether
 * the CPU's cores together or the device search faster, and takes that.
 *
 * <p>Shapes are told apart by the powers of two around {@code K} and {@code D}. Which device wins a near tie differs
 * from run to run, and with it the rounding of distances.
 *
 * <p>Where OpenCL's devices are the CPU's own cores there is nothing to measure: the Vector API is several times as
 * fast on them. Nothing is asked about devices before a codebook is large enough for one to pay.
 */
final class FasterDevice implements NearestCodewordProvider {
    private static final System.Logger LOG = System.getLogger(FasterDevice.class.getName());

    /** Codebooks of fewer values are searched on the CPU without a measurement: a device spends more on transfers. */
    private static final int LEAST_VALUES = 1 << 13;

    /** Why the CPU is taken where nothing else can run. */
    static final String NO_OPENCL = "there is no OpenCL";

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
        if (other.onOwnCores()) {
            return Optional.of("OpenCL has no device but the CPU's own cores"
                    + (cpu.name().equals("plain-java") ? "" : ", which " + cpu.description() + " uses better"));
        }
        return other.unavailableBecause().map(reason -> NO_OPENCL);
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
            double onCpu = share * SearchSpeed.ofThreads(cpu, measured, dimension, cores);
            double onDevice = share * other.rowsPerSecond(measured, dimension);
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
}
