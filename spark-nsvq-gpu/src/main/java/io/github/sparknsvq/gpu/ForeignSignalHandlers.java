package io.github.sparknsvq.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * LLVM, which many OpenCL drivers bring, puts handlers of its own for SIGSEGV and others in the place of the JVM's,
 * which uses that signal to stop its threads. They give the JVM's back when the first signal comes, but until then
 * the kernel has taken them off (SA_RESETHAND): a second thread that stops in this moment kills the process. With the
 * JVM's libjsig.so loaded first, its handlers stay in place.
 */
final class ForeignSignalHandlers {
    private static final System.Logger LOG = System.getLogger(ForeignSignalHandlers.class.getName());

    private ForeignSignalHandlers() {}

    /** Warns if a driver with LLVM was loaded and libjsig was not, where the system says what is loaded. */
    static void warn() {
        Path maps = Path.of("/proc/self/maps");
        try (Stream<String> lines = Files.lines(maps)) {
            problem(lines).ifPresent(problem -> LOG.log(System.Logger.Level.WARNING, problem));
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "no list of loaded libraries", e);
        }
    }

    /** Returns what to say about the lines of a process's map. */
    static Optional<String> problem(Stream<String> maps) {
        String[] libraries = maps.map(line -> line.substring(line.lastIndexOf('/') + 1))
                .filter(name -> name.contains(".so"))
                .distinct()
                .toArray(String[]::new);
        Optional<String> foreign =
                Stream.of(libraries).filter(name -> name.startsWith("libLLVM")).findFirst();
        boolean chained = Stream.of(libraries).anyMatch(name -> name.startsWith("libjsig"));
        return chained
                ? Optional.empty()
                : foreign.map(name -> "an OpenCL driver loaded " + name + ", which takes the signal handlers of Java:"
                        + " this process may die of SIGSEGV. Start it with LD_PRELOAD="
                        + System.getProperty("java.home")
                        + "/lib/libjsig.so (spark.executorEnv.LD_PRELOAD for executors)");
    }
}
