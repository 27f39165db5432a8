package io.github.sparknsvq.cli;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where a command reads from: {@code --input} and {@code --format}. */
final class SourceOptions extends FormatOptions {
    @Option(
            names = "--input",
            required = true,
            paramLabel = "PATH",
            description = "A .fvecs, .bvecs or .npy file, or a directory or table that Spark reads.")
    String input;

    /** Opens the input; nothing but file names, headers and schemas is read yet. */
    Dataset<Row> read(SparkSession spark) {
        return read(spark, input, "--input");
    }
}
