package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.evaluation.TrueNeighbors;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** How often a search of an index finds the true nearest neighbour of queries, and how fast. */
final class IndexEvaluation {
    private static final String NEIGHBORS = "__nsvq_neighbors";

    private final IvfIndexModel model;
    private final Dataset<Row> queries;
    private final String id;
    private final TrueNeighbors truth;
    private final List<Integer> k;

    /**
     * Prepares an evaluation.
     *
     * @param model set to the queries' columns
     * @param queries have a column of vectors
     * @param id the queries' column of ids, whole numbers
     * @param truth which vector is nearest to each query
     * @param k among how many the true nearest should be
     */
    IndexEvaluation(IvfIndexModel model, Dataset<Row> queries, String id, TrueNeighbors truth, List<Integer> k) {
        this.model = model;
        this.queries = queries;
        this.id = id;
        this.truth = truth;
        this.k = k;
        if (model.listSchema().named()) {
            throw new NsvqException(
                    "the ids of the index are strings, those of --truth numbers: recall cannot be told");
        }
    }

    /** Searches with a number of probes. */
    Result with(int probes) {
        int most = k.stream().mapToInt(Integer::intValue).max().orElseThrow();
        Dataset<Row> asked = queries.select(VectorColumn.column(id), VectorColumn.column(model.getFeaturesCol()));
        long began = System.nanoTime();
        Dataset<Row> found = model.setK(most)
                .setProbes(probes)
                .setNeighborsCol(NEIGHBORS)
                .transform(asked)
                .select(VectorColumn.column(id).cast("bigint"), col(NEIGHBORS + ".id"));
        long[] ranks = truth.ranks(found);
        double seconds = (System.nanoTime() - began) / 1e9;
        Result result = new Result().put("rows", ranks.length).put("probes", probes);
        report(ranks, k, result);
        return result.put("queriesPerSecond", ranks.length / seconds).put("seconds", seconds);
    }

    /**
     * Puts the recall of a search.
     *
     * @param ranks per query how many neighbours come before the true one, or {@link Recall#NOT_FOUND}
     * @param k among how many the true nearest should be
     */
    static void report(long[] ranks, List<Integer> k, Result result) {
        k.forEach(each -> result.put("recall@" + each, Recall.at(ranks, each)));
    }
}
