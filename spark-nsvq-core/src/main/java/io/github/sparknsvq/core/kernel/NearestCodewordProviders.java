package io.github.sparknsvq.core.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.github.sparknsvq.core.NsvqException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Chooses the nearest-codeword implementation for this machine, and says why in one line.
 *
 * <p>The CPU has two: the Vector API where it runs well, plain Java elsewhere. Other devices come by {@link
 * java.util.ServiceLoader}. The system property {@value #PROPERTY} forces {@code plain-java} or {@code vector-api}.
 */
public final class NearestCodewordProviders {
    /** Name of the system property that forces a CPU implementation by its name. */
    public static final String PROPERTY = "nsvq.kernel";

    private static final String VECTOR_PROVIDER =
            "io.github.sparknsvq.core.kernel.vector.VectorNearestCodewordProvider";
    private static final System.Logger LOG = System.getLogger(NearestCodewordProviders.class.getName());

    private static Choice cpu;
    private static NearestCodewordProvider auto;
    private static List<NearestCodewordProvider> discovered;

    private NearestCodewordProviders() {}

    /** What was chosen for a device, and the reason in one sentence. */
    public record Choice(NearestCodewordProvider provider, String reason) {}

    /**
     * What {@code auto} takes for a shape of codebook.
     *
     * @param codewords number of codewords {@code K}
     * @param dimension dimension {@code D}
     * @param device the CPU or OpenCL
     * @param reason why, in a few words
     * @param cpuRowsPerSecond measured on all cores together, for the first shape asked for that has the same powers
     *     of two; 0 if there was nothing to compare
     * @param openClRowsPerSecond measured with the transfers to the device and back; 0 likewise
     */
    public record AutoChoice(
            int codewords,
            int dimension,
            Device device,
            String reason,
            double cpuRowsPerSecond,
            double openClRowsPerSecond) {}

    /**
     * Returns the implementation for the CPU. It is chosen, and the choice logged, once per JVM.
     *
     * @throws NsvqException if the system property {@value #PROPERTY} asks for one that is unknown or cannot run
     */
    public static NearestCodewordProvider cpu() {
        return cpuChoice().provider();
    }

    /** Returns the CPU's implementation, as {@link #cpu}, with the reason why it was taken. */
    public static synchronized Choice cpuChoice() {
        if (cpu == null) {
            cpu = choose(Jvm.running());
            String name = cpu.provider().name();
            // a fallback is worth a line in a log that shows warnings alone
            boolean fallback = name.equals("plain-java");
            LOG.log(
                    fallback ? System.Logger.Level.WARNING : System.Logger.Level.INFO,
                    "nearest-codeword kernel: {0} ({1})",
                    name,
                    cpu.reason());
        }
        return cpu;
    }

    /**
     * Returns the implementation for a device: for {@link Device#AUTO} one that takes the faster of CPU and OpenCL
     * for each shape of codebook, where there is OpenCL.
     *
     * @throws NsvqException if the device cannot be used here, with the reason
     */
    public static NearestCodewordProvider forDevice(Device device) {
        return switch (device) {
            case AUTO -> auto();
            case CPU -> cpu();
            case OPENCL -> openCl();
        };
    }

    /** Returns the implementations that other modules bring, runnable or not; found once per JVM. */
    public static synchronized List<NearestCodewordProvider> discovered() {
        if (discovered == null) {
            discovered = Services.load(NearestCodewordProvider.class);
        }
        return discovered;
    }

    /** Returns how many threads search at once: as many as the cores, or as the tasks that run side by side. */
    private static int threads() {
        int cores = Runtime.getRuntime().availableProcessors();
        return TaskDevice.all().stream()
                .mapToInt(TaskDevice::parallelTasks)
                .filter(tasks -> tasks > 0)
                .map(tasks -> Math.min(tasks, cores))
                .findFirst()
                .orElse(cores);
    }

    /**
     * Returns what {@code auto} takes for a codebook, and how fast both are, which is measured if it has not been
     * yet.
     *
     * @param codewords number of codewords {@code K}
     * @param dimension dimension {@code D}
     */
    public static AutoChoice autoChoice(int codewords, int dimension) {
        boolean openCl = openClProviders()
                .anyMatch(provider -> provider.unavailableBecause().isEmpty());
        if (openCl && auto() instanceof FasterDevice faster) {
            FasterDevice.Comparison found = faster.compare(codewords, dimension);
            Optional<String> unmeasured = faster.unmeasured(codewords, dimension);
            return new AutoChoice(
                    codewords,
                    dimension,
                    unmeasured.isPresent() ? Device.CPU : found.faster().device(),
                    unmeasured.orElse(found.deviceRows() > 0 ? "the faster" : "OpenCL could not be measured"),
                    found.cpuRows(),
                    found.deviceRows());
        }
        return new AutoChoice(codewords, dimension, Device.CPU, FasterDevice.NO_OPENCL, 0, 0);
    }

    private static synchronized NearestCodewordProvider auto() {
        if (auto == null) {
            // not asked whether it can run: that takes time, and small codebooks need no answer
            auto = openClProviders()
                    .findFirst()
                    .<NearestCodewordProvider>map(other -> new FasterDevice(cpu(), other, threads()))
                    .orElseGet(NearestCodewordProviders::cpu);
        }
        return auto;
    }

    private static Stream<NearestCodewordProvider> openClProviders() {
        return discovered().stream().filter(provider -> provider.device() == Device.OPENCL);
    }

    private static NearestCodewordProvider openCl() {
        Optional<NearestCodewordProvider> runnable = openClProviders()
                .filter(provider -> provider.unavailableBecause().isEmpty())
                .findFirst();
        return runnable.orElseThrow(() -> {
            String reason = openClProviders()
                    .flatMap(provider -> provider.unavailableBecause().stream())
                    .findFirst()
                    .orElse("the spark-nsvq-gpu module is not on the classpath");
            return new NsvqException("device opencl cannot be used here: " + reason + "; use --device cpu or auto");
        });
    }

    /**
     * Chooses for a JVM, in this order: what the user forces, then the Vector API if no guard forbids it.
     *
     * @throws NsvqException if what the user forces is unknown or cannot run
     */
    static Choice choose(Jvm jvm) {
        String forced = jvm.forced().orElse("");
        if (forced.equals("plain-java")) {
            return plain("-D" + PROPERTY + "=plain-java asks for it");
        }
        NsvqException.unless(
                forced.isEmpty() || forced.equals("vector-api"),
                "kernel '" + forced + "' is unknown: set -D" + PROPERTY
                        + " to plain-java or vector-api, or leave it out");
        Choice choice = vectorApiProblem(jvm)
                .map(NearestCodewordProviders::plain)
                .orElseGet(NearestCodewordProviders::loadVectorProvider);
        NsvqException.unless(
                forced.isEmpty() || choice.provider().name().equals(forced),
                "-D" + PROPERTY + "=" + forced + " asks for a kernel that cannot run here: " + choice.reason());
        return choice;
    }

    private static Choice plain(String reason) {
        return new Choice(new PlainNearestCodeword.Provider(), reason);
    }

    private static Choice loadVectorProvider() {
        try {
            NearestCodewordProvider provider = Class.forName(VECTOR_PROVIDER)
                    .asSubclass(NearestCodewordProvider.class)
                    .getDeclaredConstructor()
                    .newInstance();
            return provider.unavailableBecause()
                    .map(NearestCodewordProviders::plain)
                    .orElseGet(() -> new Choice(provider, provider.description()));
        } catch (ReflectiveOperationException | LinkageError e) {
            return plain("the Vector API implementation does not load: " + e);
        }
    }

    /** The guards that must hold before a class that links jdk.incubator.vector may load. */
    private static Optional<String> vectorApiProblem(Jvm jvm) {
        if (!jvm.vectorModule()) {
            return Optional.of("the Vector API is off: start Java with --add-modules=jdk.incubator.vector");
        }
        String name = jvm.name().toLowerCase(Locale.ROOT);
        if (!name.contains("openjdk") && !name.contains("hotspot")) {
            return Optional.of("the Vector API is slow on this JVM, which is not HotSpot: " + jvm.name());
        }
        if (jvm.info().contains("interpreted")) {
            return Optional.of("the Vector API needs the C2 compiler, which -Xint turns off");
        }
        for (String flag : jvm.flags()) {
            if (flag.startsWith("-XX:TieredStopAtLevel=") && !flag.endsWith("=4")) {
                return Optional.of("the Vector API needs the C2 compiler, which " + flag + " turns off");
            }
        }
        if (!jvm.fusedMultiplyAdd()) {
            return Optional.of("this CPU has no fused multiply-add (or -XX:-UseFMA turns it off)");
        }
        return Optional.empty();
    }

    /** What the choice depends on. */
    record Jvm(
            Optional<String> forced,
            boolean vectorModule,
            String name,
            String info,
            List<String> flags,
            boolean fusedMultiplyAdd) {

        static Jvm running() {
            return new Jvm(
                    Optional.ofNullable(System.getProperty(PROPERTY)),
                    ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
                    System.getProperty("java.vm.name", ""),
                    System.getProperty("java.vm.info", ""),
                    ManagementFactory.getRuntimeMXBean().getInputArguments(),
                    vmOption("UseFMA"));
        }

        private static boolean vmOption(String name) {
            try {
                return Boolean.parseBoolean(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                        .getVMOption(name)
                        .getValue());
            } catch (RuntimeException | LinkageError e) {
                return true; // not HotSpot, or it does not know the option: the other guards decide
            }
        }
    }
}
