package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;

/** The codewords that a training moves, and the rows that it measures them on. */
final class Codewords {
    final StatisticsSource source;
    final Assignment assignment;
    final CodebookLayout layout;
    final TrainingSettings settings;

    /** All codewords, {@code total x dimension}. */
    float[] values;

    Codewords(StatisticsSource source, Assignment assignment, TrainingSettings settings, float[] values) {
        this.source = source;
        this.assignment = assignment;
        this.layout = assignment.layout();
        this.settings = settings;
        this.values = values;
    }

    /** Returns the statistics of all rows. */
    CodebookStatistics evaluate() {
        return assign(RowSelection.ALL);
    }

    /** Returns the statistics of some rows. */
    CodebookStatistics assign(RowSelection selection) {
        return new AssignTask(assignment, values, selection, settings.device()).on(source);
    }

    /** Brings the codewords back to length 1, if that is asked for. */
    void normalize() {
        if (settings.unitLength()) {
            UnitLength.normalize(values, layout.dimension());
        }
    }
}
