package io.github.sparknsvq.core;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A constant of an enum that users choose by its name: as a param's value, or on the command line. */
public interface Named {

    /** Returns the name of the constant. */
    String name();

    /** Returns the name, as users write it. */
    default String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the names of some choices, in their order. */
    static List<String> labels(Named... choices) {
        return Arrays.stream(choices).map(Named::label).toList();
    }

    /**
     * Finds a choice by its name.
     *
     * @param setting what is chosen, for the message
     * @param label the name
     * @param choices all choices
     * @param valid names the choices, for the message
     * @throws NsvqException if there is no choice of that name
     */
    static <C extends Named> C parse(String setting, String label, C[] choices, String valid) {
        return Arrays.stream(choices)
                .filter(choice -> choice.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new NsvqException(setting + " '" + label + "' is unknown: use " + valid));
    }
}
