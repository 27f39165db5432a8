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
            description = {
                "A .fvecs, .bvecs or .npy file, or a directory or table that Spark reads.",
            })
    String input;

    /** Returns whether the input's ids are the numbers of its rows, as those of vector files are. */
    boolean numbersRows() {
        return numbersRows(input);
    }

    /** Opens the input; nothing but file names, headers and schemas is read yet. */
    Dataset<Row> read(SparkSession spark) {
        return read(spark, input, "--input");
    }
}
