package io.github.sparknsvq.core.faiss;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;

/** Debian's Python, the one that sees Debian's python3-faiss. */
final class Python {
    private static final Logger LOG = Logger.getLogger(Python.class.getName());
    private static final Path PROGRAM = Path.of("/usr/bin/python3");

    private Python() {}

    /**
     * Whether there is a faiss to compare with. CI always has one (.ci/run installs it); a machine with nothing but a
     * JDK builds without these comparisons, and one line says so.
     */
    static boolean hasFaiss(Path directory) throws IOException, InterruptedException {
        if (Files.isExecutable(PROGRAM) && start(directory, List.of("-c", "import faiss")) == 0) {
            return true;
        }
        LOG.warning("nothing is compared with faiss, which this machine lacks: install python3-faiss");
        return false;
    }

    /** Runs a script among the resources, which may import others, with a directory as its argument. */
    static void run(String script, Path directory, String... imported) throws IOException, InterruptedException {
        copy(script, directory);
        for (String other : imported) {
            copy(other, directory);
        }
        Path file = directory.resolve(script);
        int status = start(directory, List.of(file.toString(), directory.toString()));
        if (status != 0) {
            throw new AssertionError(script + " failed with " + status + ": "
                    + Files.readString(directory.resolve("output.txt"), StandardCharsets.UTF_8));
        }
    }

    private static void copy(String script, Path directory) throws IOException {
        try (InputStream in = Python.class.getResourceAsStream("/faiss/" + script)) {
            Files.copy(in, directory.resolve(script));
        }
    }

    private static int start(Path directory, List<String> arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(PROGRAM.toString());
        builder.command().addAll(arguments);
        builder.environment().put("OMP_NUM_THREADS", "1");
        builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve("output.txt").toFile());
        Process process = builder.start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError(arguments + " did not end in 2 minutes");
        }
        return process.exitValue();
    }
}
