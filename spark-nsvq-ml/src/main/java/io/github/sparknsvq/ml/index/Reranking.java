package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Tuple2;

/**
 * Ranks the neighbours that codes found by the vectors themselves. Vectors and queries with their candidates come together
 * by hashes of ids: a query goes once to each partition of vectors that has any of its candidates, and distances go back. The
 * task of a partition holds the partition's vectors, the queries stream by.
 */
final class Reranking {
    /** Queries, or vectors, that travel together. */
    private static final int BLOCK = 512;

    /** Bytes of vectors that a task should not hold many more of. */
    private static final long PARTITION_BYTES = 128L << 20;

    private final StoredIndex stored;
    private final BatchSearch.RawVectors raw;
    private final int kept;
    private final long indexBytes;

    /**
     * Prepares a ranking.
     *
     * @param kept neighbours of each query at most
     * @param indexBytes bytes of the index's files of lists
     */
    Reranking(StoredIndex stored, BatchSearch.RawVectors raw, int kept, long indexBytes) {
        this.stored = stored;
        this.raw = raw;
        this.kept = kept;
        this.indexBytes = indexBytes;
    }

    /**
     * Queries on their way to the vectors.
     *
     * @param home number of the partition that the queries come from
     * @param keys what each query is known by
     * @param queries the queries themselves
     * @param candidates ids of each query's candidates in the partition that they go to
     */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Request(int home, long[] keys, float[][] queries, long[][] candidates) implements Serializable {}

    /** Returns candidates ranked anew, as bins found them and to the same partitions. */
    JavaPairRDD<Integer, byte[]> ranked(
            JavaRDD<InternalRow> rows, JavaPairRDD<Integer, byte[]> found, BatchSearch.Merged merged, int homes) {
        JavaRDD<InternalRow> vectorRows = SparkInternals.internalRows(raw.rows()
                .select(
                        stored.schema().named()
                                ? VectorColumn.column(raw.idCol())
                                : VectorColumn.column(raw.idCol()).cast("bigint"),
                        raw.vectors().column()));
        int parts = partitions(vectorRows.getNumPartitions());
        Sending sending = new Sending(merged, parts);
        JavaPairRDD<Integer, byte[]> requests = rows.zipPartitions(found, sending::requests)
                .mapToPair(request -> request)
                .partitionBy(new HashPartitioner(parts));
        Reading reading = new Reading(
                raw.vectors(), stored.schema().named(), stored.index().dimension(), parts);
        JavaPairRDD<Integer, byte[]> vectors = vectorRows
                .mapPartitions(reading::blocks)
                .mapToPair(block -> block)
                .partitionBy(new HashPartitioner(parts));
        Ranking ranking = new Ranking(
                stored.index().distance(),
                stored.schema().named(),
                stored.index().dimension(),
                kept);
        return requests.values()
                .zipPartitions(vectors.values(), ranking::ranked)
                .mapToPair(block -> block)
                .partitionBy(new HashPartitioner(homes));
    }

    /**
     * Returns how many partitions vectors are brought to: as many as they come in, which are some 128 MB each where they are
     * read from files, and more if there are so many vectors in the index that a task would have more to hold.
     */
    private int partitions(int inputs) {
        long vectors = indexBytes / (stored.index().quantizer().codeSize() + Long.BYTES);
        long bytes = vectors * stored.index().dimension() * Float.BYTES;
        int enough = Math.max(inputs, stored.spark().sparkContext().defaultParallelism());
        return (int) Math.min(Math.max(enough, bytes / PARTITION_BYTES), Integer.MAX_VALUE);
    }

    private static int partition(long id, int parts) {
        return Math.floorMod(Long.hashCode(id), parts);
    }

    /** Sends queries to their candidates. */
    private record Sending(BatchSearch.Merged merged, int parts) implements Serializable {
        Iterator<Tuple2<Integer, byte[]>> requests(
                Iterator<InternalRow> rows, Iterator<Tuple2<Integer, byte[]>> results) {
            int[] home = {0};
            Map<Long, Neighbours> found = merged.of(new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return results.hasNext();
                }

                @Override
                public byte[] next() {
                    Tuple2<Integer, byte[]> next = results.next();
                    home[0] = next._1();
                    return next._2();
                }
            });
            Iterator<Wanted> wanted = new QueryReader.Queries<>(merged.reader(), rows) {
                @Override
                Wanted result(InternalRow row, float[] query, long id) {
                    Neighbours of = BatchSearch.Merged.of(found, query, id);
                    return new Wanted(NameHash.of(query, id), query, of);
                }
            };
            return new Iterator<>() {
                private Iterator<Tuple2<Integer, byte[]>> ready =
                        List.<Tuple2<Integer, byte[]>>of().iterator();

                @Override
                public boolean hasNext() {
                    while (!ready.hasNext() && wanted.hasNext()) {
                        ready = batch(wanted, home[0]);
                    }
                    return ready.hasNext();
                }

                @Override
                public Tuple2<Integer, byte[]> next() {
                    return ready.next();
                }
            };
        }

        /** A query and its candidates. */
        @SuppressWarnings("ArrayRecordComponent") // is never compared
        private record Wanted(long key, float[] query, Neighbours candidates) {}

        private Iterator<Tuple2<Integer, byte[]>> batch(Iterator<Wanted> wanted, int home) {
            Map<Integer, List<Wanted>> queries = new HashMap<>();
            Map<Integer, List<long[]>> ids = new HashMap<>();
            for (int i = 0; i < BLOCK && wanted.hasNext(); i++) {
                Wanted one = wanted.next();
                long[] all = IntStream.range(0, one.candidates().count())
                        .mapToLong(one.candidates()::id)
                        .toArray();
                if (all.length == 0) { // an answer without neighbours must come back, too
                    queries.computeIfAbsent(0, part -> new ArrayList<>()).add(one);
                    ids.computeIfAbsent(0, part -> new ArrayList<>()).add(all);
                }
                int[] parts = Arrays.stream(all)
                        .mapToInt(id -> partition(id, this.parts))
                        .toArray();
                Arrays.stream(parts).distinct().forEach(part -> {
                    queries.computeIfAbsent(part, p -> new ArrayList<>()).add(one);
                    ids.computeIfAbsent(part, p -> new ArrayList<>())
                            .add(IntStream.range(0, all.length)
                                    .filter(c -> parts[c] == part)
                                    .mapToLong(c -> all[c])
                                    .toArray());
                });
            }
            return queries.entrySet().stream()
                    .map(entry -> {
                        List<Wanted> of = entry.getValue();
                        Request request = new Request(
                                home,
                                of.stream().mapToLong(Wanted::key).toArray(),
                                of.stream().map(Wanted::query).toArray(float[][]::new),
                                ids.get(entry.getKey()).toArray(long[][]::new));
                        return new Tuple2<>(entry.getKey(), SparkInternals.serialize(request));
                    })
                    .iterator();
        }
    }

    /** Reads vectors and sends them to their partition. */
    private record Reading(VectorColumn vectors, boolean named, int dimension, int parts) implements Serializable {
        private static final int ID = 0;
        private static final int VECTOR = 1;

        Iterator<Tuple2<Integer, byte[]>> blocks(Iterator<InternalRow> rows) {
            return new Iterator<>() {
                private Iterator<Tuple2<Integer, byte[]>> ready =
                        List.<Tuple2<Integer, byte[]>>of().iterator();

                @Override
                public boolean hasNext() {
                    while (!ready.hasNext() && rows.hasNext()) {
                        ready = batch(rows);
                    }
                    return ready.hasNext();
                }

                @Override
                public Tuple2<Integer, byte[]> next() {
                    return ready.next();
                }
            };
        }

        /** A vector that has an id. */
        @SuppressWarnings("ArrayRecordComponent") // is never compared
        private record Numbered(long id, byte[] name, float[] vector) {}

        private Iterator<Tuple2<Integer, byte[]>> batch(Iterator<InternalRow> rows) {
            Map<Integer, List<Numbered>> byPart = new HashMap<>();
            for (int i = 0; i < BLOCK && rows.hasNext(); i++) {
                InternalRow row = rows.next();
                float[] vector = vectors.read(row, VECTOR);
                if (row.isNullAt(ID) || vector == null || vector.length != dimension) {
                    continue; // an index has no such vector; who asks for its id gets an error there
                }
                UTF8String name = named ? row.getUTF8String(ID) : null;
                long id = named ? NameHash.of(name) : row.getLong(ID);
                byPart.computeIfAbsent(partition(id, parts), part -> new ArrayList<>())
                        .add(new Numbered(id, named ? name.getBytes() : null, vector));
            }
            return byPart.entrySet().stream()
                    .map(entry -> {
                        List<Numbered> of = entry.getValue();
                        float[] values = new float[of.size() * dimension];
                        for (int i = 0; i < of.size(); i++) {
                            System.arraycopy(of.get(i).vector(), 0, values, i * dimension, dimension);
                        }
                        HeldVectors.Block block = new HeldVectors.Block(
                                of.stream().mapToLong(Numbered::id).toArray(),
                                named ? of.stream().map(Numbered::name).toArray(byte[][]::new) : null,
                                values);
                        return new Tuple2<>(entry.getKey(), SparkInternals.serialize(block));
                    })
                    .iterator();
        }
    }

    /** Measures the distances of candidates. */
    private record Ranking(DistanceKind distance, boolean named, int dimension, int kept) implements Serializable {

        Iterator<Tuple2<Integer, byte[]>> ranked(Iterator<byte[]> requests, Iterator<byte[]> blocks) {
            if (!requests.hasNext()) {
                return List.<Tuple2<Integer, byte[]>>of().iterator(); // nothing need be held
            }
            HeldVectors vectors = new HeldVectors(dimension);
            while (blocks.hasNext()) {
                vectors.add(SparkInternals.deserialize(blocks.next()));
            }
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return requests.hasNext();
                }

                @Override
                public Tuple2<Integer, byte[]> next() {
                    Request request = SparkInternals.deserialize(requests.next());
                    return new Tuple2<>(request.home(), SparkInternals.serialize(found(request, vectors)));
                }
            };
        }

        private FoundBlock found(Request request, HeldVectors vectors) {
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
            return new FoundBlock(request.keys(), starts, ids, distances, names);
        }

        private float measure(float[] query, long id, HeldVectors vectors) {
            long place = vectors.place(id);
            if (place == 0) {
                throw new NsvqException("the vectors to rank by lack the one of id " + id
                        + ", which is in the index: give all of the index's vectors");
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
