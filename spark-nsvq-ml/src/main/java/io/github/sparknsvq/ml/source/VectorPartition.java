package io.github.sparknsvq.ml.source;

import io.github.sparknsvq.core.io.VectorFileLayout;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * What one task reads.
 *
 * @param firstId id of the first row
 * @param ranges rows of one file after the other, ids running on
 */
record VectorPartition(long firstId, List<RowRange> ranges) implements InputPartition {
    private static final long serialVersionUID = 1L;

    /** Rows {@code firstRow} to {@code firstRow + rows - 1} of a file. */
    record RowRange(VectorFileLayout layout, long firstRow, long rows) implements Serializable {}

    /** Makes the readers, on the executors. */
    record ReaderFactory(StructType columns, Broadcast<SerializableConfiguration> configuration)
            implements PartitionReaderFactory {
        private static final long serialVersionUID = 1L;

        @Override
        public PartitionReader<InternalRow> createReader(InputPartition partition) {
            return new VectorPartitionReader(
                    (VectorPartition) partition, columns, configuration.value().value());
        }
    }
}
