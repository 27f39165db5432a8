package io.github.sparknsvq.ml.cli;

import java.util.List;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where a command writes to: {@code --output} and {@code --mode}. */
final class OutputOptions {
    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "Directory to write; it appears whole or not at all.")
    String output;

    @Option(
            names = "--mode",
            paramLabel = "error|overwrite",
            description = "What to do if the output exists (default: ${DEFAULT-VALUE}).")
    String mode = "error";

    void check(NsvqCommand command) {
        Choices.check(command, "--mode", mode, List.of("error", "overwrite"));
    }

    /**
     * Makes sure that the output can be written, before any work.
     *
     * @param inputs paths that the output must not replace
     */
    StagedOutput stage(SparkSession spark, String... inputs) {
        return StagedOutput.prepare(
                spark.sparkContext().hadoopConfiguration(), output, mode.equals("overwrite"), inputs);
    }
}
