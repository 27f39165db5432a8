package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** What searches of an index have in common, wherever their results go. */
final class SearchOptions {
    @Option(
            names = "--rerank",
            paramLabel = "R",
            description = "Neighbors found by their codes whose nearest by the vectors themselves are taken,"
                    + " with --vectors.")
    Integer rerank;

    @Option(
            names = "--vectors",
            paramLabel = "PATH",
            description = "The index's vectors, for --rerank, with the columns that the index was built from.")
    String vectors;

    @Option(
            names = "--slack",
            paramLabel = "S",
            description = "Of the lists that --probes says, look at those alone whose centroids are farther than the"
                    + " nearest by S times the spread of the centroids at most; 0.5 is a start (default: 0, all).")
    double slack;

    void check(NsvqCommand command) {
        if (!(slack >= 0)) {
            throw command.usage("--slack " + slack + ": 0, for all lists, or more");
        }
        if ((rerank == null) != (vectors == null)) {
            throw command.usage("--rerank and --vectors go together: the neighbors are ranked again by the vectors");
        }
        if (rerank != null) {
            command.requirePositive("--rerank", rerank);
        }
    }

    /**
     * Sets how an index is searched.
     *
     * @param model as it was loaded
     * @param format what Spark reads {@code --vectors} as
     * @param queries columns of the queries
     * @param id the queries' id column
     */
    void apply(SparkSession spark, IvfIndexModel model, FormatOptions format, IdVectorOptions queries, String id) {
        if (rerank != null) {
            Dataset<Row> rows = format.readAnother(spark, vectors, "--vectors");
            String features = column(rows, vectors, model.getFeaturesCol(), VectorOptions.DEFAULT_FEATURES);
            Inputs.requireVectors(rows, features, vectors + " (--vectors)");
            String ids = column(rows, vectors, model.getIdCol(), IdVectorOptions.DEFAULT_ID);
            model.setRerank(rerank)
                    .setVectors(rows.select(
                            VectorColumn.column(ids).as(id),
                            VectorColumn.column(features).as(queries.features)));
        } else if (model.getVectorsTable().isEmpty()) {
            model.setRerank(0); // saved with the index, but there is nothing to rank by
        }
        model.setSlack(slack);
        model.setFeaturesCol(queries.features).setIdCol(id).setHandleInvalid(queries.handleInvalid);
    }

    /** Returns the column that the index was built from, or the one that vector files have in its place. */
    static String column(Dataset<Row> rows, String vectors, String built, String usual) {
        for (String name : new String[] {built, usual}) {
            if (Inputs.hasColumn(rows, name)) {
                return name;
            }
        }
        throw Inputs.noColumn(rows, built, vectors + " (--vectors)", ", which the index was built from", "");
    }
}
