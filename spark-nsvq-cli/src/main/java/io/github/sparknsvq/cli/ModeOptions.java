package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.saving.StagedOutput;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** What to do if the output exists: {@code --mode}. */
class ModeOptions {
    @Option(
            names = "--mode",
            paramLabel = "error|overwrite",
            description = "What to do if the output exists (default: ${DEFAULT-VALUE}).")
    String mode = "error";

    void check(NsvqCommand command) {
        command.requireOneOf("--mode", mode, List.of("error", "overwrite"));
    }

    boolean overwrites() {
        return mode.equals("overwrite");
    }

    /**
     * Makes sure that an output can be written, before any work.
     *
     * @param output the directory, as the user gave it
     * @param checkpoint where the run can be resumed from, or null
     * @param inputs paths that the output must not replace
     */
    StagedOutput stageAt(SparkSession spark, String output, String checkpoint, String... inputs) {
        return Outputs.stage(spark.sparkContext().hadoopConfiguration(), output, overwrites(), checkpoint, inputs);
    }
}
