package io.github.sparknsvq.cli.report;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Whether a command writes a report, and where: {@code --report}. */
public final class ReportOptions {
    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write a page, too, that says what was done, with curves and timings: one HTML file.")
    private String file;

    /** For picocli. */
    public ReportOptions() {}

    /** Whether there is to be a report. */
    public boolean wanted() {
        return file != null;
    }

    /**
     * Refuses what is no path.
     *
     * @param command the one that has these options
     */
    public void check(CommandLine command) {
        if (file == null) {
            return;
        }
        try {
            if (new Path(file).isRoot()) {
                throw new ParameterException(command, "--report " + file + " is the root directory: give a file");
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, "--report '" + file + "' is no path of a file");
        }
    }

    /**
     * Makes room for the report, before any work.
     *
     * @param overwrite whether it may replace a file that is there
     * @param others paths that the command reads and writes, in which the report must not lie; null for none
     * @return where the report goes to, or null if there is to be none
     * @throws io.github.sparknsvq.core.NsvqException if it cannot be written there
     */
    public ReportFile begin(Configuration configuration, boolean overwrite, String... others) {
        if (file == null) {
            return null;
        }
        List<String> paths = Stream.of(others)
                .filter(Objects::nonNull)
                .filter(path -> !path.contains("*"))
                .toList();
        return ReportFile.begin(configuration, file, overwrite, paths);
    }
}
