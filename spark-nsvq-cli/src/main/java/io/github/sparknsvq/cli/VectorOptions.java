package io.github.sparknsvq.cli;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine.Option;

/** Which column of an input holds the vectors, and what to do with invalid vectors. */
class VectorOptions {
    /** The vectors' column of vector files, and of tables where no other is named. */
    static final String DEFAULT_FEATURES = "features";

    private static final List<String> HANDLE_INVALID = List.of("error", "skip");

    @Option(
            names = "--features-col",
            paramLabel = "NAME",
            description = "Column of vectors: Vector, or an array of numbers (default: ${DEFAULT-VALUE}).")
    String features = DEFAULT_FEATURES;

    @Option(
            names = "--handle-invalid",
            paramLabel = "error|skip",
            description = {
                "What to do with null, NaN, infinite or wrong-dimension vectors:",
                "fail, or leave the row out (default: ${DEFAULT-VALUE})."
            })
    String handleInvalid = "error";

    void check(NsvqCommand command) {
        command.requireOneOf("--handle-invalid", handleInvalid, HANDLE_INVALID);
    }

    boolean skipsInvalid() {
        return handleInvalid.equals("skip");
    }

    /** Refuses an input without the columns that are named. */
    void checkColumns(Dataset<Row> data, String input) {
        Inputs.requireVectors(data, features, input);
    }
}
