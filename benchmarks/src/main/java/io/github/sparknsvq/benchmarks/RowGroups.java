package io.github.sparknsvq.benchmarks;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.compat.RowGroupFilter;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.filter2.predicate.Operators.DoubleColumn;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The row groups of a table in Parquet files: which of them a row is in, and which of them Parquet's own filter by
 * statistics leaves.
 */
final class RowGroups implements AutoCloseable {
    private final List<ParquetFileReader> readers = new ArrayList<>();
    private final int[] groupOfRow;
    private final double[] keys;
    private final String key;
    private int count;

    /**
     * Reads footers and two columns.
     *
     * @param table whose rows have {@code id}, from 0 to one less than there are rows
     * @param key name of the column that filters ask for
     */
    RowGroups(SparkSession spark, Path table, String key) throws IOException {
        this.key = key;
        Map<String, Integer> firstGroups = new HashMap<>();
        Map<String, List<BlockMetaData>> groups = new HashMap<>();
        try (Stream<Path> files = Files.list(table)) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".parquet")).toList()) {
                ParquetFileReader reader = ParquetFileReader.open(
                        HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()));
                readers.add(reader);
                String name = file.getFileName().toString();
                groups.put(name, reader.getFooter().getBlocks());
                firstGroups.put(name, count);
                count += reader.getFooter().getBlocks().size();
            }
        }
        List<Row> rows = spark.read()
                .parquet(table.toString())
                .select(col("id"), col(key), col("_metadata.file_name"), col("_metadata.row_index"))
                .collectAsList();
        groupOfRow = new int[rows.size()];
        keys = new double[rows.size()];
        for (Row row : rows) {
            String file = row.getString(2);
            int group = 0;
            long left = row.getLong(3);
            while (left >= groups.get(file).get(group).getRowCount()) {
                left -= groups.get(file).get(group++).getRowCount();
            }
            groupOfRow[(int) row.getLong(0)] = firstGroups.get(file) + group;
            keys[(int) row.getLong(0)] = row.getDouble(1);
        }
    }

    /** Returns how many there are. */
    int count() {
        return count;
    }

    /** Returns the group that a row is in. */
    int of(int id) {
        return groupOfRow[id];
    }

    /** Returns the key of a row. */
    double key(int id) {
        return keys[id];
    }

    /** Returns how many groups Parquet reads for keys in any of some closed intervals, by the footers' statistics. */
    int left(double[]... intervals) {
        DoubleColumn column = FilterApi.doubleColumn(key);
        FilterPredicate any = Arrays.stream(intervals)
                .<FilterPredicate>map(interval ->
                        FilterApi.and(FilterApi.gtEq(column, interval[0]), FilterApi.ltEq(column, interval[1])))
                .reduce(FilterApi::or)
                .orElseThrow();
        int left = 0;
        for (ParquetFileReader reader : readers) {
            left += RowGroupFilter.filterRowGroups(
                            List.of(RowGroupFilter.FilterLevel.STATISTICS),
                            FilterCompat.get(any),
                            reader.getFooter().getBlocks(),
                            reader)
                    .size();
        }
        return left;
    }

    @Override
    public void close() throws IOException {
        for (ParquetFileReader reader : readers) {
            reader.close();
        }
    }
}
