package io.github.sparknsvq.ml.cli;

import io.github.sparknsvq.core.io.VectorFileFormat;
import java.util.Arrays;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where a command reads from: {@code --input} and {@code --format}. */
final class SourceOptions {
    @Option(
            names = "--input",
            required = true,
            paramLabel = "PATH",
            description = {
                "A .fvecs, .bvecs or .npy file, or a directory or table that Spark reads.",
            })
    String input;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = {
                "What Spark reads --input as: parquet, orc, json, fvecs, delta, ...",
                "(default: by the file's suffix, else parquet)"
            })
    String format;

    /** Returns whether the input's ids are the numbers of its rows, as those of vector files are. */
    boolean numbersRows() {
        return format == null
                ? Inputs.fileFormat(input).isPresent()
                : Arrays.stream(VectorFileFormat.values())
                        .anyMatch(known -> known.shortName().equalsIgnoreCase(format));
    }

    /** Opens the input; nothing but file names, headers and schemas is read yet. */
    Dataset<Row> read(SparkSession spark) {
        return Inputs.read(spark, input, format, "--input");
    }
}
