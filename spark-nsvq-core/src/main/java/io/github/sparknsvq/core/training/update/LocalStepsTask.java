package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ParallelAssigner;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Several training steps on a range's own rows, from the common start (MLlib*, ICDE 2019): less exact than steps on
 * all rows, but one job has many of them. Ranges follow from the number of rows, not from the partitioning.
 *
 * @param assignment how rows choose
 * @param codewords all codewords to start from
 * @param rule the rule to start from
 * @param first the first step's selection; the next steps follow it
 * @param rates the learning rate of each step
 * @param unitLength whether codewords are kept at length 1 (cosine distance)
 * @param device where to search
 * @param replacement replaces codewords between the steps, or null: then that is for who merges
 * @param threads how many threads a range may take, at least 1
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
public record LocalStepsTask(
        Assignment assignment,
        float[] codewords,
        UpdateRule rule,
        RowSelection first,
        double[] rates,
        boolean unitLength,
        Device device,
        Replacement replacement,
        int threads)
        implements PartitionTask<LocalStepsResult> {

    @Override
    public LocalStepsResult run(Iterator<RowBlock> iterator) {
        List<RowBlock> blocks = new ArrayList<>();
        iterator.forEachRemaining(blocks::add);
        float[] moving = codewords.clone();
        UpdateRule moved = rule.copy();
        CodebookLayout layout = assignment.layout();
        CodebookStatistics seen = new CodebookStatistics(layout.total(), 0);
        Replacement own = replacement == null ? null : replacement.fresh();
        int replaced = 0;
        try (ParallelAssigner assigner = new ParallelAssigner(assignment, blocks, threads, device)) {
            for (int s = 0; s < rates.length; s++) {
                var selection = new RowSelection(first.seed(), first.pass(), first.step() + s, first.steps());
                double rate = rates[s];
                CodebookStatistics step = assigner.assign(selection, moving, (counted, from, to) -> {
                    if (counted.weight() > 0) {
                        moved.update(moving, counted, rate, from, to);
                    }
                });
                if (unitLength && step.weight() > 0) {
                    UnitLength.normalize(moving, layout.dimension());
                }
                seen.count(step);
                if (own != null) {
                    long done = first.pass() * first.steps() + selection.step() + 1;
                    replaced += own.after(step, done, moving, moved);
                }
            }
        }
        return new LocalStepsResult(moving, moved.state(), seen, replaced);
    }

    @Override
    public long bytes() {
        return LocalStepsResult.stateBytes(codewords, rule);
    }
}
