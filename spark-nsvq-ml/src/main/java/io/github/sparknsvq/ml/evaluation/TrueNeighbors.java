package io.github.sparknsvq.ml.evaluation;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;

/**
 * The id of each query's true nearest neighbor, by the query's own id: two numbers a query. They are sent to the
 * executors and compared there with the neighbors that were found, so that nothing but ranks is collected.
 */
public final class TrueNeighbors implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Ids of the queries, ascending. */
    private final long[] queries;

    private final long[] nearest;

    private TrueNeighbors(long[] queries, long[] nearest) {
        this.queries = queries;
        this.nearest = nearest;
    }

    /**
     * Tells which query each row of the truth belongs to.
     *
     * @param queries a data set of all queries
     * @param id its column of ids, whole numbers
     * @param nearest id of each query's true nearest neighbor, in the order of the queries' ids
     * @throws NsvqException if there are more or fewer ids than queries
     */
    public static TrueNeighbors of(Dataset<Row> queries, String id, long[] nearest) {
        Dataset<Row> column = queries.select(VectorColumn.column(id).cast("bigint"));
        long[] ids = column.as(Encoders.LONG()).collectAsList().stream()
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        if (ids.length != nearest.length) {
            throw new NsvqException("--queries holds " + ids.length + " vectors, but --truth " + nearest.length
                    + " rows: they should belong together");
        }
        return new TrueNeighbors(ids, nearest);
    }

    /**
     * Looks for the true neighbors among those that were found, on the executors.
     *
     * @param found rows (id of a query: bigint, ids of its neighbors, nearest first: array&lt;bigint&gt;)
     * @return for each of these rows, in any order, how many neighbors come before the true one, or
     *     {@link Recall#NOT_FOUND}
     * @throws NsvqException if {@code found} has a query that was not there before
     */
    public long[] ranks(Dataset<Row> found) {
        JavaSparkContext spark = SparkInternals.context(found.sparkSession());
        Broadcast<SerializedValue<TrueNeighbors>> truth = spark.broadcast(new SerializedValue<>(this));
        try {
            return Jobs.onPartitions(
                            SparkInternals.internalRows(found),
                            (partition, rows) -> truth.value().value().ranks(rows))
                    .stream()
                    .flatMapToLong(Arrays::stream)
                    .toArray();
        } finally {
            truth.destroy();
        }
    }

    private long[] ranks(Iterator<InternalRow> rows) {
        LongStream.Builder ranks = LongStream.builder();
        while (rows.hasNext()) {
            InternalRow row = rows.next();
            int query = Arrays.binarySearch(queries, row.getLong(0));
            if (query < 0) {
                throw new NsvqException("the queries changed while they were searched for: query " + row.getLong(0)
                        + " was not there before");
            }
            ranks.add(rank(row.getArray(1), nearest[query]));
        }
        return ranks.build().toArray();
    }

    private static long rank(ArrayData neighbors, long id) {
        for (int i = 0; i < neighbors.numElements(); i++) {
            if (neighbors.getLong(i) == id) {
                return i;
            }
        }
        return Recall.NOT_FOUND;
    }
}
