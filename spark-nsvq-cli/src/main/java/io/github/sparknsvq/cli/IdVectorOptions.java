package io.github.sparknsvq.cli;

import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine.Option;

/** Which columns of an input hold the vectors and their ids, for commands that identify rows. */
final class IdVectorOptions extends VectorOptions {
    /** The id column of vector files, and of tables where no other is named. */
    static final String DEFAULT_ID = "id";

    @Option(
            names = "--id-col",
            paramLabel = "NAME",
            description = "Column of ids, which must be unique (default: id, where there is such a column).")
    String id;

    /** Returns the id column: the one that was named, or the usual one if it is there. */
    Optional<String> idColumn(Dataset<Row> data) {
        if (id != null) {
            return Optional.of(id);
        }
        return Inputs.hasColumn(data, DEFAULT_ID) ? Optional.of(DEFAULT_ID) : Optional.empty();
    }

    /** Returns the id column; refuses an input without one, saying {@code why} it is needed. */
    String requireId(Dataset<Row> data, String input, String why) {
        return idColumn(data)
                .orElseThrow(() -> Inputs.noColumn(data, DEFAULT_ID, input, why, "; name one with --id-col"));
    }

    @Override
    void checkColumns(Dataset<Row> data, String input) {
        super.checkColumns(data, input);
        if (id != null) {
            Inputs.requireColumn(data, id, input, "--id-col");
        }
    }
}
