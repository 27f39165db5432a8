package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.ParquetFooters;
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
    /**
     * Rows that lie together in a file.
     *
     * @param first the first list that one is of
     * @param last the last list
     * @param rows how many they are, at least 1
     * @param bytes what they take in memory, about
     * @param start where they start in the file
     */
    record RowGroup(int first, int last, long rows, long bytes, long start) implements Serializable {
        /** Whether it may hold a list of a range. */
        boolean meets(int from, int to) {
            return first < to && last >= from;
        }

        /** Returns about how many bytes it has of a range of lists. */
        double bytes(int from, int to) {
            long common = Math.min(to - 1, last) - (long) Math.max(from, first) + 1;
            return Math.max(0, common) * (double) bytes / (last - first + 1L);
        }
    }

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

    /** Returns where a group of rows starts in the file, or where the file ends if it has no more groups. */
    long start(int group) {
        return group < groups.size() ? groups.get(group).start() : length();
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
        List<BlockMetaData> blocks = new ArrayList<>(blocks(file, configuration));
        long rows = blocks.stream().mapToLong(BlockMetaData::getRowCount).sum();
        blocks.removeIf(block -> block.getRowCount() <= 0);
        NsvqException.unless(
                file.rows() == SavedFile.UNKNOWN || file.rows() == rows,
                path + " is damaged: it has " + rows + " rows, and had " + file.rows() + " when it was written");
        List<RowGroup> groups = blocks.stream().map(block -> group(block, path)).toList();
        int first = groups.stream().mapToInt(RowGroup::first).min().orElse(0);
        int last = groups.stream().mapToInt(RowGroup::last).max().orElse(0);
        return groups.isEmpty() ? null : new ListFile(file, first, last, groups);
    }

    private static RowGroup group(BlockMetaData block, String path) {
        Statistics<?> lists = block.getColumns().stream()
                .filter(column -> column.getPath().toDotString().equals(ListSchema.LIST))
                .findFirst()
                .<Statistics<?>>map(ColumnChunkMetaData::getStatistics)
                .orElseThrow(() -> new NsvqException(path + " is no file of lists: it has no column 'list'"));
        if (!(lists instanceof IntStatistics range) || !range.hasNonNullValue() || range.getMin() > range.getMax()) {
            throw new NsvqException(path + " is no file of lists: it has no range of the column 'list'");
        }
        long bytes = block.getTotalByteSize();
        return new RowGroup(range.getMin(), range.getMax(), block.getRowCount(), bytes, block.getStartingPos());
    }

    private static List<BlockMetaData> blocks(StoredFile file, Configuration configuration) {
        Path path = new Path(file.path());
        FileStatus known = new FileStatus(file.length(), false, 0, 0, 0, path);
        try {
            return ParquetFooters.read(HadoopInputFile.fromStatus(known, configuration))
                    .getBlocks();
        } catch (IOException | RuntimeException e) { // Parquet throws the latter for files that are not Parquet
            throw new NsvqException(path + " is damaged or no file of lists: " + Reason.of(e), e);
        }
    }
}
