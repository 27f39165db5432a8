package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Ranks the neighbors that codes found by the vectors themselves. Vectors and queries with their candidates come
 * together by hashes of ids: a query goes once to each partition of vectors that has any of its candidates, and
 * distances go back. The task of a partition holds the partition's vectors, the queries stream by.
 */
final class Reranking {
    /** Queries, or vectors, that travel together. */
    static final int BLOCK = 512;

    /** Bytes of vectors that a task should not hold many more of. */
    private static final long PARTITION_BYTES = 128L << 20;

    private final StoredIndex stored;
    private final BatchSearch.RawVectors raw;
    private final int kept;
    private final long indexBytes;

    /**
     * Prepares a ranking.
     *
     * @param kept neighbors of each query at most
     * @param indexBytes bytes of the index's files of lists
     */
    Reranking(StoredIndex stored, BatchSearch.RawVectors raw, int kept, long indexBytes) {
        this.stored = stored;
        this.raw = raw;
        this.kept = kept;
        this.indexBytes = indexBytes;
    }

    /** Ranks candidates by their vectors: takes and gives blocks as bins found them, in the same partitions. */
    JavaPairRDD<Integer, byte[]> ranked(
            JavaRDD<InternalRow> rows, JavaPairRDD<Integer, byte[]> found, BatchSearch.Merged merged, int homes) {
        boolean named = stored.schema().named();
        int dimension = stored.index().dimension();
        Column id = VectorColumn.column(raw.idCol());
        JavaRDD<InternalRow> vectorRows = SparkInternals.internalRows(
                raw.rows().select(named ? id : id.cast("bigint"), raw.vectors().column()));
        int parts = partitions(vectorRows.getNumPartitions());
        CandidateRequests requests = new CandidateRequests(merged, parts);
        VectorBlocks blocks = new VectorBlocks(raw.vectors(), named, dimension, parts);
        ExactRanking ranking = new ExactRanking(stored.index().distance(), named, dimension, kept);
        HashPartitioner byId = new HashPartitioner(parts);
        JavaPairRDD<Integer, byte[]> requested = rows.zipPartitions(found, requests::of)
                .mapToPair(request -> request)
                .partitionBy(byId);
        JavaPairRDD<Integer, byte[]> placed =
                vectorRows.mapPartitions(blocks::of).mapToPair(block -> block).partitionBy(byId);
        return requested
                .values()
                .zipPartitions(placed.values(), ranking::answers)
                .mapToPair(answer -> answer)
                .partitionBy(new HashPartitioner(homes));
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

    /** Returns the partition that the vector of an id is brought to. */
    static int partition(long id, int parts) {
        return Math.floorMod(Long.hashCode(id), parts);
    }
}
