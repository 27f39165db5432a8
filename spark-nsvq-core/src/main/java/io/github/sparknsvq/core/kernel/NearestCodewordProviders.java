package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.NsvqException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Chooses the nearest-codeword implementation for this machine, and says why in one line.
 *
 * <p>The CPU has two: the Vector API where it runs well, plain Java elsewhere. Other devices come by {@link
 * ServiceLoader}. The system property {@value #PROPERTY} set to {@code plain-java} turns the Vector API off.
 */
public final class NearestCodewordProviders {
    /** Name of the system property that forces a CPU implementation by its name. */
    public static final String PROPERTY = "nsvq.kernel";

    private static final String VECTOR_PROVIDER =
            "io.github.sparknsvq.core.kernel.vector.VectorNearestCodewordProvider";
    private static final System.Logger LOG = System.getLogger(NearestCodewordProviders.class.getName());

    private NearestCodewordProviders() {}

    /** What was chosen for a device, and the reason in one sentence. */
    public record Choice(NearestCodewordProvider provider, String reason) {}

    /** Returns the implementation for the CPU. It is chosen, and the choice logged, once per JVM. */
    public static NearestCodewordProvider cpu() {
        return Cpu.CHOICE.provider();
    }

    /** Returns the CPU's implementation with the reason why it was taken. */
    public static Choice cpuChoice() {
        return Cpu.CHOICE;
    }

    /**
     * Returns the implementation for a device.
     *
     * @param device {@code auto}, {@code cpu} or {@code opencl}
     * @throws NsvqException if the device is unknown or not to be had here, saying why
     */
    public static NearestCodewordProvider forDevice(String device) {
        return switch (device) {
            case "auto", "cpu" -> cpu();
            case "opencl" -> openCl();
            default -> throw new NsvqException("device '" + device + "' is unknown: use auto, cpu or opencl");
        };
    }

    /** Returns the implementations that other modules brought, runnable or not. */
    public static List<NearestCodewordProvider> discovered() {
        List<NearestCodewordProvider> found = new ArrayList<>();
        ServiceLoader.load(NearestCodewordProvider.class, NearestCodewordProviders.class.getClassLoader())
                .forEach(found::add);
        return found;
    }

    private static NearestCodewordProvider openCl() {
        String reason = "the spark-nsvq-gpu module is not on the classpath";
        for (NearestCodewordProvider provider : discovered()) {
            if (provider.device().equals("opencl")) {
                Optional<String> problem = provider.unavailableBecause();
                if (problem.isEmpty()) {
                    return provider;
                }
                reason = problem.get();
            }
        }
        throw new NsvqException("device opencl cannot be used here: " + reason + "; use --device cpu or auto");
    }

    /** Holder, so that the choice is made when first asked for. */
    private static final class Cpu {
        static final Choice CHOICE = choose();

        private static Choice choose() {
            Choice choice;
            Optional<String> problem = vectorApiProblem();
            if (problem.isPresent()) {
                choice = new Choice(new PlainNearestCodeword.Provider(), problem.get());
            } else {
                choice = loadVectorProvider();
            }
            LOG.log(
                    System.Logger.Level.INFO,
                    "nearest-codeword kernel: {0} ({1})",
                    choice.provider().name(),
                    choice.reason());
            return choice;
        }

        private static Choice loadVectorProvider() {
            try {
                NearestCodewordProvider provider = Class.forName(VECTOR_PROVIDER)
                        .asSubclass(NearestCodewordProvider.class)
                        .getDeclaredConstructor()
                        .newInstance();
                return provider.unavailableBecause()
                        .map(why -> new Choice(new PlainNearestCodeword.Provider(), why))
                        .orElseGet(() -> new Choice(provider, provider.description()));
            } catch (ReflectiveOperationException | LinkageError e) {
                return new Choice(
                        new PlainNearestCodeword.Provider(), "the Vector API implementation does not load: " + e);
            }
        }

        /** The guards that must hold before a class that links jdk.incubator.vector may load. */
        private static Optional<String> vectorApiProblem() {
            if ("plain-java".equals(System.getProperty(PROPERTY))) {
                return Optional.of("-D" + PROPERTY + "=plain-java asks for it");
            }
            if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
                return Optional.of("the Vector API is off: start Java with --add-modules=jdk.incubator.vector");
            }
            String vm = System.getProperty("java.vm.name", "").toLowerCase(Locale.ROOT);
            if (!vm.contains("openjdk") && !vm.contains("hotspot")) {
                return Optional.of("the Vector API is slow on this JVM, which is not HotSpot: " + vm);
            }
            String info = System.getProperty("java.vm.info", "");
            for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
                if (flag.startsWith("-XX:TieredStopAtLevel=") && !flag.endsWith("=4")) {
                    return Optional.of("the Vector API needs the C2 compiler, which " + flag + " turns off");
                }
            }
            if (info.contains("interpreted")) {
                return Optional.of("the Vector API needs the C2 compiler, which -Xint turns off");
            }
            return Optional.empty();
        }
    }
}
