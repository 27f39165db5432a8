package io.github.sparknsvq.cli.report;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The file that a report goes to, on any file system that Hadoop reaches: it appears whole or not at all. Room for it
 * is made before a command does its work, so that one that cannot be written is an error at once.
 */
public final class ReportFile implements AutoCloseable {
    private final String given;
    private final StagedOutput staged;

    private ReportFile(String given, StagedOutput staged) {
        this.given = given;
        this.staged = staged;
    }

    /**
     * Makes room for a report.
     *
     * @param hadoop its configuration
     * @param given the path of the file, as the user gave it
     * @param overwrite whether it may replace a file that is there
     * @param others what the command reads and writes, in which the report must not lie
     * @throws NsvqException if it is there and may not be replaced, lies in one of the others, is a directory, or
     *     cannot be written
     */
    public static ReportFile begin(Configuration hadoop, String given, boolean overwrite, List<String> others) {
        String failure = "cannot write the report " + given;
        try {
            FileSystem files = new Path(given).getFileSystem(hadoop);
            Path target = files.makeQualified(new Path(given));
            for (String other : others) {
                requireOutside(hadoop, given, target, other);
            }
            StagedOutput.requireFileName(files, target);
            StagedOutput.recover(files, target);
            if (files.exists(target)) {
                NsvqException.unless(
                        files.getFileStatus(target).isFile(),
                        "the report " + given + " is a directory: give --report a file");
                NsvqException.unless(
                        overwrite,
                        "the report " + given + " exists already: give another --report, or --mode overwrite to"
                                + " replace it");
            }
            return new ReportFile(given, StagedOutput.begin(files, target, overwrite, failure));
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed(failure, e, "; give another --report");
        }
    }

    private static void requireOutside(Configuration configuration, String given, Path target, String other) {
        Path taken;
        try {
            Path path = new Path(other);
            taken = path.getFileSystem(configuration).makeQualified(path);
        } catch (IOException | IllegalArgumentException e) {
            return; // the command itself says what is wrong with it
        }
        for (Path at = target; at != null; at = at.getParent()) {
            NsvqException.unless(
                    !at.equals(taken),
                    "the report " + given + " would lie in " + other + ", which this command reads or writes: give"
                            + " another --report");
        }
    }

    /**
     * Writes the report, but not to its place yet.
     *
     * @throws NsvqException if it cannot be written
     */
    public void write(Report report) {
        try (OutputStream out = staged.files().create(staged.path(), true)) {
            out.write(report.html().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw Reason.failed("cannot write the report " + given, e);
        }
    }

    /**
     * Puts what was written in its place.
     *
     * @throws NsvqException if that fails
     */
    public void commit() {
        staged.commit();
    }

    /** Deletes what was written and not committed. */
    @Override
    public void close() {
        staged.close();
    }
}
