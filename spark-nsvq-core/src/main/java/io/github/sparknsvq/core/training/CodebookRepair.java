package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.update.LloydRule;
import java.util.Arrays;
import java.util.List;

/** Replaces unused codewords at the end of a training. */
final class CodebookRepair {
    /** Most rows that one round of the final repair moves codewords of a codebook to. */
    private static final int MAX_FARTHEST = 4096;

    /** Rounds of the final repair that may go by without lowering the error. */
    private static final int MAX_VAIN_REPAIRS = 3;

    private final Codewords codewords;
    private final Assignment assignment;
    private final CodebookLayout layout;

    /**
     * Makes a repair.
     *
     * @param codewords all codewords; changed
     */
    CodebookRepair(Codewords codewords) {
        this.codewords = codewords;
        this.assignment = codewords.assignment;
        this.layout = codewords.layout;
    }

    /**
     * Moves unused codewords to the rows that are farthest from theirs until none is left. A few rounds that do not
     * lower the error end the repair, since there are rows that float32 scores cannot tell apart.
     */
    CodebookStatistics repair(CodebookStatistics measured) {
        CodebookStatistics best = measured;
        float[] kept = codewords.values.clone();
        CodebookStatistics all = measured;
        for (int vain = 0; all.dead() > 0 && assignment.error(all) > 0 && vain < MAX_VAIN_REPAIRS; ) {
            // a live codeword close to its only row would tie with a codeword on that row, and might win
            new LloydRule().update(codewords.values, all, 0);
            codewords.normalize();
            replaceDead(all);
            all = codewords.evaluate();
            if (assignment.error(all) < assignment.error(best)) {
                best = all;
                kept = codewords.values.clone();
                vain = 0;
            } else {
                vain++;
            }
        }
        codewords.values = kept;
        return best == measured ? best : polish(best);
    }

    /**
     * Moves dead codewords onto the farthest targets, several to one if there are not enough: next to it they might
     * take it from the codeword that is exactly there.
     */
    private void replaceDead(CodebookStatistics all) {
        int d = layout.dimension();
        int[] dead = new int[layout.codebooks()];
        Arrays.setAll(dead, m -> Math.min(layout.part(all, m).dead(), MAX_FARTHEST));
        List<List<float[]>> targets = FarthestTargets.of(codewords, dead);
        for (int m = 0; m < dead.length; m++) {
            int next = 0;
            for (int k = layout.start(m);
                    k < layout.start(m + 1) && !targets.get(m).isEmpty();
                    k++) {
                if (all.counts()[k] == 0) {
                    float[] target = targets.get(m).get(next++ % targets.get(m).size());
                    System.arraycopy(target, 0, codewords.values, k * d, d);
                }
            }
        }
    }

    /** One Lloyd step after a repair, kept if it leaves no codeword dead. */
    private CodebookStatistics polish(CodebookStatistics all) {
        float[] before = codewords.values.clone();
        new LloydRule().update(codewords.values, all, 0);
        codewords.normalize();
        CodebookStatistics after = codewords.evaluate();
        if (after.dead() > all.dead() || assignment.error(after) > assignment.error(all)) {
            codewords.values = before;
            return all;
        }
        return after;
    }
}
