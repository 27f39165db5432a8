package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Rows of files of segments as a data set. {@code spark.read()} would give the same, but not an error that says which
 * file of the index is damaged, and not the segment.
 */
final class SegmentRows {
    /** The column of the number of the segment that a row is from. */
    static final String SEGMENT = "segment";

    /** Bytes of files that one task reads, about. */
    private static final long TASK_BYTES = 64L << 20;

    /** Bytes of files up to which a join sends their rows to all executors. */
    private static final long BROADCAST_AT_MOST = 10L << 20;

    /** Negative where no join may do that. */
    private static final String BROADCAST_BYTES = "spark.sql.autoBroadcastJoinThreshold";

    private SegmentRows() {}

    /**
     * Reads files.
     *
     * @param columns of the files; none of them may be null
     * @param files of segments, at least one
     * @param what they hold, for messages
     * @return the columns, and {@value #SEGMENT}
     */
    static Dataset<Row> read(SparkSession spark, StructType columns, List<StoredFile> files, String what) {
        SparkInternals.ParquetRows parquet = SparkInternals.parquetRows(spark, columns);
        long bytes = files.stream().mapToLong(StoredFile::length).sum();
        long tasks = Math.max(2L * spark.sparkContext().defaultParallelism(), bytes / TASK_BYTES);
        // as bytes: spark.serializer may be Kryo, which knows no records
        List<byte[]> sent = files.stream().map(SparkInternals::serialize).toList();
        JavaRDD<InternalRow> rows = SparkInternals.context(spark)
                .parallelize(sent, (int) Math.max(1, Math.min(tasks, sent.size())))
                .flatMap(file -> rows(parquet, columns, SparkInternals.deserialize(file), what));
        return SparkInternals.dataFrame(spark, rows, columns.add(SEGMENT, DataTypes.IntegerType, false));
    }

    /** Has a join send rows of files to all executors, if the files are small: as Spark does with files by itself. */
    static Dataset<Row> joined(Dataset<Row> rows, List<StoredFile> files) {
        long bytes = files.stream().mapToLong(StoredFile::length).sum();
        boolean never = rows.sparkSession().conf().get(BROADCAST_BYTES).startsWith("-");
        return bytes <= BROADCAST_AT_MOST && !never ? functions.broadcast(rows) : rows;
    }

    private static Iterator<InternalRow> rows(
            SparkInternals.ParquetRows parquet, StructType columns, StoredFile file, String what) {
        Iterator<InternalRow> rows = file.read(what, () -> parquet.read(file.path(), file.length()));
        GenericInternalRow segment = new GenericInternalRow(new Object[] {file.segment()});
        JoinedRow joined = new JoinedRow();
        return Iterators.untilNull(() -> {
            if (!file.read(what, rows::hasNext)) {
                return null;
            }
            InternalRow row = file.read(what, rows::next);
            for (int column = 0; column < columns.length(); column++) {
                NsvqException.unless(
                        !row.isNullAt(column),
                        file.path() + " is damaged: a row has no " + columns.fieldNames()[column]);
            }
            return joined.apply(row, segment);
        });
    }
}
