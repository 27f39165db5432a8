package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.index.ListSlack;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Searches an index for the nearest neighbors of all queries of a data set. No query and no list passes through the
 * driver, and nothing is kept in executors' memory from one task to the next:
 *
 * <ol>
 *   <li>Each partition of queries finds the lists that its queries look at and sends each query once to each bin of
 *       lists that has any of them.
 *   <li>The task of a bin reads its lists from their files, searches them for the queries that stream by, and sends
 *       the {@code k} nearest of each back to the partition that it came from.
 *   <li>There they are merged and put beside the query's row, which is read again: rows and results find each other
 *       by a hash of the query, so that an order that changes between two evaluations does no harm.
 * </ol>
 *
 * <p>Results come back sorted as the queries were sent, and are merged block by block while the queries are read
 * again: a task holds those of one block, of some hundred queries, however large the partition is. Only where the
 * order of the queries has changed it holds those of the queries that are still to come.
 *
 * @param stored the index
 * @param options how to search it
 * @param raw the vectors to rank neighbors by, or null for none
 */
public record BatchSearch(StoredIndex stored, Options options, RawVectors raw) {
    /**
     * How to search.
     *
     * @param k neighbors of each query, at least 1
     * @param probes lists that each query looks at, at least 1; more than there are means all
     * @param slack how much farther than the nearest centroid that of a list may be that is looked at, as {@link
     *     ListSlack} has it; 0 for all lists that {@code probes} says
     * @param rerank neighbors by their codes of which the {@code k} nearest by the vectors themselves are kept; 0
     *     for none
     * @param allowed a data set whose first column has the ids that may be found, or null for all
     * @param condition SQL on the index's attributes that neighbors meet, or null
     * @param excludeSelf whether a query's own id is not among its neighbors
     */
    public record Options(
            int k, int probes, double slack, int rerank, Dataset<?> allowed, String condition, boolean excludeSelf) {}

    /**
     * Refuses a filter that is no condition on an index's attributes.
     *
     * @throws io.github.sparknsvq.core.NsvqException that says why
     */
    public static void checkFilter(SparkSession spark, ListSchema schema, String condition) {
        ListFilter.parsed(spark, condition, schema.attributes());
    }

    /**
     * The vectors themselves, to rank neighbors by. Tasks hold partitions of them while queries stream by.
     *
     * @param rows a data set
     * @param vectors its column of vectors
     * @param idCol its column of ids, each of which is there once; those that are not in the index do no harm
     */
    public record RawVectors(Dataset<?> rows, VectorColumn vectors, String idCol) {}

    /**
     * Returns the type of the column of neighbors.
     *
     * @param named whether ids are strings
     */
    public static ArrayType neighborsType(boolean named) {
        StructType neighbor = new StructType()
                .add("id", named ? DataTypes.StringType : DataTypes.LongType, false)
                .add("distance", DataTypes.FloatType, false);
        return DataTypes.createArrayType(neighbor, false);
    }

    /**
     * Adds a column of neighbors, {@code array<struct<id, distance>>}, nearest first.
     *
     * @param queries a data set
     * @param reader finds the query in a row
     * @param column name of the column to add
     */
    public Dataset<Row> neighbors(Dataset<Row> queries, QueryReader reader, String column) {
        StructType schema =
                queries.schema().add(column, neighborsType(stored.schema().named()), false);
        return SparkInternals.dataFrame(
                stored.spark(), neighbors(SparkInternals.internalRows(queries), reader), schema);
    }

    /**
     * Adds neighbors, {@link #neighborsType}, behind the columns of rows as Spark holds them. What was deleted from
     * the index and which ids are allowed is read now, the rest when the result is evaluated.
     *
     * @param rows the queries, which are evaluated twice
     * @param reader finds the query in a row
     * @return rows that are reused, and no {@code UnsafeRow}s
     */
    public JavaRDD<InternalRow> neighbors(JavaRDD<InternalRow> rows, QueryReader reader) {
        int homes = rows.getNumPartitions();
        if (homes == 0) {
            return rows;
        }
        IndexDirectory.Snapshot snapshot = stored.directory().snapshot();
        Bins bins = Bins.of(snapshot.files(), stored.index().lists(), Bins.most(stored.spark()));
        int wanted = raw == null ? options.k() : Math.max(options.k(), options.rerank());
        int kept = options.excludeSelf() && wanted < Integer.MAX_VALUE ? wanted + 1 : wanted;
        int probes = Math.min(options.probes(), stored.index().lists());
        double slack = options.slack();
        Reranking reranking = raw == null ? null : Reranking.of(stored, raw, kept, snapshot.bytes());
        Broadcast<SerializedValue<SharedIndex>> index = stored.broadcast();
        JavaPairRDD<Integer, byte[]> sent = rows.mapPartitionsWithIndex(
                        (home, part) -> Iterators.untilNull(new QuerySender(
                                part,
                                reader,
                                home,
                                bins,
                                probes,
                                slack,
                                kept,
                                index.value().value())),
                        false)
                .mapToPair(block -> block)
                .partitionBy(new HashPartitioner(bins.count()));
        ListReader lists = stored.reader(snapshot, options.allowed(), options.condition());
        JavaRDD<byte[]> found = Home.sorted(
                stored.bins(bins)
                        .zipPartitions(sent.map(block -> block), new BinSearch(index, lists, kept))
                        .mapToPair(block -> block),
                homes);
        Merged merged = new Merged(reader, kept);
        if (reranking != null) {
            found = reranking.ranked(rows, found, merged, homes);
        }
        boolean named = stored.schema().named();
        Attach attach = new Attach(
                merged, options.k(), options.excludeSelf(), stored.index().distance(), named);
        return rows.zipPartitions(found, attach::answers);
    }

    /**
     * What bins found, merged by query.
     *
     * @param reader finds the query in a row
     * @param kept neighbors of each query at most
     */
    record Merged(QueryReader reader, int kept) implements Serializable {
        FoundResults of(Iterator<byte[]> results) {
            return new FoundResults(results, kept);
        }
    }

    /**
     * Puts results beside rows.
     *
     * @param merged merges the results
     * @param k neighbors of each query
     */
    private record Attach(Merged merged, int k, boolean excludeSelf, DistanceKind distance, boolean named)
            implements Serializable {

        Iterator<InternalRow> answers(Iterator<InternalRow> rows, Iterator<byte[]> results) {
            FoundResults found = merged.of(results);
            JoinedRow answer = new JoinedRow();
            GenericInternalRow column = new GenericInternalRow(1);
            return merged.reader().rows(rows, (row, query, id) -> {
                boolean excludesId = excludeSelf && merged.reader().hasId(row);
                Neighbors neighbors = query == null ? Neighbors.NONE : found.take(query, id);
                column.update(0, array(neighbors, excludesId, id));
                return answer.apply(row, column);
            });
        }

        private GenericArrayData array(Neighbors found, boolean excludesId, long self) {
            long[] ids = found.ids();
            Object[] structs = new Object[Math.min(k, ids.length)];
            int count = 0;
            for (int i = 0; i < ids.length && count < k; i++) {
                if (excludesId && ids[i] == self) {
                    continue;
                }
                Object id = named ? UTF8String.fromBytes(found.names()[i]) : (Object) ids[i];
                structs[count++] = new GenericInternalRow(new Object[] {id, distance.shown(found.distances()[i])});
            }
            return new GenericArrayData(count == structs.length ? structs : Arrays.copyOf(structs, count));
        }
    }
}
