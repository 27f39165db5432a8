package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.NsvqException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.fs.PathNotFoundException;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.execution.datasources.SchemaColumnConvertNotSupportedException;

/**
 * What an error of Spark, Hadoop or the JDK says, as the end of a sentence of one line: without the name and state
 * that Spark puts around its messages, the SQL it repeats, stack traces, and the wrappings of jobs and tasks.
 */
public final class Reason {
    private static final int LONGEST = 500;

    /** An error of spark-nsvq as Spark quotes it where it kept only the text of what a task threw. */
    private static final Pattern QUOTED = Pattern.compile("io\\.github\\.sparknsvq\\.[\\w.$]*Exception: ([^\\n]+)");

    /** What a task threw, in the text of the job's error. */
    private static final Pattern THROWN =
            Pattern.compile("\\(TID \\d+\\) \\([^)\\n]*\\): ([\\w.$]+(?:Exception|Error))(?:: ([^\\n]*))?");

    /** A class of spark-nsvq that is not the one, or not there, that the JVM or a task looks for. */
    private static final Pattern OTHER_LOADER = Pattern.compile(
            "(?:class )?io\\.github\\.sparknsvq\\.([\\w.$]+)"
                    + "(?: cannot be cast to class io\\.github\\.sparknsvq\\.\\1\\b.*)?",
            Pattern.DOTALL);

    /** The name, the state and the position that Spark puts around its messages. */
    private static final Pattern DECORATION =
            Pattern.compile("(?m)^\\[[A-Z0-9_.]+\\] |\\s*SQLSTATE: \\w{5}\\b|; line \\d+ pos \\d+;?|;$");

    /** Where Spark begins to repeat the query, or advises to change its settings. */
    private static final Pattern REST = Pattern.compile(
            "\\n?== (?:SQL|DataFrame|JVM stacktrace).*|,? (?:If necessary|To tolerate|Use `try_).*", Pattern.DOTALL);

    private Reason() {}

    /** Returns the reason; never empty. */
    public static String of(Throwable thrown) {
        List<Throwable> chain = ExceptionUtils.getThrowableList(thrown); // innermost last
        return ours(chain).or(() -> unreadable(chain)).orElseGet(() -> foreign(chain));
    }

    /**
     * Returns an error for what was tried: with its reason, or as it is, if it is one of spark-nsvq.
     *
     * @param what was tried, as in {@code cannot read PATH}
     */
    public static NsvqException failed(String what, Exception thrown) {
        return failed(what, thrown, "");
    }

    /** The same, with an advice behind the reason. */
    public static NsvqException failed(String what, Exception thrown, String advice) {
        return thrown instanceof NsvqException known
                ? known
                : new NsvqException(what + ": " + of(thrown) + advice, thrown);
    }

    /** Returns what spark-nsvq itself says, where the cause is an error of its own. */
    public static Optional<String> ours(Throwable thrown) {
        return ours(ExceptionUtils.getThrowableList(thrown));
    }

    private static Optional<String> ours(List<Throwable> chain) {
        for (Throwable each : chain) {
            if (each instanceof NsvqException) {
                return Optional.of(String.valueOf(each.getMessage()).strip().replaceAll("\\p{Cntrl}+", " "));
            }
        }
        if (chain.stream().anyMatch(Reason::isOfOtherLoader)) {
            return Optional.of("the jar of spark-nsvq was added to a session that ran already (ADD JAR, addJar):"
                    + " set spark.jars before the session starts");
        }
        for (Throwable each : chain) {
            Matcher quoted = QUOTED.matcher(String.valueOf(each.getMessage()));
            if (quoted.find()) {
                return Optional.of(line(quoted.group(1)));
            }
        }
        return Optional.empty();
    }

    private static boolean isOfOtherLoader(Throwable thrown) {
        boolean loading = thrown instanceof ClassCastException || thrown instanceof ClassNotFoundException;
        return loading
                && OTHER_LOADER.matcher(String.valueOf(thrown.getMessage())).matches();
    }

    /** For a file that Spark could not read: its name, and the reason beneath. */
    private static Optional<String> unreadable(List<Throwable> chain) {
        for (int i = 0; i < chain.size(); i++) {
            if (chain.get(i) instanceof SparkThrowable known
                    && String.valueOf(known.getCondition()).startsWith("FAILED_READ_FILE")) {
                Map<String, String> parameters = known.getMessageParameters();
                List<Throwable> beneath = chain.subList(i + 1, chain.size());
                String why = beneath.isEmpty() ? "" : ": " + foreign(beneath);
                return Optional.of("the file " + parameters.getOrDefault("path", "") + " cannot be read" + why);
            }
        }
        return Optional.empty();
    }

    /** For errors of other libraries: the innermost one that Spark has an error class for, else the innermost one. */
    private static String foreign(List<Throwable> chain) {
        Throwable root = chain.get(chain.size() - 1);
        if (root instanceof OutOfMemoryError) {
            return "out of memory (" + line(root.getMessage())
                    + "): give the JVM more with --conf spark.driver.memory=8g, or executors with"
                    + " spark.executor.memory";
        }
        for (int i = chain.size() - 1; i >= 0; i--) {
            if (chain.get(i) instanceof SparkThrowable known && known.getCondition() != null) {
                String said = line(chain.get(i).getMessage());
                boolean why = known.getCondition().equals("TASK_WRITE_FAILED") && chain.get(i) != root;
                return why ? said.replaceFirst("\\.$", "") + ": " + plain(root) : said;
            }
        }
        for (Throwable each : chain) {
            Matcher thrown = THROWN.matcher(String.valueOf(each.getMessage()));
            if (thrown.find() && root == each) {
                String name = thrown.group(1).substring(thrown.group(1).lastIndexOf('.') + 1);
                return thrown.group(2) == null ? name : named(name, line(thrown.group(2)));
            }
        }
        return plain(root);
    }

    private static String plain(Throwable root) {
        String name = root.getClass().getSimpleName();
        String message = root.getMessage();
        if (message == null || message.isBlank()) {
            return name + " without a message";
        }
        if (root instanceof FileNotFoundException
                || root instanceof NoSuchFileException
                || root instanceof PathNotFoundException) {
            return message.contains("ermission denied")
                    ? line(message)
                    : "there is no file "
                            + line(message)
                                    .replaceFirst("^File (.*) does not exist\\.?$", "$1")
                                    .replaceFirst(" \\(No such file or directory\\)$", "");
        }
        if (root instanceof AccessDeniedException || root instanceof AccessControlException) {
            String said = line(message);
            return said.startsWith("Permission denied") ? said : "permission denied: " + said;
        }
        if (root instanceof FileAlreadyExistsException) {
            return "it exists already: " + line(message);
        }
        if (root instanceof ParentNotDirectoryException) {
            return "a part of the path is a file, not a directory: " + line(message);
        }
        if (root.getClass().getName().contains(".thrift.")) { // how Parquet's own structures are written
            return "its Parquet header or footer is damaged";
        }
        if (message.startsWith("Class is not registered: ")) { // Kryo, where spark.kryo.registrationRequired is set
            return line(message)
                    + "; spark.kryo.registrator=io.github.sparknsvq.ml.NsvqKryoRegistrator registers what is needed";
        }
        if (root instanceof SchemaColumnConvertNotSupportedException other) {
            return "its column " + other.getColumn() + " is " + other.getPhysicalType() + ", but "
                    + other.getLogicalType() + " by the table's schema: write all files of a table with equal types"
                    + (other.getPhysicalType().equals("FIXED_LEN_BYTE_ARRAY") ? ", and FLOAT16 as float32" : "");
        }
        boolean sentence = root instanceof SparkException || (root instanceof IOException && message.contains(" "));
        return sentence ? line(message) : named(name, line(message));
    }

    /** Puts the class before a message that does not tell by itself what kind of error it is of. */
    private static String named(String name, String message) {
        return name.equals("IOException") || name.equals("SparkException") ? message : name + ": " + message;
    }

    /** Returns a message as one line: its first line that says something, not longer than a screen's few lines. */
    public static String line(String message) {
        if (message == null) {
            return "no message";
        }
        String undecorated = REST.matcher(DECORATION.matcher(message.strip()).replaceAll(""))
                .replaceAll("")
                .strip();
        String first =
                undecorated.lines().filter(line -> !line.isBlank()).findFirst().orElse("no message");
        String line = first.strip().replaceAll("\\p{Cntrl}+", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }

    /** Returns a class's name for a message, as in {@code a VQModel}. */
    public static String withArticle(String name) {
        return ("AEIOU".indexOf(name.charAt(0)) >= 0 ? "an " : "a ") + name;
    }

    /** Returns an id for a message: a number as it is, a string {@link #quoted}. */
    public static String id(Object id) {
        return id instanceof Number ? id.toString() : quoted(id);
    }

    /** Returns a text of users, such as an id or a filter, for a message: in one line, cut where it is long. */
    public static String quoted(Object text) {
        String all = String.valueOf(text)
                .replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t")
                .replaceAll("\\p{Cntrl}", "?");
        return "'" + (all.length() <= 100 ? all : all.substring(0, 100) + "...") + "'";
    }
}
