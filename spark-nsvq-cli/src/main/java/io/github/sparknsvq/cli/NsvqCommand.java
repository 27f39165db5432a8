package io.github.sparknsvq.cli;

import io.github.sparknsvq.cli.report.Report;
import io.github.sparknsvq.cli.report.ReportFile;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.watch.JobLabels;
import io.github.sparknsvq.ml.watch.StageTasks;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * What all commands share: options are checked first, then the work is done in a Spark session, then the result is
 * printed.
 */
@Command(sortOptions = false, abbreviateSynopsis = true)
abstract class NsvqCommand implements Callable<Integer> {
    private static final Pattern WORD = Pattern.compile("-([a-z])");

    /** Options and arguments that hold a path. */
    private static final Set<String> PATH_LABELS = Set.of("PATH", "DIR", "FILE");

    /** As {@code a:b} and {@code a:b/c}, but not {@code file:/a}. */
    private static final Pattern RELATIVE_WITH_COLON = Pattern.compile("[^/:]*:([^/].*)?");

    /** The options that are not named like the params that they set. */
    private static final Map<String, String> PARAMS = Map.of(
            "lists", "numLists", "codebooks", "numCodebooks", "bits", "codebookBits", "checkpoint", "checkpointDir");

    @Spec
    CommandSpec spec;

    @Option(names = "--verbose", description = "Show the stack trace of a failure.")
    boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    /** Checks what options say together; nothing is started yet. */
    abstract void check();

    /** Does the work. */
    abstract Result run(SparkSession spark, Progress progress);

    @Override
    public final Integer call() {
        spec.args().forEach(NsvqCommand::qualify);
        check();
        Progress progress = new Progress(spec.commandLine().getErr());
        Result result;
        try (progress) {
            result = execute(progress);
        }
        result.put("version", Version.current());
        spec.commandLine().getOut().println(result.json());
        return 0;
    }

    /** Hadoop takes what is before a colon for the name of a file system, unless a slash comes first. */
    private static void qualify(ArgSpec path) {
        if (PATH_LABELS.contains(path.paramLabel()) && path.getValue() instanceof String given) {
            if (RELATIVE_WITH_COLON.matcher(given).matches()) {
                path.setValue("./" + given);
            }
        }
    }

    /** Starts a session for {@link #run}; a command that needs none overrides this. */
    Result execute(Progress progress) {
        Instant began = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        String name = "nsvq " + spec.name();
        try (Session session = Session.open(spec.name(), verbose)) {
            SparkContext context = session.spark().sparkContext();
            try (JobLabels labels = JobLabels.open(context, name, name);
                    StageTasks tasks = StageTasks.listen(context);
                    ReportFile file = openReport(context.hadoopConfiguration())) {
                progress.onBegin(labels::describe);
                tasks.tell(progress::counted);
                Result result = run(session.spark(), progress);
                if (file != null) {
                    write(file, report(name, began, context, result, progress), name);
                }
                return result;
            }
        }
    }

    /** Writes the report of what is done, which a failure here does not undo. */
    private static void write(ReportFile file, Report report, String name) {
        try {
            file.write(report);
            file.commit();
        } catch (NsvqException e) {
            String done = "; " + name + " has done its work, only the report is missing";
            throw new NsvqException(e.getMessage() + done, e);
        }
    }

    /** Makes room for a report, where the command has one and it is wanted; returns null otherwise. */
    ReportFile openReport(Configuration configuration) {
        return null;
    }

    private Report report(String name, Instant began, SparkContext context, Result result, Progress progress) {
        Report report = new Report(name, began + ", " + context.applicationId() + " on " + context.master());
        report.section("Result").facts(result.values());
        progress.record().write(report);
        Map<String, Object> settings = new LinkedHashMap<>();
        for (OptionSpec option : spec.options()) {
            if (option.getValue() != null && !option.hidden() && option.arity().max() > 0) {
                settings.put(option.longestName(), option.getValue());
            } else if (Boolean.TRUE.equals(option.getValue())) {
                settings.put(option.longestName(), true);
            }
        }
        settings.put("cores of Spark", context.defaultParallelism());
        Map<String, Object> versions = new LinkedHashMap<>();
        versions.put("nsvq", Version.current());
        versions.put("Spark", context.version());
        versions.put("Java", Runtime.version().toString());
        versions.put("operating system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return report.section("Settings").facts(settings).section("Versions").facts(versions);
    }

    /** Returns whether an option was given, rather than left at its default. */
    boolean given(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    /** Refuses options that mean nothing beside another. */
    void refuse(String beside, Collection<String> options) {
        for (String option : options) {
            if (given(option)) {
                throw usage(option + " does not go with " + beside);
            }
        }
    }

    /** Refuses none, and more than one, of some options. */
    void requireOne(String... options) {
        long count = Arrays.stream(options).filter(this::given).count();
        if (count != 1) {
            throw usage("give " + (count == 0 ? "one" : "only one") + " of " + String.join(", ", options));
        }
    }

    /** Refuses a value that is not one of the valid ones, and says which are. */
    void requireOneOf(String option, String value, List<String> valid) {
        if (!valid.contains(value)) {
            throw usage(option + " '" + value + "' is unknown: valid "
                    + (valid.size() == 1 ? "is only " + valid.get(0) : "are " + String.join(", ", valid)));
        }
    }

    /** Sets those params of a stage that options with values are named like, as --max-iter is like maxIter. */
    static <S extends Params> S set(S stage, Collection<OptionSpec> options) {
        for (OptionSpec option : options) {
            String name = option.longestName().substring("--".length());
            String param = PARAMS.getOrDefault(
                    name, WORD.matcher(name).replaceAll(word -> word.group(1).toUpperCase(Locale.ROOT)));
            if (option.getValue() != null && stage.hasParam(param)) {
                stage.set(stage.getParam(param), option.getValue());
            }
        }
        return stage;
    }

    /** Returns what an action gives; what it refuses is wrong usage. */
    <T> T orUsage(Supplier<T> action) {
        try {
            return action.get();
        } catch (NsvqException e) {
            throw usage(e.getMessage());
        }
    }

    /** Refuses a number below 1. */
    void requirePositive(String option, int value) {
        if (value < 1) {
            throw usage(option + " " + value + ": at least 1 is needed");
        }
    }

    /** Returns what to throw when options contradict each other or a value is out of range. */
    ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
