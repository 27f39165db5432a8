package io.github.sparknsvq.core.training;

import java.util.List;
import java.util.Optional;

/** Keeps the state of a training after every pass, so that one that was killed goes on from there. */
public interface TrainingCheckpoint {
    /** Keeps nothing. */
    TrainingCheckpoint NONE = new TrainingCheckpoint() {
        @Override
        public void save(State state) {}

        @Override
        public Optional<State> load() {
            return Optional.empty();
        }
    };

    /** Saves the state, replacing what was there; the arrays go on changing afterwards. */
    void save(State state);

    /** Returns the state that was saved last by a training with the same settings and data, if any. */
    Optional<State> load();

    /**
     * All that a training carries from one pass to the next.
     *
     * @param passes passes done
     * @param gradientEnded whether the gradient phase has ended before its time
     * @param codewords {@code K x D} codewords
     * @param rule the update rule's state, and the replacement policy's
     * @param history the passes' records
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record State(int passes, boolean gradientEnded, float[] codewords, float[][] rule, List<PassRecord> history) {}
}
