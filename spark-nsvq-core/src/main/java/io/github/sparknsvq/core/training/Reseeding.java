package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.Named;
import io.github.sparknsvq.core.NsvqException;
import java.util.List;

/** How codewords that few or no rows choose are replaced. */
public enum Reseeding implements Named {
    /** {@link #ERROR}, but {@link #NONE} for {@link Updater#STE}. */
    AUTO,
    /** Beside codewords drawn in proportion to their squared error. */
    ERROR,
    /** The policy of the NSVQ paper: by the share of batches in which a codeword occurs. */
    PRESENCE,
    /** Not at all. */
    NONE;

    /** Returns the names of all policies. */
    public static List<String> names() {
        return Named.labels(values());
    }

    /**
     * Returns the one of that name.
     *
     * @throws NsvqException if there is none
     */
    public static Reseeding of(String name) {
        return Named.parse("reseeding", name, values(), "one of " + names());
    }
}
