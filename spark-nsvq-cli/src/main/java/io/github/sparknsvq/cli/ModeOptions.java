package io.github.sparknsvq.cli;

import io.github.sparknsvq.cli.report.ReportOptions;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Option;

/**
 * What to do if the output exists: {@code --mode}. Makes room for output directories, before any work, and refuses
 * those that would destroy what is there.
 */
class ModeOptions {
    @Option(
            names = "--mode",
            paramLabel = "error|overwrite",
            description = "What to do if the output exists (default: ${DEFAULT-VALUE}).")
    String mode = "error";

    void check(NsvqCommand command) {
        command.requireOneOf("--mode", mode, List.of("error", "overwrite"));
    }

    /** The same for a command that writes nothing but a report. */
    final void checkForReport(NsvqCommand command, ReportOptions report) {
        check(command);
        report.check(command.spec.commandLine());
        if (command.given("--mode") && !report.wanted()) {
            throw command.usage("--mode goes with --report, the only file that is written");
        }
    }

    boolean overwrites() {
        return mode.equals("overwrite");
    }

    /**
     * Makes sure that a directory can be written.
     *
     * @param given its path, as the user gave it
     * @param overwrite whether it may replace one that is there
     * @param inputs paths that it must not replace, as the user gave them; null for none
     * @throws NsvqException if it exists and may not be replaced, or if it cannot be written
     */
    static StagedOutput stage(Configuration configuration, String given, boolean overwrite, String... inputs) {
        return stageFor("--output", configuration, given, overwrite, inputs);
    }

    /** The same for an output of another option than {@code --output}. */
    static StagedOutput stageFor(
            String option, Configuration configuration, String given, boolean overwrite, String... inputs) {
        String advice = "give another " + option + ", or --mode overwrite to replace it";
        return checked(option, configuration, given, overwrite, advice, inputs);
    }

    /** The same for a command that replaces nothing, and has no {@code --mode}. */
    static StagedOutput stageNew(Configuration configuration, String given) {
        return checked("--output", configuration, given, false, "choose another --output or delete it");
    }

    private static StagedOutput checked(
            String option,
            Configuration configuration,
            String given,
            boolean overwrite,
            String advice,
            String... inputs) {
        try {
            FileSystem files = new Path(given).getFileSystem(configuration);
            Path target = files.makeQualified(new Path(given));
            NsvqException.unless(!target.isRoot(), "the output cannot be the root directory: give another " + option);
            StagedOutput.recover(files, target);
            checkExisting(option, files, given, target, overwrite, advice);
            checkInputs(option, files, given, target, inputs);
            return StagedOutput.begin(files, target, overwrite, "cannot write " + given)
                    .withSuccess();
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed("cannot write to " + given, e, "; give another " + option);
        }
    }

    private static void checkExisting(
            String option, FileSystem files, String given, Path target, boolean overwrite, String advice)
            throws IOException {
        if (!files.exists(target)) {
            return;
        }
        NsvqException.unless(overwrite, "the output " + given + " exists already: " + advice);
        boolean replaceable = files.getFileStatus(target).isDirectory()
                && (files.exists(new Path(target, "_SUCCESS"))
                        || files.exists(new Path(target, "metadata"))
                        || files.listStatus(target).length == 0);
        NsvqException.unless(
                replaceable,
                "the output " + given + " exists and is no output of nsvq or Spark (it holds no"
                        + " _SUCCESS), so it is not replaced: give another " + option + ", or delete it yourself");
    }

    private static void checkInputs(String option, FileSystem files, String given, Path target, String... inputs) {
        for (String input : inputs) {
            if (input == null || input.contains("*")) {
                continue;
            }
            for (Path at = files.makeQualified(new Path(input)); at != null; at = at.getParent()) {
                if (at.equals(target)) {
                    throw new NsvqException(
                            "the output " + given + " would replace the input " + input + ": give another " + option);
                }
            }
        }
    }
}
