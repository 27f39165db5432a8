package io.github.sparknsvq.core.training.rows;

import java.util.Iterator;

/**
 * A number that tells sets of rows apart: 64 bits over the values and weights of all rows, to the last bit. Neither
 * the order of the rows nor their partitions enter it, so that a data set that is read again is known again, on a
 * cluster of any size.
 */
public final class RowsFingerprint {
    private static final long FNV_PRIME = 0x100000001B3L;

    private RowsFingerprint() {}

    /** Returns the fingerprint of all rows, in one pass over them. */
    public static long of(StatisticsSource source) {
        long sum = 0;
        for (long part : source.perPartition(new Task())) {
            sum += part;
        }
        return sum;
    }

    /** Sums the rows' hashes, mixed, so that rows do not cancel each other out. */
    private record Task() implements PartitionTask<Long> {
        @Override
        public Long run(Iterator<RowBlock> blocks) {
            long sum = 0;
            while (blocks.hasNext()) {
                RowBlock block = blocks.next();
                for (int i = 0; i < block.rows(); i++) {
                    sum += SeededHash.mix(hash(block, i));
                }
            }
            return sum;
        }

        /** Fowler, Noll and Vo's hash (FNV-1a), a float at a time. */
        private static long hash(RowBlock block, int row) {
            int d = block.dimension();
            long hash = Float.floatToRawIntBits(block.weight(row));
            for (int at = row * d; at < (row + 1) * d; at++) {
                hash = (hash ^ Float.floatToRawIntBits(block.values()[at])) * FNV_PRIME;
            }
            return hash;
        }
    }
}
