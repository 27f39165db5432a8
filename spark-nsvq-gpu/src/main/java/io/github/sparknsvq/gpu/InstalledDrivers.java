package io.github.sparknsvq.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The OpenCL drivers that Linux's loader would load, as far as its files tell without loading any: each {@code .icd}
 * file of {@code /etc/OpenCL/vendors} names one's library.
 */
final class InstalledDrivers {
    /** Drivers that make a device of the CPU's cores and of nothing else: POCL and Intel's. */
    private static final List<String> OF_CPUS = List.of("libpocl", "libintelocl");

    /** What names drivers elsewhere, or gives POCL devices beside the CPU. */
    private static final List<String> ELSEWHERE =
            List.of("OCL_ICD_VENDORS", "OCL_ICD_FILENAMES", "OPENCL_VENDOR_PATH", "OPENCL_LAYERS", "POCL_DEVICES");

    private final boolean known;
    private final List<String> libraries;

    private InstalledDrivers(boolean known, List<String> libraries) {
        this.known = known;
        this.libraries = libraries;
    }

    /** Looks at this machine's files. */
    static InstalledDrivers ofMachine() {
        boolean linux =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).equals("linux");
        return linux ? in(Path.of("/etc/OpenCL/vendors"), System.getenv()) : new InstalledDrivers(false, List.of());
    }

    /**
     * Looks at a folder of {@code .icd} files.
     *
     * @param environment the variables of the process
     */
    static InstalledDrivers in(Path vendors, Map<String, String> environment) {
        if (ELSEWHERE.stream().anyMatch(environment::containsKey)) {
            return new InstalledDrivers(false, List.of());
        }
        if (!Files.isDirectory(vendors)) {
            return new InstalledDrivers(true, List.of());
        }
        List<String> libraries = new ArrayList<>();
        try (Stream<Path> files = Files.list(vendors)) {
            for (Path file : files.toList()) {
                if (file.toString().endsWith(".icd")) {
                    libraries.add(Path.of(Files.readString(file).strip())
                            .getFileName()
                            .toString());
                }
            }
        } catch (IOException | RuntimeException e) {
            return new InstalledDrivers(false, List.of());
        }
        return new InstalledDrivers(true, libraries);
    }

    /** Returns whether there surely is no driver. */
    boolean none() {
        return known && libraries.isEmpty();
    }

    /** Returns whether all drivers surely are of CPUs. */
    boolean ofCpusAlone() {
        return known
                && !libraries.isEmpty()
                && libraries.stream().allMatch(library -> OF_CPUS.stream().anyMatch(library::startsWith));
    }
}
