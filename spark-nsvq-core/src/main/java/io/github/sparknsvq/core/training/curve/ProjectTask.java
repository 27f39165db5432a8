package io.github.sparknsvq.core.training.curve;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.assign.Assigner;
import io.github.sparknsvq.core.training.assign.RowAssigner;
import io.github.sparknsvq.core.training.assign.SingleAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.Iterator;

/**
 * Projects the rows of a partition on a curve, exactly, and counts them by segment: their weight, their sum and their
 * squared distance from the line.
 *
 * @param corners {@code K x D} corners
 * @param dimension dimension {@code D}
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record ProjectTask(float[] corners, int dimension) implements PartitionTask<CodebookStatistics> {

    @Override
    public CodebookStatistics run(Iterator<RowBlock> blocks) {
        SpaceFillingCurve curve =
                new SpaceFillingCurve(new FloatMatrix(corners.length / dimension, dimension, corners));
        RowAssigner chunks = new RowAssigner(new SingleAssignment(curve.segments(), dimension), Device.CPU);
        CodebookStatistics statistics = new CodebookStatistics(curve.segments(), dimension);
        chunks.assign(blocks, RowSelection.ALL, assigner(curve, chunks.chunk()), statistics);
        return statistics;
    }

    /** Makes an assigner of rows that choose the nearest segment. */
    private static Assigner assigner(SpaceFillingCurve curve, int most) {
        SpaceFillingCurve.Projector projector = curve.projector(SpaceFillingCurve.Search.EXACT);
        int d = curve.dimension();
        int[] segment = new int[most];
        float[] share = new float[most];
        float[] distance = new float[most];
        return (rows, offset, count, weights, firstWeight, sink) -> {
            projector.project(rows, offset, count, segment, share, distance);
            for (int i = 0; i < count; i++) {
                float weight = weights == null ? 1f : weights[firstWeight + i];
                sink.add(segment[i], rows, offset + i * d, weight, distance[i]);
            }
        };
    }

    @Override
    public long bytes() {
        return 4L * corners.length;
    }

    /** Runs the task on all rows of a source and merges what the partitions count. */
    CodebookStatistics on(StatisticsSource source) {
        return source.statistics(this, corners.length / dimension - 1, dimension);
    }
}
