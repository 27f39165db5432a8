package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.SavedFile;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
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
 * @param file the file
 * @param first the first list in it
 * @param last the last list in it
 * @param groups its groups of rows
 */
record ListFile(StoredFile file, int first, int last, List<RowGroup> groups) implements Serializable {
    /** Rows that lie together in a file, with the lists that they are of, and their bytes. */
    record RowGroup(int first, int last, long bytes) implements Serializable {}

    /** Returns the path of the file. */
    String path() {
        return file.path();
    }

    /** Returns the bytes of the file. */
    long length() {
        return file.length();
    }

    /** Returns the number of the file's segment. */
    int segment() {
        return file.segment();
    }

    /** Whether it may hold a list of a range. */
    boolean meets(int from, int to) {
        return first < to && last >= from;
    }

    /** Returns about how many bytes the file has of a range of lists. */
    double bytes(int from, int to) {
        double bytes = 0;
        for (RowGroup group : groups) {
            long common = Math.min(to - 1, group.last()) - (long) Math.max(from, group.first()) + 1;
            bytes += Math.max(0, common) * (double) group.bytes() / (group.last() - group.first() + 1L);
        }
        return bytes;
    }

    /**
     * Finds the files of a segment that hold anything.
     *
     * @throws NsvqException if one is no file of lists, or has other numbers of rows than its manifest says
     */
    static List<ListFile> of(List<StoredFile> files, Configuration configuration) {
        return files.stream()
                .parallel() // waits for the file system, mostly
                .map(file -> of(file, configuration))
                .filter(Objects::nonNull)
                .sorted((a, b) -> a.first() != b.first()
                        ? Integer.compare(a.first(), b.first())
                        : a.path().compareTo(b.path()))
                .toList();
    }

    private static ListFile of(StoredFile file, Configuration configuration) {
        String path = file.path();
        List<Statistics<?>> statistics = new ArrayList<>();
        List<Long> bytes = new ArrayList<>();
        int blocks = 0;
        long rows = 0;
        for (BlockMetaData block : blocks(file, configuration)) {
            blocks += block.getRowCount() > 0 ? 1 : 0;
            rows += block.getRowCount();
            for (ColumnChunkMetaData column : block.getColumns()) {
                if (block.getRowCount() > 0 && column.getPath().toDotString().equals(ListSchema.LIST)) {
                    statistics.add(column.getStatistics());
                    bytes.add(block.getTotalByteSize());
                }
            }
        }
        NsvqException.unless(
                file.rows() == SavedFile.UNKNOWN || file.rows() == rows,
                path + " is damaged: it has " + rows + " rows, and had " + file.rows() + " when it was written");
        if (statistics.size() < blocks) {
            throw new NsvqException(path + " is no file of lists: it has no column 'list'");
        }
        int first = Integer.MAX_VALUE;
        int last = Integer.MIN_VALUE;
        List<RowGroup> groups = new ArrayList<>();
        for (Statistics<?> lists : statistics) {
            if (!(lists instanceof IntStatistics range) || !range.hasNonNullValue()) {
                throw new NsvqException(path + " is no file of lists: it has no range of the column 'list'");
            }
            first = Math.min(first, range.getMin());
            last = Math.max(last, range.getMax());
            groups.add(new RowGroup(range.getMin(), range.getMax(), bytes.get(groups.size())));
        }
        return blocks == 0 ? null : new ListFile(file, first, last, groups);
    }

    private static List<BlockMetaData> blocks(StoredFile file, Configuration configuration) {
        Path path = new Path(file.path());
        FileStatus known = new FileStatus(file.length(), false, 0, 0, 0, path);
        try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromStatus(known, configuration))) {
            return reader.getFooter().getBlocks();
        } catch (IOException | RuntimeException e) { // Parquet throws the latter for files that are not Parquet
            throw new NsvqException(path + " is damaged or no file of lists: " + Reason.of(e), e);
        }
    }
}
