package io.github.sparknsvq.ml.index;

import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;

/**
 * Where queries come from: the number of their partition, and of their block in it, in one long. Results come back to
 * the partition sorted by block, so that they can be taken as the queries are read again.
 */
final class Home extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int partitions;

    private Home(int partitions) {
        this.partitions = partitions;
    }

    static long of(int partition, int block) {
        return (long) partition << Integer.SIZE | block;
    }

    static int partition(long home) {
        return (int) (home >>> Integer.SIZE);
    }

    /** Brings results back to partitions of queries, sorted by block. */
    static JavaRDD<byte[]> sorted(JavaPairRDD<Long, byte[]> results, int partitions) {
        return results.repartitionAndSortWithinPartitions(new Home(partitions)).values();
    }

    @Override
    public int numPartitions() {
        return partitions;
    }

    @Override
    public int getPartition(Object home) {
        return partition((long) home);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Home home && home.partitions == partitions;
    }

    @Override
    public int hashCode() {
        return partitions;
    }
}
