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
import io.github.sparknsvq.core.training.rows.TargetSink;
import java.util.Iterator;

/**
 * Projects the selected rows of a partition on a curve, exactly, and counts them.
 *
 * @param corners {@code K x D} corners
 * @param dimension dimension {@code D}
 * @param selection which rows
 * @param by what they are counted by
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record ProjectTask(float[] corners, int dimension, RowSelection selection, By by)
        implements PartitionTask<CodebookStatistics> {

    /** What rows are counted by. */
    enum By {
        /** {@code K - 1} segments: a row counts for its own. */
        SEGMENT,

        /**
         * {@code K} corners: a row {@code x} with the share {@code t} of its segment counts for the corner there with
         * the weight {@code 1 - t} and for the next with {@code t}, and its target is where the corner would have to
         * go to take the nearest point {@code p} to the row, {@code x - p + c}. As for {@link DitheredPoints}, this
         * gives the gradient of the error: that the share moves along with the corners does not matter, since it is
         * the best, or at an end.
         */
        CORNER
    }

    @Override
    public CodebookStatistics run(Iterator<RowBlock> blocks) {
        SpaceFillingCurve curve =
                new SpaceFillingCurve(new FloatMatrix(corners.length / dimension, dimension, corners));
        RowAssigner chunks = new RowAssigner(new SingleAssignment(curve.segments(), dimension), Device.CPU);
        CodebookStatistics statistics = new CodebookStatistics(counted(), dimension);
        chunks.assign(blocks, selection, assigner(curve, chunks.chunk()), statistics);
        return statistics;
    }

    private int counted() {
        return corners.length / dimension - (by == By.SEGMENT ? 1 : 0);
    }

    private Assigner assigner(SpaceFillingCurve curve, int most) {
        SpaceFillingCurve.Projector projector = curve.projector(SpaceFillingCurve.Search.EXACT);
        int[] segments = new int[most];
        float[] shares = new float[most];
        float[] distances = new float[most];
        float[] target = new float[dimension];
        return (rows, offset, count, weights, firstWeight, sink) -> {
            projector.project(rows, offset, count, segments, shares, distances);
            for (int i = 0, at = offset; i < count; i++, at += dimension) {
                float weight = weights == null ? 1f : weights[firstWeight + i];
                if (by == By.SEGMENT) {
                    sink.add(segments[i], rows, at, weight, distances[i]);
                } else {
                    target(rows, at, segments[i], shares[i], 0, target);
                    add(segments[i], target, weight * (1 - shares[i]), distances[i], sink);
                    target(rows, at, segments[i], shares[i], 1, target);
                    add(segments[i] + 1, target, weight * shares[i], distances[i], sink);
                }
            }
        };
    }

    /** The target of one end of a segment: the corner, moved by what the row is from its nearest point. */
    private void target(float[] rows, int at, int segment, float share, int end, float[] target) {
        int a = segment * dimension;
        for (int j = 0; j < dimension; j++, a++) {
            float along = corners[a + dimension] - corners[a];
            target[j] = rows[at + j] - corners[a] - share * along + (end == 0 ? corners[a] : corners[a + dimension]);
        }
    }

    private static void add(int corner, float[] target, float weight, float distance, TargetSink sink) {
        if (weight > 0) {
            sink.add(corner, target, 0, weight, distance);
        }
    }

    @Override
    public long bytes() {
        return 4L * corners.length;
    }

    /** Runs the task on all rows of a source and merges what the partitions count. */
    CodebookStatistics on(StatisticsSource source) {
        return source.statistics(this, counted(), dimension);
    }
}
