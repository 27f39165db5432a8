package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.Named;
import io.github.sparknsvq.core.NsvqException;
import java.util.List;

/** How codewords move in a training's mini-batch passes. */
public enum Updater implements Named {
    /** NSVQ: Adam on the gradient of the squared error. */
    NSVQ,
    /** Stochastic gradient descent. */
    SGD,
    /** Exponential moving averages. */
    EMA,
    /** Mini-batch k-means. */
    MINIBATCH,
    /** Exact k-means in every pass, without mini-batches. */
    LLOYD,
    /**
     * The straight-through estimator as a baseline: Adam on the gradient of the codebook loss, without replacement or
     * repair of codewords and without Lloyd passes, unless they are asked for.
     */
    STE;

    /** Returns the names of all update rules. */
    public static List<String> names() {
        return Named.labels(values());
    }

    /**
     * Returns the one of that name.
     *
     * @throws NsvqException if there is none
     */
    public static Updater of(String name) {
        return Named.parse("updater", name, values(), "one of " + names());
    }
}
