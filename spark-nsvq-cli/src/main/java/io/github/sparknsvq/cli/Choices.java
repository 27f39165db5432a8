package io.github.sparknsvq.cli;

import java.util.List;

/** Options that take one of a few names. */
final class Choices {
    private Choices() {}

    /** Refuses a value that is none of the valid ones, naming those. */
    static void check(NsvqCommand command, String option, String value, List<String> valid) {
        if (!valid.contains(value)) {
            throw command.usage(option + " '" + value + "' is unknown: valid "
                    + (valid.size() == 1 ? "is only " + valid.get(0) : "are " + String.join(", ", valid)));
        }
    }
}
