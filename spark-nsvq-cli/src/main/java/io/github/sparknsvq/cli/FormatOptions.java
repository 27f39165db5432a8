package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.io.VectorFileFormat;
import java.util.Arrays;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** What Spark reads inputs as: {@code --format}. */
class FormatOptions {
    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = {
                "What Spark reads inputs as: parquet, orc, json, fvecs, delta, ...",
                "(default: by the file's suffix, else parquet)"
            })
    String format;

    /** Returns whether the ids of an input are the numbers of its rows, as those of vector files are. */
    boolean numbersRows(String path) {
        return format == null
                ? Inputs.fileFormat(path).isPresent()
                : Arrays.stream(VectorFileFormat.values())
                        .anyMatch(known -> known.shortName().equalsIgnoreCase(format));
    }

    /** Refuses an input in which an id is there twice; the ids of vector files cannot be. */
    void requireUnique(Dataset<Row> data, String id, String path, Progress progress) {
        if (!numbersRows(path)) {
            progress.begin("checking that every " + id + " is there once");
            Inputs.requireUnique(data, id, path);
        }
    }

    /**
     * Opens an input; nothing but file names, headers and schemas is read yet.
     *
     * @param option the option that the path came with, for messages
     */
    Dataset<Row> read(SparkSession spark, String path, String option) {
        return Inputs.read(spark, path, format, option);
    }

    /** Opens a further input, for which the format counts only where the file's suffix does not say it. */
    Dataset<Row> readAnother(SparkSession spark, String path, String option) {
        return Inputs.read(spark, path, Inputs.fileFormat(path).isPresent() ? null : format, option);
    }
}
