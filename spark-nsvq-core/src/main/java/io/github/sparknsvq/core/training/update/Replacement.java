package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.io.Serializable;

/** Replaces codewords between the steps of a training, when it is time to. */
public interface Replacement extends Serializable {

    /**
     * Takes note of a step (or of several), and replaces codewords if it is time to.
     *
     * @param seen what the steps counted
     * @param step number of steps taken in all
     * @param codewords all codewords, changed in place
     * @param rule told of each codeword that was moved
     * @return how many were replaced
     */
    int after(CodebookStatistics seen, long step, float[] codewords, UpdateRule rule);

    /** Returns one that has noted nothing yet: a task that is run again must not go on with what it noted before. */
    Replacement fresh();
}
