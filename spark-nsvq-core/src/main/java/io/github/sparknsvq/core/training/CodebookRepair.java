package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.update.LloydRule;
import java.util.Arrays;
import java.util.List;

/** What a training does at its end about codewords that nothing chooses. */
final class CodebookRepair {
    /** Most rows that one round of the final repair moves codewords of a codebook to. */
    private static final int MAX_FARTHEST = 4096;

    /** Rounds of the final repair that may go by without lowering the error. */
    private static final int MAX_VAIN_REPAIRS = 3;

    private final StatisticsSource source;
    private final Assignment assignment;
    private final CodebookLayout layout;
    private final TrainingSettings settings;
    private float[] codewords;

    /**
     * Makes a repair.
     *
     * @param codewords all codewords; changed
     */
    CodebookRepair(StatisticsSource source, Assignment assignment, TrainingSettings settings, float[] codewords) {
        this.source = source;
        this.assignment = assignment;
        this.layout = assignment.layout();
        this.settings = settings;
        this.codewords = codewords;
    }

    /** Returns the codewords as they are now. */
    float[] codewords() {
        return codewords;
    }

    /**
     * Moves codewords that nothing chose to the rows farthest from theirs until none is left. A round lowers the error, or
     * it was in vain: a few of those end the repair, since there are rows that float32 scores cannot tell apart.
     */
    CodebookStatistics repair(CodebookStatistics measured) {
        CodebookStatistics best = measured;
        float[] kept = codewords.clone();
        CodebookStatistics all = measured;
        for (int vain = 0; all.dead() > 0 && assignment.error(all) > 0 && vain < MAX_VAIN_REPAIRS; ) {
            // a live codeword close to its only row would tie with a codeword on that row, and might win
            new LloydRule().update(codewords, all, 0);
            normalize();
            replaceDead(all);
            all = evaluate();
            if (assignment.error(all) < assignment.error(best)) {
                best = all;
                kept = codewords.clone();
                vain = 0;
            } else {
                vain++;
            }
        }
        codewords = kept;
        return best == measured ? best : polish(best);
    }

    /**
     * Moves dead codewords onto the farthest targets, several to one if there are not enough: beside it they might take it
     * from the codeword that is exactly there.
     */
    private void replaceDead(CodebookStatistics all) {
        int d = layout.dimension();
        int[] dead = new int[layout.codebooks()];
        Arrays.setAll(dead, m -> Math.min(layout.part(all, m).dead(), MAX_FARTHEST));
        List<List<float[]>> targets = FarthestTargets.of(source, assignment, codewords, settings.device(), dead);
        for (int m = 0; m < dead.length; m++) {
            int next = 0;
            for (int k = layout.start(m);
                    k < layout.start(m + 1) && !targets.get(m).isEmpty();
                    k++) {
                if (all.counts()[k] == 0) {
                    float[] target = targets.get(m).get(next++ % targets.get(m).size());
                    System.arraycopy(target, 0, codewords, k * d, d);
                }
            }
        }
    }

    /** One Lloyd step after a repair, kept if it leaves no codeword dead. */
    private CodebookStatistics polish(CodebookStatistics all) {
        float[] before = codewords.clone();
        new LloydRule().update(codewords, all, 0);
        normalize();
        CodebookStatistics after = evaluate();
        if (after.dead() > all.dead() || assignment.error(after) > assignment.error(all)) {
            codewords = before;
            return all;
        }
        return after;
    }

    private CodebookStatistics evaluate() {
        return new AssignTask(assignment, codewords, RowSelection.ALL, settings.device()).on(source);
    }

    private void normalize() {
        if (settings.unitLength()) {
            UnitLength.normalize(codewords, layout.dimension());
        }
    }
}
