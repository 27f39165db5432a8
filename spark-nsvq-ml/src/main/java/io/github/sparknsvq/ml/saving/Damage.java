package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import java.util.ArrayList;
import java.util.List;

/** Collects what a full check finds, for one error that names the first damaged file and counts the others. */
public final class Damage {
    private final List<String> sentences = new ArrayList<>();

    /** Makes a collector that holds nothing yet. */
    public Damage() {}

    /** Takes a sentence that names a file. */
    void add(String sentence) {
        sentences.add(sentence);
    }

    /** Does something, and takes what it refuses. */
    public void collect(Runnable check) {
        try {
            check.run();
        } catch (NsvqException e) {
            add(e.getMessage());
        }
    }

    /**
     * Ends the check.
     *
     * @throws NsvqException if anything was taken
     */
    public void throwIfAny() {
        int more = sentences.size() - 1;
        if (more >= 0) {
            throw new NsvqException(
                    sentences.get(0) + (more == 0 ? "" : " (and " + more + " more damaged, missing or additional)"));
        }
    }
}
