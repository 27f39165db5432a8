package io.github.sparknsvq.ml.cli;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
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
     * @param checkpoint where the run can be resumed from, or null
     * @param inputs paths that the output must not replace
     */
    StagedOutput stage(SparkSession spark, String checkpoint, String... inputs) {
        Configuration configuration = spark.sparkContext().hadoopConfiguration();
        boolean overwrite = mode.equals("overwrite");
        return checkpoint == null
                ? StagedOutput.prepare(configuration, output, overwrite, inputs)
                : StagedOutput.prepareResumable(configuration, output, overwrite, checkpoint, inputs);
    }
}
