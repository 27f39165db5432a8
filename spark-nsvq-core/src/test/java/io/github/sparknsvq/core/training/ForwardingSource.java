package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.List;

/** The rows of another source, for tests that change how they come. */
public abstract class ForwardingSource implements StatisticsSource {
    protected final StatisticsSource source;

    protected ForwardingSource(StatisticsSource source) {
        this.source = source;
    }

    @Override
    public int dimension() {
        return source.dimension();
    }

    @Override
    public long rows() {
        return source.rows();
    }

    @Override
    public StatisticsSource inRanges(int count) {
        return source.inRanges(count);
    }

    @Override
    public int threads(int tasks) {
        return source.threads(tasks);
    }

    @Override
    public <R> List<R> perPartition(PartitionTask<R> task) {
        return source.perPartition(task);
    }
}
