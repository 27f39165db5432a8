package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.Named;
import io.github.sparknsvq.core.NsvqException;
import java.util.List;

/** Whether codewords that no row chooses at the end of a training are moved to the rows with the largest error. */
public enum Repair implements Named {
    /** Where codewords are replaced during the training as well: unless {@link Reseeding#NONE} is in effect. */
    AUTO,
    /** In every training of at least one pass. */
    ON,
    /** Never: what is dead stays dead, as in the NSVQ paper. */
    OFF;

    /** Returns the names of all choices. */
    public static List<String> names() {
        return Named.labels(values());
    }

    /**
     * Returns the one of that name.
     *
     * @throws NsvqException if there is none
     */
    public static Repair of(String name) {
        return Named.parse("repair", name, values(), "one of " + names());
    }
}
