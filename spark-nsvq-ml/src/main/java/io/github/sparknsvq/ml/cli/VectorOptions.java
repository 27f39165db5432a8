package io.github.sparknsvq.ml.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine.Option;

/** Which columns of an input hold the vectors and their ids, and what becomes of vectors that are none. */
final class VectorOptions {
    /** The id column of vector files, and of tables where no other is named. */
    static final String DEFAULT_ID = "id";

    private static final List<String> HANDLE_INVALID = List.of("error", "skip");

    @Option(
            names = "--features-col",
            paramLabel = "NAME",
            description = "Column of vectors: Vector, array<float> or array<double> (default: ${DEFAULT-VALUE}).")
    String features = "features";

    @Option(
            names = "--id-col",
            paramLabel = "NAME",
            description = "Column of ids, which must be unique (default: id, where there is such a column).")
    String id;

    @Option(
            names = "--handle-invalid",
            paramLabel = "error|skip",
            description = {
                "What to do with null, NaN, infinite or wrong-dimension vectors:",
                "fail, or leave the row out (default: ${DEFAULT-VALUE})."
            })
    String handleInvalid = "error";

    void check(NsvqCommand command) {
        Choices.check(command, "--handle-invalid", handleInvalid, HANDLE_INVALID);
    }

    boolean skipsInvalid() {
        return handleInvalid.equals("skip");
    }

    /** Returns the id column: the one that was named, or the usual one if it is there. */
    Optional<String> idColumn(Dataset<Row> data) {
        if (id != null) {
            return Optional.of(id);
        }
        return Arrays.asList(data.columns()).contains(DEFAULT_ID) ? Optional.of(DEFAULT_ID) : Optional.empty();
    }

    /** Refuses an input without the columns that were named. */
    void checkColumns(Dataset<Row> data, String input) {
        Inputs.requireColumn(data, features, input, "--features-col");
        if (id != null) {
            Inputs.requireColumn(data, id, input, "--id-col");
        }
    }
}
