package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Several training steps on a partition's own rows, from the common start: less exact than a step on all partitions'
 * rows, but one job carries many (MLlib*, ICDE 2019).
 *
 * @param codewords the codewords to start from, {@code K x D}
 * @param dimension {@code D}
 * @param rule the rule to start from
 * @param first the first step's selection; the next steps follow it
 * @param rates the learning rate of each step
 * @param unitLength whether codewords are kept at length 1 (cosine distance)
 * @param device where to search
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record LocalStepsTask(
        float[] codewords,
        int dimension,
        UpdateRule rule,
        RowSelection first,
        double[] rates,
        boolean unitLength,
        String device)
        implements PartitionTask<LocalStepsResult> {

    @Override
    public LocalStepsResult run(Iterator<RowBlock> iterator) {
        List<RowBlock> blocks = new ArrayList<>();
        iterator.forEachRemaining(blocks::add);
        float[] moving = codewords.clone();
        UpdateRule moved = rule.copy();
        int k = moving.length / dimension;
        CodebookStatistics seen = new CodebookStatistics(k, dimension);
        CodebookStatistics step = new CodebookStatistics(k, dimension);
        RowAssigner assigner = new RowAssigner(dimension);
        for (int s = 0; s < rates.length; s++) {
            RowSelection selection = new RowSelection(first.seed(), first.pass(), first.step() + s, first.steps());
            step.clear();
            var search = NearestCodewordProviders.forDevice(device).prepare(new FloatMatrix(k, dimension, moving));
            assigner.assign(blocks.iterator(), selection, search, step);
            if (step.weight() > 0) {
                moved.update(moving, step, rates[s]);
                if (unitLength) {
                    UnitLength.normalize(moving, dimension);
                }
            }
            seen.merge(step);
        }
        return new LocalStepsResult(moving, moved.state(), seen);
    }

    @Override
    public long bytes() {
        return LocalStepsResult.stateBytes(codewords, rule);
    }
}
