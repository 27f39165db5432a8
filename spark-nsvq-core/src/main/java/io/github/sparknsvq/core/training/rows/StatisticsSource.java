package io.github.sparknsvq.core.training.rows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows to train on, wherever they are: in this JVM ({@link LocalStatisticsSource}) or on Spark's executors. Training
 * sees them only through tasks that run once per partition.
 */
public interface StatisticsSource {

    /** Returns the dimension of the rows; 0 if there are none. */
    int dimension();

    /** Returns the number of rows. */
    long rows();

    /**
     * Returns the same rows cut anew: equal ranges of consecutive rows (the first ones have one row more where they
     * cannot all be equal), which follow from the number of rows alone, not from where they are. Tasks run once per
     * range. What the view holds goes when this source is closed.
     *
     * @param count number of ranges, from 1 to {@link #rows()}
     * @return a source of as many partitions
     */
    StatisticsSource inRanges(int count);

    /**
     * Returns how many threads each of some tasks that run at once may take, at least 1, so that no core of a machine
     * idles while others have much to do.
     *
     * @param tasks number of tasks, at least 1
     */
    int threads(int tasks);

    /** Returns the position of the first row of a range of {@link #inRanges}, or behind the last range the end. */
    static long startOfRange(long rows, int count, int range) {
        // no product of rows and range, which might not fit
        return rows / count * range + Math.min(range, rows % count);
    }

    /**
     * Runs a task on every partition.
     *
     * @return the results in the order of the partitions, whichever ended first
     */
    <R> List<R> perPartition(PartitionTask<R> task);

    /**
     * Runs a task on every partition and merges what they find of the codewords in the order of the partitions, so
     * that the result does not depend on who ended first. Where results are large, they come together by ranges of
     * codewords rather than all in one place.
     *
     * @param codewords number of codewords of each result
     * @param bytes about how large a result is
     * @param sink called in this thread, such that every codeword is in exactly one range; not called if there are no
     *     partitions
     */
    default <R extends CodewordResult<R>> void merge(
            PartitionTask<R> task, int codewords, long bytes, CodewordResult.Sink<R> sink) {
        List<R> results = perPartition(task);
        if (!results.isEmpty()) {
            R merged = results.get(0);
            merged.mergeAll(results.subList(1, results.size()));
            sink.accept(0, merged);
        }
    }

    /**
     * Runs a task that gives statistics on every partition and merges them, as {@link #merge} does.
     *
     * @param codewords number of codewords of the statistics
     * @param dimension dimension of the codewords
     */
    default CodebookStatistics statistics(PartitionTask<CodebookStatistics> task, int codewords, int dimension) {
        CodebookStatistics total = new CodebookStatistics(codewords, dimension);
        merge(task, codewords, CodebookStatistics.bytes(codewords, dimension), total::mergeRange);
        return total;
    }

    /**
     * Brings the rows of each group together and runs a task on each group. Here they come together in this JVM.
     *
     * @return the result of each group, null for groups without rows
     */
    default <R> List<R> perGroup(RowGrouping grouping, GroupTask<R> task) {
        List<List<GroupedRows>> parts = new ArrayList<>();
        for (int group = 0; group < grouping.groups(); group++) {
            parts.add(new ArrayList<>());
        }
        for (Map<Integer, GroupedRows> part : perPartition(blocks -> {
            HashMap<Integer, GroupedRows> found = new HashMap<>();
            GroupedRows.next(blocks, grouping.prepare(), grouping.groups(), Long.MAX_VALUE, found::put);
            return found;
        })) {
            part.forEach((group, rows) -> parts.get(group).add(rows));
        }
        List<R> results = new ArrayList<>();
        for (int group = 0; group < parts.size(); group++) {
            List<GroupedRows> of = parts.get(group);
            results.add(of.isEmpty() ? null : task.run(group, GroupedRows.together(of)));
        }
        return results;
    }
}
