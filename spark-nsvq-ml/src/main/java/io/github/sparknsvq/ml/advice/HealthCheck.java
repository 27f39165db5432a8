package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.index.IndexInfo;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.spark.DriverGauges;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.JobLabels;
import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;

/**
 * Says whether an index is still good: how even its lists are, how much of it was deleted, whether new vectors are
 * still like those that it was trained on, and how many of a sample's true neighbors it finds.
 *
 * <p>Without a sample and vectors only the lists are looked at. A sample of new rows, or of queries, tells the
 * error of their codes and what is lost by looking at few lists; the index's vectors beside tell the recall against
 * exact search, which compares each row of the sample with each vector. Where only vectors are given, rows are drawn
 * from them, and each is searched without itself; so are rows of an index that holds vectors, where {@link
 * #setSampleRows} asks for some.
 *
 * <p>{@code rerank} is saved with an index, and what it ranks by is not: where neither the model nor the check has
 * vectors, neighbors are counted as codes rank them.
 *
 * <pre>{@code
 * IndexHealth health = new HealthCheck(IvfIndexModel.load("index").setProbes(16))
 *     .setVectors(items)
 *     .setSample(newItems)
 *     .run(spark);
 * }</pre>
 */
public final class HealthCheck {
    /** How many neighbors of each query are compared. */
    public static final int K = 10;

    private static final int ROWS = 1000;

    private final IvfIndexModel model;
    private Dataset<Row> vectors;
    private Dataset<Row> sample;
    private boolean excludesSelf;
    private int rows = ROWS;
    private boolean rowsAsked;
    private long seed;
    private double targetRecall = Double.NaN;

    /**
     * Checks an index.
     *
     * @param model the index, with the params that it is searched with: {@code probes}, {@code slack}, {@code rerank}
     *     with its vectors, and the names of columns
     */
    public HealthCheck(IvfIndexModel model) {
        this.model = model;
    }

    /**
     * Sets all vectors of the index, for exact search.
     *
     * @param all has the model's {@code idCol} and {@code featuresCol}; rows that are not in the index do no harm.
     *     Null for none
     */
    public HealthCheck setVectors(Dataset<Row> all) {
        vectors = all;
        return this;
    }

    /**
     * Sets the rows to measure error and recall with: new ones, or queries. Without them some are drawn from the
     * vectors.
     *
     * @param some has the model's {@code featuresCol}; null for none
     */
    public HealthCheck setSample(Dataset<Row> some) {
        sample = some;
        return this;
    }

    /** Sets whether the sample's rows are in the index, under their {@code idCol}, and not to be found themselves. */
    public HealthCheck setExcludeSelf(boolean excludes) {
        excludesSelf = excludes;
        return this;
    }

    /**
     * Sets how many rows of the sample are taken at most (default: 1000), drawn by their values and the seed. Without
     * a sample and vectors, so many are drawn from the lists of an index that holds vectors; one that holds codes is
     * then refused by {@link #run}.
     *
     * @param most at least 1
     */
    public HealthCheck setSampleRows(int most) {
        NsvqException.unless(most >= 1, "a sample has at least 1 row, not " + most);
        rows = most;
        rowsAsked = true;
        return this;
    }

    /** Sets the random seed that the sample is drawn with (default: 0). */
    public HealthCheck setSeed(long value) {
        seed = value;
        return this;
    }

    /**
     * Sets which share of the ten true neighbors should be found: advice says what it takes. Without it, advice looks
     * at what is lost by looking at few lists.
     *
     * @param share above 0, at most 1
     */
    public HealthCheck setTargetRecall(double share) {
        NsvqException.unless(
                share > 0 && share <= 1, "recall of " + share + " cannot be reached: above 0, and 1 at most");
        targetRecall = share;
        return this;
    }

    /**
     * Measures, and says what to do.
     *
     * @throws NsvqException if columns are missing or of other types, a row of the sample is invalid and the model's
     *     {@code handleInvalid} does not leave it out, the vectors are not all of the index, or rows are to be drawn
     *     from an index that holds codes
     */
    public IndexHealth run(SparkSession spark) {
        return JobLabels.run(spark, model.uid(), "looking at lists", () -> measured(spark));
    }

    private IndexHealth measured(SparkSession spark) {
        IvfIndexModel searched = searched();
        IndexInfo info = IndexInfo.of(model.stored(spark));
        SampledQueries queries = JobLabels.run(spark, model.uid(), "drawing a sample", () -> queries(spark));
        IndexHealth.Drift drift = queries == null
                ? null
                : Drifts.of(model.ivfQuantizer(), model.training().orElse(null), queries.vectors());
        IndexHealth.Search search = queries == null || info.contents().vectors() == 0
                ? null
                : new SampleSearch(spark, searched, queries, vectors).measure(info, targetRecall);
        if (search != null && !search.truth().equals(SampleSearch.CODES)) {
            IndexHealth.Point own = search.points().get(0);
            DriverGauges.of(spark.sparkContext()).found(own.recall().mean(), K);
        }
        IndexHealth.Balance balance = IndexHealth.Balance.of(info.contents());
        IndexHealth health = new IndexHealth(info, balance, model.training().orElse(null), drift, search, List.of());
        long mostDeleted = IndexContents.mostDeleted(spark);
        List<IndexHealth.Advice> advice =
                new HealthAdvice(health, targetRecall, searched.getRerank(), mostDeleted).all();
        return new IndexHealth(info, balance, health.training(), drift, search, advice);
    }

    /**
     * Returns the index as it is searched: with vectors to rank by, or without ranking where there are none. All of
     * it may be found, as true neighbors are of all vectors.
     */
    private IvfIndexModel searched() {
        IvfIndexModel searched =
                model.copy(ParamMap.empty()).setFilter("").setAllowedTable("").setAllowed(null);
        if (searched.getRerank() > 0 && vectors != null) {
            return searched.setVectorsTable("").setVectors(vectors);
        }
        return searched.hasRankingVectors() ? searched : searched.setRerank(0);
    }

    /** Returns what the sample is drawn from; null for nothing. */
    private Dataset<Row> source(SparkSession spark) {
        if (sample != null || vectors != null || !rowsAsked) {
            return sample == null ? vectors : sample;
        }
        NsvqException.unless(
                model.shared().codes() == null,
                "the index holds codes, from which no sample can be drawn: give the vectors that they are of, or a"
                        + " sample");
        return model.stored(spark).vectors().toDF(model.getIdCol(), model.getFeaturesCol());
    }

    /** Draws the sample; null where there is nothing to draw it from. */
    private SampledQueries queries(SparkSession spark) {
        Dataset<Row> from = source(spark);
        if (from == null) {
            return null;
        }
        Checks.notStreaming(from, "taken for a sample");
        boolean cosine = model.shared().distance() == DistanceKind.COSINE;
        VectorColumn column = VectorColumn.of(from.schema(), model.getFeaturesCol(), cosine);
        boolean self = sample == null || excludesSelf;
        Dataset<Row> drawn = self ? withIds(from, column) : distinct(from, column);
        SparkInternals.persist(drawn, "spark-nsvq sample of a health check");
        try {
            FloatMatrix found = RowSample.vectors(drawn, column, model.skipsInvalid());
            NsvqException.unless(found.rows() > 0, "the sample has no vectors");
            NsvqException.unless(
                    found.columns() == model.dimension(),
                    "the sample has dimension " + found.columns() + ", the index has " + model.dimension());
            return new SampledQueries(found, self ? ids(drawn, found.rows()) : null);
        } finally {
            drawn.unpersist();
        }
    }

    private Dataset<Row> withIds(Dataset<Row> from, VectorColumn column) {
        checkIds(from);
        Column id = VectorColumn.column(model.getIdCol());
        Dataset<Row> needed = from.select(VectorColumn.column(model.getFeaturesCol()), id);
        return RowSample.first(RowSample.ordered(needed, column, id, seed, model.skipsInvalid()), rows);
    }

    /** Draws rows with different vectors; only those that may be drawn, and their vectors, are shuffled. */
    private Dataset<Row> distinct(Dataset<Row> from, VectorColumn column) {
        Dataset<Row> needed = from.select(VectorColumn.column(model.getFeaturesCol()));
        Dataset<Row> ordered = RowSample.ordered(needed, column, null, seed, model.skipsInvalid());
        long last = RowSample.bound(RowSample.distinct(ordered.select(RowSample.ORDER)), rows);
        Dataset<Row> few = ordered.filter(functions.col(RowSample.ORDER).leq(last));
        return RowSample.first(RowSample.distinct(few), rows);
    }

    private void checkIds(Dataset<Row> from) {
        boolean named = model.listSchema().named();
        VectorColumn.type(
                from.schema(),
                model.getIdCol(),
                (named ? "strings" : "whole numbers") + ", as the ids of the index are",
                type -> named ? type.equals(DataTypes.StringType) : type instanceof IntegralType);
    }

    private String[] ids(Dataset<Row> drawn, int count) {
        String[] ids = drawn.select(VectorColumn.column(model.getIdCol()).cast("string")).collectAsList().stream()
                .map(row -> row.getString(0))
                .toArray(String[]::new);
        NsvqException.unless(
                ids.length == count,
                "a sample with ids cannot leave out invalid vectors: leave them out of the data set first");
        return ids;
    }
}
