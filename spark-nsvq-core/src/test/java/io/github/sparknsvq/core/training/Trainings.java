package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;

/** Short ways to train in tests. */
public final class Trainings {
    private Trainings() {}

    public static TrainingResult train(FloatMatrix rows, TrainingSettings settings, FloatMatrix start) {
        return train(rows, null, 2, settings, start);
    }

    public static TrainingResult train(
            FloatMatrix rows, float[] weights, int partitions, TrainingSettings settings, FloatMatrix start) {
        try (var source = new LocalStatisticsSource(rows, weights, partitions)) {
            return CodebookTrainer.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
        }
    }

    /** Takes local steps in a number of ranges of rows, which would be one for few rows. */
    public static TrainingResult trainInRanges(
            FloatMatrix rows, int ranges, TrainingSettings settings, FloatMatrix start) {
        try (var source = new LocalStatisticsSource(rows, null, 3)) {
            return CodebookTrainer.train(
                    new InRanges(source, ranges), settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
        }
    }

    /** Rows that come in a number of ranges, whatever number is asked for. */
    private static final class InRanges extends ForwardingSource {
        private final int ranges;

        InRanges(StatisticsSource source, int ranges) {
            super(source);
            this.ranges = ranges;
        }

        @Override
        public StatisticsSource inRanges(int count) {
            return super.inRanges(ranges);
        }

        @Override
        public int threads(int tasks) {
            return super.threads(ranges);
        }
    }

    /** Starts from random rows. */
    public static TrainingResult train(FloatMatrix rows, TrainingSettings settings) {
        return train(rows, settings, start(rows, settings, InitMode.RANDOM));
    }

    public static FloatMatrix start(FloatMatrix rows, TrainingSettings settings, InitMode mode) {
        return start(rows, null, 2, settings, mode);
    }

    public static FloatMatrix start(
            FloatMatrix rows, float[] weights, int partitions, TrainingSettings settings, InitMode mode) {
        try (var source = new LocalStatisticsSource(rows, weights, partitions)) {
            return Initialization.initialize(source, settings, mode, 2);
        }
    }

    /** Trains several codebooks from random rows. */
    public static TrainingResult train(FloatMatrix rows, Assignment assignment, TrainingSettings settings) {
        return train(rows, null, 2, assignment, settings, start(rows, assignment, settings, InitMode.RANDOM));
    }

    public static TrainingResult train(
            FloatMatrix rows,
            float[] weights,
            int partitions,
            Assignment assignment,
            TrainingSettings settings,
            FloatMatrix start) {
        try (var source = new LocalStatisticsSource(rows, weights, partitions)) {
            return CodebookTrainer.train(
                    source, assignment, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
        }
    }

    public static FloatMatrix start(
            FloatMatrix rows, Assignment assignment, TrainingSettings settings, InitMode initMode) {
        try (var source = new LocalStatisticsSource(rows, null, 2)) {
            return Initialization.initialize(source, assignment, settings, initMode);
        }
    }

    /** What all rows say of several codebooks. */
    public static CodebookStatistics evaluate(FloatMatrix rows, Assignment assignment, FloatMatrix codewords) {
        try (var source = new LocalStatisticsSource(rows, null, 2)) {
            return new AssignTask(assignment, codewords.values(), RowSelection.ALL, Device.CPU).on(source);
        }
    }

    /** What all rows say of a codebook. */
    public static CodebookStatistics evaluate(FloatMatrix rows, FloatMatrix codebook) {
        try (var source = new LocalStatisticsSource(rows, null, 2)) {
            return new AssignTask(codebook.values(), codebook.columns(), RowSelection.ALL, Device.CPU).on(source);
        }
    }
}
