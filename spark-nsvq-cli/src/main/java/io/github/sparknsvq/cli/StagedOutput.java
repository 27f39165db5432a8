package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * An output directory that appears whole or not at all. It is written beside its place, under a hidden name, then renamed,
 * and gets its {@code _SUCCESS} last. Closed without {@link #commit}, or when the JVM ends, it goes away, together with
 * the directories above it that were made for it.
 */
final class StagedOutput implements AutoCloseable {
    private static final String SUCCESS = "_SUCCESS";

    private final FileSystem files;
    private final String given;
    private final Path target;
    private final boolean overwrite;
    /** Holds the new directory until it is in its place. */
    private final Path beside;
    /** What is replaced, until the new one is in its place: nothing but a finished {@link #commit} has it deleted. */
    private final Path old;

    private static final String REPLACE = "give another --output, or --mode overwrite to replace it";

    /** The lowest directory that was there before. */
    private final Path foundation;

    private boolean committed;

    private StagedOutput(FileSystem files, String given, Path target, boolean overwrite, String mark)
            throws IOException {
        this.files = files;
        this.given = given;
        this.target = target;
        this.overwrite = overwrite;
        String hidden = "." + target.getName() + "-" + mark;
        this.beside = new Path(target.getParent(), hidden + ".tmp");
        this.old = new Path(target.getParent(), hidden + ".old");
        this.foundation = foundation(files, target.getParent());
    }

    /**
     * Makes sure that a directory can be written.
     *
     * @param given its path, as the user gave it
     * @param overwrite whether it may replace one that is there
     * @param inputs paths that it must not replace, as the user gave them; null for none
     * @throws NsvqException if it exists and may not be replaced, or if it cannot be written
     */
    static StagedOutput prepare(Configuration configuration, String given, boolean overwrite, String... inputs) {
        return prepare(configuration, given, overwrite, unique(), Arrays.asList(inputs), REPLACE);
    }

    /**
     * The same for a run that can be killed and resumed: what it wrote beside is found again, and deleted, by the run that
     * resumes it.
     *
     * @param mark what is the same for the run and those that resume it, such as where its checkpoint is
     */
    static StagedOutput prepareResumable(
            Configuration configuration, String given, boolean overwrite, String mark, String... inputs) {
        String name = "resumable-" + UUID.nameUUIDFromBytes(mark.getBytes(StandardCharsets.UTF_8));
        return prepare(configuration, given, overwrite, name, Arrays.asList(inputs), REPLACE);
    }

    private static String unique() {
        return UUID.randomUUID().toString();
    }

    /** The same for a command that replaces nothing, and has no {@code --mode}. */
    static StagedOutput prepareNew(Configuration configuration, String given) {
        return prepare(configuration, given, false, unique(), List.of(), "choose another --output or delete it");
    }

    private static StagedOutput prepare(
            Configuration configuration,
            String given,
            boolean overwrite,
            String mark,
            List<String> inputs,
            String advice) {
        StagedOutput staged = null;
        try {
            FileSystem files = new Path(given).getFileSystem(configuration);
            Path target = files.makeQualified(new Path(given));
            if (target.isRoot()) {
                throw new NsvqException("the output cannot be the root directory: give another --output");
            }
            checkExisting(files, given, target, overwrite, advice);
            checkInputs(files, given, target, inputs);
            staged = new StagedOutput(files, given, target, overwrite, mark);
            files.delete(staged.beside, true);
            if (!files.mkdirs(staged.beside)) {
                throw new IOException("cannot make a directory in " + target.getParent());
            }
            // Also when the JVM is asked to end in between.
            files.deleteOnExit(staged.beside);
            return staged;
        } catch (IOException | IllegalArgumentException e) {
            if (staged != null) {
                staged.close();
            }
            throw new NsvqException(
                    "cannot write to " + given + ": " + Failures.firstLine(e.getMessage()) + "; give another --output",
                    e);
        }
    }

    private static void checkExisting(FileSystem files, String given, Path target, boolean overwrite, String advice)
            throws IOException {
        FileStatus status;
        try {
            status = files.getFileStatus(target);
        } catch (FileNotFoundException e) {
            return;
        }
        if (!overwrite) {
            throw new NsvqException("the output " + given + " exists already: " + advice);
        }
        boolean replaceable = status.isDirectory()
                && (files.exists(new Path(target, SUCCESS))
                        || files.exists(new Path(target, "metadata"))
                        || files.listStatus(target).length == 0);
        if (!replaceable) {
            throw new NsvqException("the output " + given + " exists and is no output of nsvq or Spark (it holds no"
                    + " _SUCCESS), so it is not replaced: give another --output, or delete it yourself");
        }
    }

    private static void checkInputs(FileSystem files, String given, Path target, List<String> inputs)
            throws IOException {
        for (String input : inputs) {
            if (input == null || input.contains("*")) {
                continue;
            }
            for (Path at = files.makeQualified(new Path(input)); at != null; at = at.getParent()) {
                if (at.equals(target)) {
                    throw new NsvqException(
                            "the output " + given + " would replace the input " + input + ": give another --output");
                }
            }
        }
    }

    private static Path foundation(FileSystem files, Path directory) throws IOException {
        Path at = directory;
        while (!at.isRoot() && !files.exists(at)) {
            at = at.getParent();
        }
        return at;
    }

    /** Returns where to write: a directory that does not exist yet, inside one that does. */
    Path path() {
        return new Path(beside, "new");
    }

    /** Returns a path inside {@link #path}. */
    String path(String name) {
        return new Path(path(), name).toString();
    }

    FileSystem files() {
        return files;
    }

    /** Puts what was written in its place. */
    void commit() {
        try {
            files.delete(new Path(path(), SUCCESS), false);
            boolean replaces = files.exists(target);
            if (replaces && !overwrite) {
                throw new IOException("something else has written it meanwhile");
            }
            if (replaces) {
                rename(target, old);
            }
            try {
                rename(path(), target);
                files.create(new Path(target, SUCCESS), true).close();
            } catch (IOException e) {
                takeBack(replaces, e);
                throw e;
            }
            committed = true;
        } catch (IOException e) {
            throw new NsvqException("cannot write " + given + ": " + Failures.firstLine(e.getMessage()), e);
        }
    }

    /** Puts everything back to where it was before a commit that failed. */
    private void takeBack(boolean replaces, IOException why) throws IOException {
        try {
            if (!files.exists(path()) && files.exists(target)) {
                rename(target, path());
            }
            if (replaces) {
                rename(old, target);
            }
        } catch (IOException e) {
            if (!replaces) {
                throw e;
            }
            throw new IOException(
                    Failures.firstLine(why.getMessage()) + "; what was there before is whole, but is now " + old, e);
        }
    }

    private void rename(Path from, Path to) throws IOException {
        if (!files.rename(from, to)) {
            throw new IOException("cannot rename " + from + " to " + to);
        }
    }

    @Override
    public void close() {
        try {
            files.delete(beside, true);
            files.cancelDeleteOnExit(beside);
            if (committed) {
                files.delete(old, true);
            } else {
                removeEmptyParents();
            }
        } catch (IOException e) {
            // What brought us here says more, and the rest is hidden and harmless.
        }
    }

    private void removeEmptyParents() throws IOException {
        for (Path at = target.getParent();
                !at.equals(foundation) && files.exists(at) && files.listStatus(at).length == 0;
                at = at.getParent()) {
            files.delete(at, false);
        }
    }
}
