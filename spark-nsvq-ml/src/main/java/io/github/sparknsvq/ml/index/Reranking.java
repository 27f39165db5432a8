package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Tuple2;

/**
 * Ranks the neighbors that codes found by the vectors themselves. Vectors and queries with their candidates come
 * together by hashes of ids: a query goes once to each partition of vectors that has any of its candidates, and
 * distances go back. The task of a partition holds the partition's vectors, the queries stream by. Where candidates
 * are few, other vectors are not sent, and hardly read where Spark finds them by id.
 *
 * @param stored the index
 * @param raw the vectors
 * @param selected their ids and vectors
 * @param vectorRows the same as rows
 * @param kept neighbors of each query at most
 * @param indexBytes bytes of the index's files of lists
 */
record Reranking(
        StoredIndex stored,
        BatchSearch.RawVectors raw,
        Dataset<?> selected,
        JavaRDD<InternalRow> vectorRows,
        int kept,
        long indexBytes) {
    /** Queries, or vectors, that travel together. */
    private static final int BLOCK = 512;

    /** Bytes of vectors that a task should not hold many more of. */
    private static final long PARTITION_BYTES = 128L << 20;

    /**
     * Prepares the ranking.
     *
     * @param kept neighbors of each query at most
     * @param indexBytes bytes of the index's files of lists
     * @throws NsvqException if the first vectors are all of another dimension than those of the index
     */
    static Reranking of(StoredIndex stored, BatchSearch.RawVectors raw, int kept, long indexBytes) {
        Column id = VectorColumn.column(raw.idCol());
        Dataset<?> selected = raw.rows()
                .select(
                        stored.schema().named() ? id : id.cast("bigint"),
                        raw.vectors().column());
        JavaRDD<InternalRow> rows = SparkInternals.internalRows(selected);
        FirstVectors.check(
                rows, raw.vectors(), Blocks.VECTOR, "to rank by", stored.index().dimension(), "the index has");
        return new Reranking(stored, raw, selected, rows, kept, indexBytes);
    }

    /** Ranks candidates by their vectors: takes and gives blocks as bins found them, in the same partitions. */
    JavaRDD<byte[]> ranked(JavaRDD<InternalRow> rows, JavaRDD<byte[]> found, BatchSearch.Merged merged, int homes) {
        boolean named = stored.schema().named();
        int dimension = stored.index().dimension();
        int parts = partitions(vectorRows.getNumPartitions());
        Requests requests = new Requests(merged, parts);
        Blocks blocks = new Blocks(raw.vectors(), named, dimension, parts);
        Ranking ranking = new Ranking(
                stored.index().distance(),
                named,
                dimension,
                kept,
                merged.reader().skipInvalid());
        HashPartitioner byId = new HashPartitioner(parts);
        JavaPairRDD<Integer, byte[]> requested = rows.zipPartitions(found, requests::of)
                .mapToPair(request -> request)
                .partitionBy(byId);
        JavaRDD<InternalRow> needed = NeededVectors.of(found, kept, selected, vectorRows);
        JavaPairRDD<Integer, byte[]> placed =
                needed.mapPartitions(blocks::of).mapToPair(block -> block).partitionBy(byId);
        return Home.sorted(
                requested
                        .values()
                        .zipPartitions(placed.values(), ranking::answers)
                        .mapToPair(answer -> answer),
                homes);
    }

    /**
     * Returns how many partitions vectors are brought to: as many as they come in, which are some 128 MB each where
     * they are read from files, and more if there are so many vectors in the index that a task would have more to
     * hold.
     */
    private int partitions(int inputs) {
        long vectors = indexBytes / (stored.index().quantizer().codeSize() + Long.BYTES);
        long bytes = vectors * stored.index().dimension() * Float.BYTES;
        int enough = Math.max(inputs, stored.spark().sparkContext().defaultParallelism());
        return (int) Math.min(Math.max(enough, bytes / PARTITION_BYTES), Integer.MAX_VALUE);
    }

    /** Returns the partition that the vector of an id is brought to: ids with a stride must not all go to one. */
    static int partition(long id, int parts) {
        return (int) Math.floorMod(SeededHash.mix(id), (long) parts);
    }

    /**
     * Sends queries to the partitions that have the vectors of their candidates.
     *
     * @param merged merges what bins found
     * @param parts number of partitions of vectors
     */
    private record Requests(BatchSearch.Merged merged, int parts) implements Serializable {

        /**
         * Queries on their way to the vectors.
         *
         * @param home of the queries
         * @param keys what each query is known by
         * @param queries the queries themselves
         * @param candidates ids of each query's candidates in the partition that they go to
         */
        @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
        record Request(long home, long[] keys, float[][] queries, long[][] candidates) implements Serializable {}

        /** A query, and those of its candidates that a partition has. */
        @SuppressWarnings("ArrayRecordComponent") // is never compared
        private record Candidates(long key, float[] query, long[] ids) {}

        /** Returns requests with the number of the partition that each goes to. */
        Iterator<Tuple2<Integer, byte[]>> of(Iterator<InternalRow> rows, Iterator<byte[]> results) {
            FoundResults found = merged.of(results);
            int partition = TaskContext.getPartitionId();
            int[] blocks = {0};
            Iterator<Candidates> queries = merged.reader().queries(rows, (row, query, id) -> {
                Neighbors neighbors = found.take(query, id);
                return new Candidates(NameHash.of(query, id), query, neighbors.ids());
            });
            return Iterators.flatten(Iterators.untilNull(
                    () -> queries.hasNext() ? batch(queries, Home.of(partition, blocks[0]++)) : null));
        }

        private Iterator<Tuple2<Integer, byte[]>> batch(Iterator<Candidates> queries, long home) {
            Map<Integer, List<Candidates>> byPart = new HashMap<>();
            for (int i = 0; i < BLOCK && queries.hasNext(); i++) {
                Candidates query = queries.next();
                long[] all = query.ids();
                if (all.length == 0) { // an answer without neighbors must come back, too
                    byPart.computeIfAbsent(0, part -> new ArrayList<>()).add(query);
                }
                int[] partOf =
                        Arrays.stream(all).mapToInt(id -> partition(id, parts)).toArray();
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

    /**
     * Reads the vectors to rank by, rows (id, vector), and sends them to their partition.
     *
     * @param vectors the column of vectors
     * @param named whether ids are strings
     * @param dimension of the index's vectors
     * @param parts number of partitions that they go to
     */
    private record Blocks(VectorColumn vectors, boolean named, int dimension, int parts) implements Serializable {
        private static final int ID = 0;
        private static final int VECTOR = 1;

        /** A vector that has an id; where it is invalid, in its place what is wrong with it. */
        @SuppressWarnings("ArrayRecordComponent") // is never compared
        private record Numbered(long id, byte[] name, float[] vector, String problem) {}

        /** Returns blocks with the number of the partition that each goes to. */
        Iterator<Tuple2<Integer, byte[]>> of(Iterator<InternalRow> rows) {
            return Iterators.flatten(Iterators.untilNull(() -> rows.hasNext() ? batch(rows) : null));
        }

        private Iterator<Tuple2<Integer, byte[]>> batch(Iterator<InternalRow> rows) {
            Map<Integer, List<Numbered>> byPart = new HashMap<>();
            for (int i = 0; i < BLOCK && rows.hasNext(); i++) {
                InternalRow row = rows.next();
                if (row.isNullAt(ID)) {
                    continue; // an index has no such id
                }
                Object value = vectors.value(row, VECTOR);
                float[] vector = vectors.readWith(dimension, value);
                UTF8String name = named ? row.getUTF8String(ID) : null;
                long id = named ? NameHash.of(name) : row.getLong(ID);
                String problem = vector == null ? problem(value, named ? name : id) : null;
                byPart.computeIfAbsent(partition(id, parts), part -> new ArrayList<>())
                        .add(new Numbered(id, named ? name.getBytes() : null, vector, problem));
            }
            return Iterators.map(
                    byPart.entrySet().iterator(),
                    part -> new Tuple2<>(part.getKey(), SparkInternals.serialize(block(part.getValue()))));
        }

        private String problem(Object value, Object id) {
            String holds = "of the vectors to rank by holds a vector, of id " + Reason.id(id) + ",";
            return vectors.invalid(dimension, value, holds, "the index has").getMessage();
        }

        private HeldVectors.Block block(List<Numbered> of) {
            float[] values = new float[of.size() * dimension];
            Map<Integer, String> problems = new HashMap<>();
            for (int i = 0; i < of.size(); i++) {
                if (of.get(i).problem() == null) {
                    System.arraycopy(of.get(i).vector(), 0, values, i * dimension, dimension);
                } else {
                    problems.put(i, of.get(i).problem());
                }
            }
            return new HeldVectors.Block(
                    of.stream().mapToLong(Numbered::id).toArray(),
                    named ? of.stream().map(Numbered::name).toArray(byte[][]::new) : null,
                    values,
                    problems);
        }
    }

    /**
     * Measures the distances of candidates, in the partitions that have their vectors, and ranks them.
     *
     * @param distance what vectors are compared by
     * @param named whether ids are strings
     * @param dimension of the vectors
     * @param kept neighbors of each query at most
     * @param skipInvalid whether candidates whose vectors are invalid are left out rather than ending the work
     */
    private record Ranking(DistanceKind distance, boolean named, int dimension, int kept, boolean skipInvalid)
            implements Serializable {

        /** Returns answers with the number of the partition that the queries came from. */
        Iterator<Tuple2<Long, byte[]>> answers(Iterator<byte[]> requests, Iterator<byte[]> blocks) {
            if (!requests.hasNext()) {
                return Collections.emptyIterator(); // nothing need be held
            }
            HeldVectors vectors = new HeldVectors(dimension);
            while (blocks.hasNext()) {
                vectors.add(SparkInternals.deserialize(blocks.next()));
            }
            return Iterators.map(requests, bytes -> {
                Requests.Request request = SparkInternals.deserialize(bytes);
                return new Tuple2<>(request.home(), SparkInternals.serialize(found(request, vectors)));
            });
        }

        private FoundBlock found(Requests.Request request, HeldVectors vectors) {
            int queries = request.keys().length;
            int[] starts = new int[queries + 1];
            int total = Arrays.stream(request.candidates())
                    .mapToInt(ids -> Math.min(kept, ids.length))
                    .sum();
            long[] ids = new long[total];
            float[] distances = new float[total];
            byte[][] names = named ? new byte[total][] : null;
            for (int q = 0; q < queries; q++) {
                long[] of = request.candidates()[q];
                float[] measured = new float[of.length];
                for (int c = 0; c < of.length; c++) {
                    measured[c] = measure(request.queries()[q], of[c], vectors);
                }
                int[] order = IntStream.range(0, of.length)
                        .filter(c -> !Float.isNaN(measured[c]))
                        .boxed()
                        .sorted(Comparator.<Integer>comparingDouble(c -> measured[c])
                                .thenComparingLong(c -> of[c]))
                        .limit(kept)
                        .mapToInt(Integer::intValue)
                        .toArray();
                for (int i = 0; i < order.length; i++) {
                    ids[starts[q] + i] = of[order[i]];
                    distances[starts[q] + i] = measured[order[i]];
                    if (named) {
                        names[starts[q] + i] = vectors.name(vectors.place(of[order[i]]));
                    }
                }
                starts[q + 1] = starts[q] + order.length;
            }
            return new FoundBlock(request.home(), request.keys(), starts, ids, distances, names);
        }

        /** Returns the distance of a candidate; NaN if its vector is invalid, and to be left out. */
        private float measure(float[] query, long id, HeldVectors vectors) {
            long place = vectors.place(id);
            if (place == 0) {
                // of strings no more than the hash came here
                throw new NsvqException("the vectors to rank by lack " + (named ? "one" : "the one of id " + id)
                        + ", which is in the index: give all of the index's vectors");
            }
            String problem = vectors.problem(place);
            if (problem != null) {
                if (!skipInvalid) {
                    throw new InvalidVectorException(problem);
                }
                return Float.NaN;
            }
            float[] values = vectors.values(place);
            int at = vectors.offset(place);
            double sum = 0;
            for (int j = 0; j < query.length; j++) {
                double apart = (double) query[j] - values[at + j];
                sum += distance == DistanceKind.L2 ? apart * apart : -(double) query[j] * values[at + j];
            }
            return (float) sum;
        }
    }
}
