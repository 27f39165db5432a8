package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.Tuple2;

/**
 * Sends queries to the partitions that have the vectors of their candidates.
 *
 * @param merged merges what bins found
 * @param parts number of partitions of vectors
 */
record CandidateRequests(BatchSearch.Merged merged, int parts) implements Serializable {

    /**
     * Queries on their way to the vectors.
     *
     * @param home number of the partition that the queries come from
     * @param keys what each query is known by
     * @param queries the queries themselves
     * @param candidates ids of each query's candidates in the partition that they go to
     */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    record Request(int home, long[] keys, float[][] queries, long[][] candidates) implements Serializable {}

    /** A query, and those of its candidates that a partition has. */
    @SuppressWarnings("ArrayRecordComponent") // is never compared
    private record Candidates(long key, float[] query, long[] ids) {}

    /** Returns requests with the number of the partition that each goes to. */
    Iterator<Tuple2<Integer, byte[]>> of(Iterator<InternalRow> rows, Iterator<Tuple2<Integer, byte[]>> results) {
        int[] home = {0};
        Map<Long, Neighbors> found = merged.of(Iterators.map(results, result -> {
            home[0] = result._1();
            return result._2();
        }));
        Iterator<Candidates> queries = merged.reader().queries(rows, (row, query, id) -> {
            Neighbors neighbors = BatchSearch.Merged.of(found, query, id);
            return new Candidates(NameHash.of(query, id), query, neighbors.ids());
        });
        return Iterators.flatten(Iterators.untilNull(() -> queries.hasNext() ? batch(queries, home[0]) : null));
    }

    private Iterator<Tuple2<Integer, byte[]>> batch(Iterator<Candidates> queries, int home) {
        Map<Integer, List<Candidates>> byPart = new HashMap<>();
        for (int i = 0; i < Reranking.BLOCK && queries.hasNext(); i++) {
            Candidates query = queries.next();
            long[] all = query.ids();
            if (all.length == 0) { // an answer without neighbors must come back, too
                byPart.computeIfAbsent(0, part -> new ArrayList<>()).add(query);
            }
            int[] partOf = Arrays.stream(all)
                    .mapToInt(id -> Reranking.partition(id, parts))
                    .toArray();
            Arrays.stream(partOf).distinct().forEach(part -> {
                long[] ids = IntStream.range(0, all.length)
                        .filter(c -> partOf[c] == part)
                        .mapToLong(c -> all[c])
                        .toArray();
                byPart.computeIfAbsent(part, p -> new ArrayList<>())
                        .add(new Candidates(query.key(), query.query(), ids));
            });
        }
        return Iterators.map(byPart.entrySet().iterator(), part -> {
            List<Candidates> of = part.getValue();
            Request request = new Request(
                    home,
                    of.stream().mapToLong(Candidates::key).toArray(),
                    of.stream().map(Candidates::query).toArray(float[][]::new),
                    of.stream().map(Candidates::ids).toArray(long[][]::new));
            return new Tuple2<>(part.getKey(), SparkInternals.serialize(request));
        });
    }
}
