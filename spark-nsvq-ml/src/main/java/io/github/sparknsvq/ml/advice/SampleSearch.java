package io.github.sparknsvq.ml.advice;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.xxhash64;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Interval;
import io.github.sparknsvq.core.index.ExactNeighbors;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.evaluation.ExactSearch;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.index.IndexInfo;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.JobLabels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Searches an index for a sample, and counts the true neighbors that it finds.
 *
 * @param spark the session
 * @param model the index, with the params that it is searched with, and the vectors that these rank by
 * @param queries the sample
 * @param vectors all vectors of the index, or null
 */
record SampleSearch(SparkSession spark, IvfIndexModel model, SampledQueries queries, Dataset<Row> vectors) {
    /** What tells the true neighbors where there are no vectors: what codes lose does not show. */
    static final String CODES = "codes";

    private static final int K = HealthCheck.K;
    private static final String NEIGHBORS = "__nsvq_neighbors";
    private static final String ID = "__nsvq_id";
    private static final String THERE = "__nsvq_there";

    /** How many times as many probes as the index's are tried at most. */
    private static final int MOST_TIMES = 16;

    /**
     * Measures with the model's probes and slack; then without slack, if there is one, and with twice as many probes
     * each time, until the target is met or all is found.
     */
    IndexHealth.Search measure(IndexInfo info, double target) {
        int lists = info.trained().lists();
        long[][] truth;
        String kind;
        if (vectors != null) {
            kind = "vectors";
            truth = JobLabels.run(spark, model.uid(), "exact search", () -> exact(info.contents()));
        } else {
            kind = model.shared().codes() == null ? "index" : CODES;
            truth = search(lists, 0);
        }
        List<IndexHealth.Point> points = new ArrayList<>();
        int probes = Math.min(model.getProbes(), lists);
        double slack = model.getSlack();
        int most = (int) Math.min(lists, (long) MOST_TIMES * probes);
        while (true) {
            IndexHealth.Point point = point(probes, slack, truth);
            points.add(point);
            boolean met = point.intersection().low() >= (Double.isNaN(target) ? 1 : target);
            if (met || point.intersection().mean() == 1 || (probes == most && slack == 0)) {
                return new IndexHealth.Search(K, kind, List.copyOf(points));
            }
            probes = slack > 0 ? probes : Math.min(2 * probes, most);
            slack = 0;
        }
    }

    private IndexHealth.Point point(int probes, double slack, long[][] truth) {
        long[][] found = search(probes, slack);
        double[] shares = new double[found.length];
        int hits = 0;
        int asked = 0;
        for (int query = 0; query < found.length; query++) {
            if (truth[query].length == 0) {
                continue; // a query that excludes the index's only vector
            }
            long[] own = found[query];
            long shared = Arrays.stream(truth[query])
                    .filter(label -> contains(own, label))
                    .count();
            shares[asked++] = (double) shared / truth[query].length;
            hits += contains(own, truth[query][0]) ? 1 : 0;
        }
        return new IndexHealth.Point(
                probes, slack, Interval.ofShare(hits, asked), Interval.ofMean(Arrays.copyOf(shares, asked), K));
    }

    private static boolean contains(long[] labels, long label) {
        return Arrays.stream(labels).anyMatch(each -> each == label);
    }

    /** Returns the labels of what the index finds for each query, nearest first. */
    private long[][] search(int probes, double slack) {
        IvfIndexModel searched = model.copy(ParamMap.empty())
                .setK(K)
                .setProbes(probes)
                .setSlack(slack)
                .setNeighborsCol(NEIGHBORS)
                .setExcludeSelf(queries.ids() != null);
        return JobLabels.run(spark, model.uid(), "searching in " + probes + " lists", () -> labelsFoundBy(searched));
    }

    private long[][] labelsFoundBy(IvfIndexModel searched) {
        long[][] found = new long[queries.vectors().rows()][];
        Arrays.setAll(found, query -> new long[0]);
        boolean named = model.listSchema().named();
        Column ids = col(NEIGHBORS + ".id");
        for (Row row : searched.transform(queries.data(spark, model))
                .select(col(SampledQueries.NUMBER), named ? functions.transform(ids, id -> xxhash64(id)) : ids)
                .collectAsList()) {
            found[row.getInt(0)] =
                    row.<Long>getList(1).stream().mapToLong(Long::longValue).toArray();
        }
        return found;
    }

    /** Returns the labels of the true neighbors of each query, nearest first. */
    private long[][] exact(IndexContents contents) {
        DistanceKind distance = model.shared().distance();
        boolean cosine = distance == DistanceKind.COSINE;
        VectorColumn column = VectorColumn.of(vectors.schema(), model.getFeaturesCol(), cosine);
        Column id = VectorColumn.column(model.getIdCol());
        Dataset<Row> rows = vectors.select(id.as(ID), column.column());
        Dataset<Row> there = rows.join(model.ids(spark).toDF(THERE), col(ID).equalTo(col(THERE)), "left_semi");
        Row given = there.agg(functions.count(col(ID)), functions.count_distinct(col(ID)))
                .first();
        String exact = " in the index, by their ids: exact search needs all, each once";
        NsvqException.unless(
                given.getLong(0) == given.getLong(1),
                "the vectors given hold " + given.getLong(0) + " rows of " + given.getLong(1) + " ids" + exact);
        NsvqException.unless(
                given.getLong(1) == contents.vectors(),
                "the vectors given hold " + given.getLong(1) + " of the " + contents.vectors() + exact);
        rows = rows.count() == contents.vectors() ? rows : there; // a join is not made twice
        Metric metric = distance == DistanceKind.L2 ? Metric.L2 : Metric.INNER_PRODUCT;
        int own = queries.ids() == null ? 0 : 1;
        ExactNeighbors.Found found = new ExactSearch(column, metric, queries.vectors(), K + own, model.skipsInvalid())
                .among(rows.select(label(col(ID)), column.column()));
        long[][] truth = new long[queries.vectors().rows()][];
        long[] labels = own == 0 ? null : ownLabels();
        Arrays.setAll(
                truth,
                query -> Arrays.stream(found.of(query))
                        .filter(label -> labels == null || label != labels[query])
                        .limit(K)
                        .toArray());
        return truth;
    }

    private Column label(Column id) {
        return model.listSchema().named() ? xxhash64(id.cast("string")) : id.cast("bigint");
    }

    private long[] ownLabels() {
        long[] labels = new long[queries.ids().length];
        for (Row row : queries.data(spark, model)
                .select(col(SampledQueries.NUMBER), label(VectorColumn.column(model.getIdCol())))
                .collectAsList()) {
            labels[row.getInt(0)] = row.getLong(1);
        }
        return labels;
    }
}
