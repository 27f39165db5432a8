package io.github.sparknsvq.ml.advice;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.JobLabels;
import java.util.Arrays;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What settings of an index are tried on: rows of a data set, and queries that are none of them. Which rows these
 * are follows from the vectors and the seed, not from files and partitions. The rows lie in this JVM and in Spark's
 * cache until the sample is closed.
 */
public final class TuningSample implements AutoCloseable {
    /** The group of a tuning's jobs, unless the caller has one. */
    static final String JOBS = "nsvq tune";

    /** Where no queries are given, one row of so many may become one. */
    private static final int ROWS_OF_QUERY = 5;

    /** Fewer rows, or queries, tell nothing. */
    private static final int LEAST = 20;

    private final Draw how;
    private final Dataset<Row> training;
    private final FloatMatrix base;
    private final FloatMatrix selection;
    private final FloatMatrix heldOut;
    private final long rows;

    /**
     * How a sample is drawn.
     *
     * @param featuresCol column of vectors, of the queries, too
     * @param metric what is nearest: l2, ip or cosine
     * @param rows how many rows are tried on at most; if the data set has more, results are scaled up
     * @param queries how many queries at most: two thirds of them choose a setting, and the others measure it
     * @param seed random seed, of the trainings, too
     * @param skipInvalid whether rows with invalid vectors are left out rather than ending the work
     */
    public record Draw(String featuresCol, String metric, int rows, int queries, long seed, boolean skipInvalid) {
        /**
         * Checks the values.
         *
         * @throws NsvqException if a number is too small, or the metric unknown
         */
        public Draw {
            NsvqException.unless(
                    DistanceKind.NAMES.contains(metric),
                    "metric '" + metric + "' is unknown: valid are " + String.join(", ", DistanceKind.NAMES));
            NsvqException.unless(
                    rows >= LEAST && queries >= 3 * LEAST,
                    "settings are tried on at least " + LEAST + " rows, with at least " + 3 * LEAST
                            + " queries, not on " + rows + " with " + queries);
        }

        /** Returns 50,000 rows and 1,000 queries of a column {@code features}, drawn with the seed 0. */
        public static Draw usual(String metric) {
            return new Draw("features", metric, 50_000, 1000, 0, false);
        }

        private boolean unitLength() {
            return DistanceKind.of(metric) == DistanceKind.COSINE;
        }
    }

    private TuningSample(Draw how, Dataset<Row> training, FloatMatrix base, FloatMatrix asked, long rows) {
        this.how = how;
        this.training = training;
        this.base = base;
        int chosen = asked.rows() - asked.rows() / 3;
        this.selection = part(asked, 0, chosen);
        this.heldOut = part(asked, chosen, asked.rows());
        this.rows = rows;
    }

    private static FloatMatrix part(FloatMatrix all, int from, int to) {
        int d = all.columns();
        return new FloatMatrix(to - from, d, Arrays.copyOfRange(all.values(), from * d, to * d));
    }

    /**
     * Draws a sample.
     *
     * @param input the vectors that an index will be of
     * @param queries vectors like those that it will be searched for; null draws some of the input's, which is right
     *     only where these are alike
     * @param how what is drawn
     * @throws NsvqException if there are too few rows or queries, or an invalid one that is not left out
     */
    public static TuningSample draw(Dataset<Row> input, Dataset<Row> queries, Draw how) {
        Checks.notStreaming(input, "tuned for");
        VectorColumn column = VectorColumn.of(input.schema(), how.featuresCol(), how.unitLength());
        return JobLabels.run(input.sparkSession(), JOBS, "drawing a sample", () -> {
            Dataset<Row> ordered =
                    RowSample.ordered(input.select(column.column()), column, null, how.seed(), how.skipInvalid());
            long total = ordered.count();
            NsvqException.unless(
                    total >= (long) LEAST * ROWS_OF_QUERY,
                    "there are " + total + " rows: at least " + LEAST * ROWS_OF_QUERY
                            + " are needed to try settings on");
            long from = Long.MIN_VALUE;
            FloatMatrix asked;
            if (queries == null) {
                int most = (int) Math.min(how.queries(), total / ROWS_OF_QUERY);
                from = RowSample.bound(ordered, most);
                Dataset<Row> own =
                        RowSample.distinct(ordered.filter(col(RowSample.ORDER).leq(from)));
                asked = RowSample.vectors(RowSample.between(own, Long.MIN_VALUE, from, 1), column, how.skipInvalid());
            } else {
                asked = given(queries, how);
            }
            Dataset<Row> others = ordered.filter(col(RowSample.ORDER).gt(from));
            long to = total > how.rows() ? RowSample.bound(others, how.rows()) : Long.MAX_VALUE;
            int partitions = Math.max(1, input.sparkSession().sparkContext().defaultParallelism());
            return of(how, RowSample.between(others, from, to, partitions), column, asked, total);
        });
    }

    private static FloatMatrix given(Dataset<Row> queries, Draw how) {
        Checks.notStreaming(queries, "searched for");
        VectorColumn column = VectorColumn.of(queries.schema(), how.featuresCol(), how.unitLength());
        Dataset<Row> ordered =
                RowSample.ordered(queries.select(column.column()), column, null, how.seed(), how.skipInvalid());
        Dataset<Row> drawn = RowSample.first(RowSample.distinct(ordered), how.queries());
        return RowSample.vectors(drawn, column, how.skipInvalid());
    }

    private static TuningSample of(
            Draw how, Dataset<Row> training, VectorColumn column, FloatMatrix asked, long total) {
        SparkInternals.persist(training, "spark-nsvq sample of a tuning");
        try {
            FloatMatrix base = RowSample.vectors(training, column, how.skipInvalid());
            NsvqException.unless(
                    base.rows() >= LEAST && asked.rows() >= 3 * LEAST,
                    "there are " + base.rows() + " rows to try settings on, and " + asked.rows() + " queries: at"
                            + " least " + LEAST + " different ones, and " + 3 * LEAST + ", are needed");
            NsvqException.unless(
                    base.columns() == asked.columns(),
                    "the queries have vectors of dimension " + asked.columns() + ", the rows of " + base.columns());
            return new TuningSample(how, training, base, asked, total);
        } catch (RuntimeException | Error e) {
            training.unpersist();
            throw e;
        }
    }

    /** Returns how it was drawn. */
    public Draw how() {
        return how;
    }

    /** Returns the rows to train on, in Spark. */
    Dataset<Row> training() {
        return training;
    }

    /** Returns the same rows in this JVM, of length 1 for cosines. */
    FloatMatrix base() {
        return base;
    }

    /** Returns the queries that choose a setting. */
    FloatMatrix selection() {
        return selection;
    }

    /** Returns the queries that measure what was chosen. */
    FloatMatrix heldOut() {
        return heldOut;
    }

    /** Returns how many rows the data set has, of which those are a part. */
    public long rows() {
        return rows;
    }

    /** Returns how many rows the sample has. */
    public int size() {
        return base.rows();
    }

    /** Returns the dimension of the vectors. */
    public int dimension() {
        return base.columns();
    }

    /** Lets go of what Spark keeps. */
    @Override
    public void close() {
        training.unpersist();
    }
}
