package io.github.sparknsvq.ml.cli;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.util.VectorColumn;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** How often a search of an index finds the true nearest neighbour of queries, and how fast. */
final class IndexEvaluation {
    private static final String NEIGHBORS = "__nsvq_neighbors";

    private final IvfIndexModel model;
    private final Dataset<Row> queries;
    private final String id;
    private final long[] truth;
    private final List<Integer> k;

    /**
     * Prepares an evaluation.
     *
     * @param model set to the queries' columns
     * @param queries have a column of vectors
     * @param id the queries' column of ids, whole numbers; queries are in their order
     * @param truth id of each query's true nearest neighbour
     * @param k among how many the true nearest should be
     */
    IndexEvaluation(IvfIndexModel model, Dataset<Row> queries, String id, long[] truth, List<Integer> k) {
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
        List<Row> found = model.setK(most)
                .setProbes(probes)
                .setNeighborsCol(NEIGHBORS)
                .transform(asked)
                .select(VectorColumn.column(id).cast("bigint"), col(NEIGHBORS + ".id"))
                .collectAsList();
        double seconds = (System.nanoTime() - began) / 1e9;
        Result result = new Result().put("rows", found.size()).put("probes", probes);
        report(found, truth, k, result);
        return result.put("queriesPerSecond", found.size() / seconds).put("seconds", seconds);
    }

    /**
     * Puts the recall of a search.
     *
     * @param found rows (id of a query, ids of its neighbours), in any order
     * @param truth id of each query's true nearest neighbour, in the order of the queries' ids
     * @param k among how many the true nearest should be
     */
    static void report(List<Row> found, long[] truth, List<Integer> k, Result result) {
        if (found.size() != truth.length) {
            throw new NsvqException("--queries holds " + found.size() + " vectors, but --truth " + truth.length
                    + " rows: they should belong together");
        }
        List<Row> sorted = found.stream()
                .sorted(Comparator.comparingLong(row -> row.getLong(0)))
                .toList();
        long[] ranks = new long[truth.length];
        for (int q = 0; q < ranks.length; q++) {
            int rank = sorted.get(q).getList(1).indexOf(truth[q]);
            ranks[q] = rank < 0 ? Recall.NOT_FOUND : rank;
        }
        k.forEach(each -> result.put("recall@" + each, Recall.at(ranks, each)));
    }
}
