package io.github.sparknsvq.core.faiss;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * The Python that has faiss: the one that {@code NSVQ_PYTHON} names, or the one of the virtual environment that
 * {@code .ci/run} makes in {@code .work/venv}.
 */
final class Python {
    private static final Path PROGRAM = Path.of(Objects.requireNonNullElseGet(
            System.getenv("NSVQ_PYTHON"), () -> System.getProperty("nsvq.basedir") + "/.work/venv/bin/python"));

    private Python() {}

    /** Skips a test where there is no faiss to compare with. CI has one, and refuses skipped tests. */
    static void assumeFaiss(Path directory) throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.isExecutable(PROGRAM) && start(directory, List.of("-c", "import faiss")) == 0,
                () -> "no faiss in " + PROGRAM + ": install .ci/requirements.txt there, or set NSVQ_PYTHON");
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
            Files.copy(in, directory.resolve(script), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static int start(Path directory, List<String> arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(PROGRAM.toString());
        builder.command().addAll(arguments);
        builder.environment().put("OMP_NUM_THREADS", "1");
        builder.environment().put("FAISS_SIMD_LEVEL", "AVX2"); // on CPUs with AMX it rounds queries to bfloat16
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
