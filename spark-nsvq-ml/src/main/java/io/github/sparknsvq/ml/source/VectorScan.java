package io.github.sparknsvq.ml.source;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.VectorFileLayout;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.Statistics;
import org.apache.spark.sql.connector.read.SupportsReportStatistics;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.apache.spark.util.SerializableConfiguration;

/**
 * One read of a table: which columns, and which partition reads which rows.
 *
 * @param table what is read
 * @param readSchema the columns that the query needs, none for a count
 * @param options of the read; {@code partitions} is the number of partitions
 */
record VectorScan(VectorTable table, StructType readSchema, CaseInsensitiveStringMap options)
        implements Scan, Batch, SupportsReportStatistics {
    private static final String PARTITIONS = "partitions";

    @Override
    public String description() {
        return table.name() + " " + Arrays.toString(readSchema.fieldNames());
    }

    @Override
    public Batch toBatch() {
        return this;
    }

    @Override
    public PartitionReaderFactory createReaderFactory() {
        return new VectorPartition.ReaderFactory(
                readSchema,
                SparkInternals.context(SparkSession.active())
                        .broadcast(new SerializableConfiguration(VectorFileSource.configuration(options))));
    }

    @Override
    public InputPartition[] planInputPartitions() {
        return split(table.files(), numPartitions(rows()));
    }

    private int numPartitions(long rows) {
        long wanted;
        if (options.containsKey(PARTITIONS)) {
            wanted = partitionsOption();
        } else {
            long bytes = table.files().stream()
                    .mapToLong(file -> file.rows() * file.rowStride())
                    .sum();
            wanted = SparkInternals.partitionsToRead(SparkSession.active(), bytes);
        }
        return (int) Math.min(Math.min(wanted, rows), Integer.MAX_VALUE);
    }

    private int partitionsOption() {
        String option = options.get(PARTITIONS);
        try {
            int partitions = Integer.parseInt(option);
            if (partitions > 0) {
                return partitions;
            }
        } catch (NumberFormatException e) {
            // Answered below, like a number that is not positive.
        }
        throw new NsvqException("option 'partitions' should be a whole number from 1 on, but is '" + option + "'");
    }

    /** Cuts the files' rows, as one sequence, into partitions whose sizes differ by one row at most. */
    static InputPartition[] split(List<VectorFileLayout> files, int numPartitions) {
        long rows = files.stream().mapToLong(VectorFileLayout::rows).sum();
        InputPartition[] partitions = new InputPartition[numPartitions];
        int file = 0;
        long fileStart = 0;
        for (int p = 0; p < numPartitions; p++) {
            long start = p * (rows / numPartitions) + Math.min(p, rows % numPartitions);
            long end = start + rows / numPartitions + (p < rows % numPartitions ? 1 : 0);
            List<VectorPartition.RowRange> ranges = new ArrayList<>();
            for (long at = start; at < end; ) {
                VectorFileLayout layout = files.get(file);
                long count = Math.min(end, fileStart + layout.rows()) - at;
                if (count > 0) {
                    ranges.add(new VectorPartition.RowRange(layout, at - fileStart, count));
                    at += count;
                }
                if (at == fileStart + layout.rows()) {
                    fileStart = at;
                    file++;
                }
            }
            partitions[p] = new VectorPartition(start, ranges);
        }
        return partitions;
    }

    private long rows() {
        return table.files().stream().mapToLong(VectorFileLayout::rows).sum();
    }

    /** Returns exact row counts, so that Spark can broadcast a small table of queries. */
    @Override
    public Statistics estimateStatistics() {
        long rows = rows();
        int dimension = table.files().stream()
                .mapToInt(VectorFileLayout::dimension)
                .max()
                .orElse(0);
        boolean features = Arrays.asList(readSchema.fieldNames()).contains(VectorFileSource.FEATURES);
        long rowBytes = Long.BYTES + (features ? (long) dimension * Float.BYTES : 0);
        return new Statistics() {
            @Override
            public OptionalLong sizeInBytes() {
                return OptionalLong.of(Math.max(1, rows * rowBytes));
            }

            @Override
            public OptionalLong numRows() {
                return OptionalLong.of(rows);
            }
        };
    }
}
