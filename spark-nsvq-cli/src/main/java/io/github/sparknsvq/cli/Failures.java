package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;

/** Turns what was thrown into one line that a user can act on. */
final class Failures {
    /** An error of spark-nsvq as Spark quotes it where it kept only the text of what a task threw. */
    private static final Pattern QUOTED =
            Pattern.compile("io\\.github\\.sparknsvq\\.[\\w.]*(?:NsvqException|CorruptFileException): ([^\\n]+)");

    /** The name and the state that Spark puts around its messages. */
    private static final Pattern DECORATION =
            Pattern.compile("^\\[[A-Z0-9_.]+\\] |\\s*SQLSTATE: \\w{5}\\s*$", Pattern.MULTILINE);

    private Failures() {}

    /**
     * Returns one line: the message of the first {@link NsvqException} among the causes, else the one that says most.
     */
    static String describe(Throwable thrown) {
        List<Throwable> chain = ExceptionUtils.getThrowableList(thrown); // innermost last
        for (Throwable each : chain) {
            if (each instanceof NsvqException) {
                return firstLine(each.getMessage());
            }
        }
        for (Throwable each : chain) {
            Matcher quoted = QUOTED.matcher(String.valueOf(each.getMessage()));
            if (quoted.find()) {
                return firstLine(quoted.group(1));
            }
        }
        return foreign(chain);
    }

    /** For errors of other libraries: the innermost one that Spark has an error class for, else the innermost one. */
    private static String foreign(List<Throwable> chain) {
        Throwable root = chain.get(chain.size() - 1);
        if (root instanceof OutOfMemoryError) {
            return "out of memory (" + root.getMessage()
                    + "): give the JVM more with --conf spark.driver.memory=8g, or executors with"
                    + " spark.executor.memory";
        }
        for (int i = chain.size() - 1; i >= 0; i--) {
            if (chain.get(i) instanceof SparkThrowable known && known.getCondition() != null) {
                return firstLine(chain.get(i).getMessage());
            }
        }
        if (root.getMessage() == null) {
            return root.getClass().getSimpleName() + " without a message; --verbose shows where";
        }
        return root instanceof SparkException
                ? firstLine(root.getMessage())
                : root.getClass().getSimpleName() + ": " + firstLine(root.getMessage()) + "; --verbose shows where";
    }

    /** Returns a message's first line, without the error class and SQL state that Spark adds. */
    static String firstLine(String message) {
        if (message == null) {
            return "no message";
        }
        String undecorated = DECORATION.matcher(message).replaceAll("").strip();
        int end = undecorated.indexOf('\n');
        return (end < 0 ? undecorated : undecorated.substring(0, end)).strip();
    }
}
