package io.github.sparknsvq.core.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Keeps a copy of every state, and gives back one of them. */
public final class CheckpointMemory implements TrainingCheckpoint {
    public final List<State> saved = new ArrayList<>();
    private final State resumed;

    public CheckpointMemory(State resumed) {
        this.resumed = resumed;
    }

    @Override
    public void save(State state) {
        float[][] rule = new float[state.rule().length][];
        for (int i = 0; i < rule.length; i++) {
            rule[i] = state.rule()[i].clone();
        }
        float[] codewords = state.codewords().clone();
        saved.add(new State(state.passes(), state.gradientEnded(), codewords, rule, List.copyOf(state.history())));
    }

    @Override
    public Optional<State> load() {
        return Optional.ofNullable(resumed);
    }
}
