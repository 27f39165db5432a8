package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.spark.Reason;
import java.util.List;
import org.apache.commons.lang3.exception.ExceptionUtils;

/** Turns what was thrown into one line that a user can act on. */
final class Failures {
    private Failures() {}

    /**
     * Returns one line: what spark-nsvq says, where one of its errors is among the causes, else what {@link Reason}
     * makes of them.
     */
    static String describe(Throwable thrown) {
        String reason = Reason.of(thrown);
        List<Throwable> chain = ExceptionUtils.getThrowableList(thrown); // innermost last
        String root = chain.get(chain.size() - 1).getClass().getSimpleName();
        boolean unknown = Reason.ours(thrown).isEmpty() && reason.startsWith(root);
        return unknown ? reason + "; --verbose shows where" : reason;
    }
}
