package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.saving.StagedOutput;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where a command writes to: {@code --output} and {@code --mode}. */
final class OutputOptions extends ModeOptions {
    @Option(
            names = "--output",
            required = true,
            paramLabel = "DIR",
            description = "Directory to write; it appears whole or not at all.")
    String output;

    /**
     * Makes sure that the output can be written, before any work.
     *
     * @param inputs paths that the output must not replace
     */
    StagedOutput stage(SparkSession spark, String... inputs) {
        return stage(spark.sparkContext().hadoopConfiguration(), output, overwrites(), inputs);
    }
}
