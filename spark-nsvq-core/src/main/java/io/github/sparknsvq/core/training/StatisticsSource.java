package io.github.sparknsvq.core.training;

import java.util.List;

/**
 * Rows to train on, wherever they are: in this JVM ({@link LocalStatisticsSource}) or on Spark's executors. Training sees
 * them only through tasks that run once per partition.
 */
public interface StatisticsSource {

    /** Returns the dimension of the rows; 0 if there are none. */
    int dimension();

    /** Returns the number of rows. */
    long rows();

    /**
     * Runs a task on every partition.
     *
     * @return the results in the order of the partitions, whichever ended first
     */
    <R> List<R> perPartition(PartitionTask<R> task);

    /**
     * Runs a task that gives statistics on every partition and merges them in the order of the partitions, so that the sums
     * do not depend on who ended first.
     *
     * @param codewords number of codewords of the statistics
     */
    default CodebookStatistics statistics(PartitionTask<CodebookStatistics> task, int codewords) {
        CodebookStatistics total = new CodebookStatistics(codewords, dimension());
        perPartition(task).forEach(total::merge);
        return total;
    }
}
