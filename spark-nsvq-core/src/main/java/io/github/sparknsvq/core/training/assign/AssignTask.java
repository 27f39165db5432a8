package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.Iterator;

/**
 * Assigns the selected rows of a partition to their codewords and counts what the update rules need.
 *
 * @param assignment how rows choose
 * @param codewords all codewords, row-major
 * @param selection which rows
 * @param device where to search
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
public record AssignTask(Assignment assignment, float[] codewords, RowSelection selection, Device device)
        implements PartitionTask<CodebookStatistics> {

    /** Makes the task for one codebook of dimension {@code D}. */
    public AssignTask(float[] codewords, int dimension, RowSelection selection, Device device) {
        this(new SingleAssignment(codewords.length / dimension, dimension), codewords, selection, device);
    }

    @Override
    public CodebookStatistics run(Iterator<RowBlock> blocks) {
        CodebookLayout layout = assignment.layout();
        CodebookStatistics statistics = new CodebookStatistics(layout.total(), layout.dimension());
        RowAssigner.assign(blocks, selection, assignment, codewords, device, statistics);
        return statistics;
    }

    @Override
    public long bytes() {
        return 4L * codewords.length;
    }

    /** Runs the task on all rows of a source and merges what the partitions count. */
    public CodebookStatistics on(StatisticsSource source) {
        return source.statistics(
                this, assignment.layout().total(), assignment.layout().dimension());
    }
}
