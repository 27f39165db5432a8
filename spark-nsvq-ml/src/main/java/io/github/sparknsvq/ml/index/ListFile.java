package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.statistics.IntStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;

/**
 * A Parquet file of lists, and the range of lists in it.
 *
 * @param path of the file
 * @param length bytes
 * @param segment number of its segment
 * @param first the first list in it
 * @param last the last list in it
 */
record ListFile(String path, long length, int segment, int first, int last) implements Serializable {

    /** Whether it may hold a list of a range. */
    boolean meets(int from, int to) {
        return first < to && last >= from;
    }

    /** Finds the files of a segment that hold anything. */
    static List<ListFile> in(Path segment, int number, FileSystem files, Configuration configuration)
            throws IOException {
        FileStatus[] found = files.listStatus(segment, path -> path.getName().endsWith(".parquet"));
        return Arrays.stream(found)
                .parallel() // waits for the file system, mostly
                .map(status -> of(status, number, configuration))
                .filter(Objects::nonNull)
                .sorted((a, b) -> a.first() != b.first()
                        ? Integer.compare(a.first(), b.first())
                        : a.path().compareTo(b.path()))
                .toList();
    }

    private static ListFile of(FileStatus status, int segment, Configuration configuration) {
        String path = status.getPath().toString();
        List<Statistics<?>> statistics = new ArrayList<>();
        int blocks = 0;
        try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromStatus(status, configuration))) {
            for (BlockMetaData block : reader.getFooter().getBlocks()) {
                blocks += block.getRowCount() > 0 ? 1 : 0;
                for (ColumnChunkMetaData column : block.getColumns()) {
                    if (block.getRowCount() > 0
                            && column.getPath().toDotString().equals(ListSchema.LIST)) {
                        statistics.add(column.getStatistics());
                    }
                }
            }
        } catch (IOException | RuntimeException e) { // Parquet throws the latter for files that are not Parquet
            throw new NsvqException(path + " is damaged or no file of lists: " + Reason.of(e), e);
        }
        if (statistics.size() < blocks) {
            throw new NsvqException(path + " is no file of lists: it has no column 'list'");
        }
        int first = Integer.MAX_VALUE;
        int last = Integer.MIN_VALUE;
        for (Statistics<?> lists : statistics) {
            if (!(lists instanceof IntStatistics range) || !range.hasNonNullValue()) {
                throw new NsvqException(path + " is no file of lists: it has no range of the column 'list'");
            }
            first = Math.min(first, range.getMin());
            last = Math.max(last, range.getMax());
        }
        return blocks == 0 ? null : new ListFile(path, status.getLen(), segment, first, last);
    }
}
