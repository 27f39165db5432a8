package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.spark.Reason;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line's main class, which {@code bin/nsvq} and {@code spark-submit} start.
 *
 * <p>Exit codes: 0; 2 for wrong usage, found before a Spark session is started; 1 for a failure.
 */
@Command(
        name = "nsvq",
        description = "Trains vector-quantization codebooks and nearest-neighbor indexes on Spark, encodes and"
                + " searches vectors with them, and says how well.",
        customSynopsis = "nsvq [--master M] [--conf K=V ...] COMMAND [options]",
        commandListHeading = "%nCommands (nsvq COMMAND --help says more):%n",
        footer = {
            "",
            "stdout carries the result, one JSON document on one line; stderr carries progress and errors.",
            "Exit codes: 0; 2 for wrong usage; 1 for a failure."
        },
        versionProvider = Version.class,
        subcommands = {
            QuickstartCommand.class,
            TrainCommand.class,
            EncodeCommand.class,
            DecodeCommand.class,
            OrderCommand.class,
            IndexCommand.class,
            SearchCommand.class,
            EvaluateCommand.class,
            HealthCommand.class,
            TuneCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            VerifyCommand.class,
            InfoCommand.class
        })
public final class Nsvq implements Runnable {
    private static final int USAGE = CommandLine.ExitCode.USAGE;
    private static final int FAILURE = CommandLine.ExitCode.SOFTWARE;

    @Spec
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the versions of nsvq, Spark and Java.")
    boolean version;

    private Nsvq() {}

    /**
     * Runs a command and ends the JVM with its exit code.
     *
     * @param args the command and its options
     */
    public static void main(String[] args) {
        PrintStream out = System.out;
        // Whatever libraries print: stdout is for the result alone.
        System.setOut(System.err);
        int code = run(args, out, System.err);
        out.flush();
        if (code != 0 || !inApplicationMaster()) {
            System.exit(code);
        }
    }

    /** Whether YARN's application master runs this: it takes an exit, even with 0, for a failure. */
    private static boolean inApplicationMaster() {
        return "yarn".equals(System.getProperty("spark.master"))
                && "cluster".equals(System.getProperty("spark.submit.deployMode"));
    }

    /**
     * Runs a command in this JVM. A Spark session that is there already is used and left running.
     *
     * @param args the command and its options
     * @param out receives the result, one JSON document on one line, or the help that was asked for
     * @param err receives progress and errors
     * @return the exit code
     */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        CommandLine line = new CommandLine(new Nsvq());
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setUsageHelpAutoWidth(false);
        line.setUsageHelpWidth(110);
        line.setParameterExceptionHandler((e, ignored) -> usageError(e, err));
        line.setExecutionExceptionHandler((e, command, parsed) -> failure(e, parsed, err));
        try {
            return line.execute(args);
        } catch (Error e) {
            // picocli hands on exceptions only; a missing class or memory is a failure like any other.
            return failure(e, line.getParseResult(), err);
        }
    }

    /** Without a command there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? There are " + commands(spec.commandLine()));
    }

    private static String commands(CommandLine line) {
        return String.join(", ", line.getSubcommands().keySet());
    }

    private static int usageError(ParameterException e, PrintStream err) {
        CommandLine line = e.getCommandLine();
        err.println("nsvq: " + Reason.line(usageMessage(e, line)) + " (see "
                + line.getCommandSpec().qualifiedName() + " --help)");
        return USAGE;
    }

    private static String usageMessage(ParameterException e, CommandLine line) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            List<String> arguments = unmatched.getUnmatched();
            String first = arguments.get(0);
            if (first.startsWith("--master") || first.startsWith("--conf")) {
                return first + " goes before the command";
            }
            if (!first.startsWith("-") && line.getParent() == null) {
                return "there is no command '" + first + "': there are " + commands(line);
            }
        }
        return e.getMessage();
    }

    private static int failure(Throwable e, ParseResult parsed, PrintStream err) {
        err.println("nsvq: " + Failures.describe(e));
        if (verbose(parsed)) {
            e.printStackTrace(err);
        }
        return FAILURE;
    }

    private static boolean verbose(ParseResult parsed) {
        for (ParseResult at = parsed; at != null; at = at.subcommand()) {
            if (at.hasMatchedOption("--verbose")) {
                return true;
            }
        }
        return false;
    }
}
