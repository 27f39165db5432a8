package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A file or directory that appears whole or not at all, on any file system that Hadoop reaches. It is written
 * beside its place, below a directory with a hidden name, and then renamed; a {@code _SUCCESS} in it comes last.
 * What was there before is kept until the new one is in its place, and is put back if that fails. Closed without
 * {@link #commit}, or when the JVM ends, what was written is deleted, together with the missing directories above
 * it that were made for it.
 *
 * <p>Every write of spark-nsvq to a Hadoop path that promises this goes through here.
 */
public final class StagedOutput implements AutoCloseable {
    private static final String SUCCESS = "_SUCCESS";

    private final FileSystem files;
    private final Path target;
    private final boolean overwrite;
    private final String failure;

    /** Holds what is written until it is in its place. */
    private final Path beside;

    /** What is replaced, until the new one is in its place: nothing but a finished {@link #commit} has it deleted. */
    private final Path old;

    /** The lowest directory above the target that was there before. */
    private final Path foundation;

    private boolean marked;
    private boolean committed;

    private StagedOutput(FileSystem files, Path target, boolean overwrite, String mark, String failure)
            throws IOException {
        if (target.isRoot()) {
            throw new IOException("it is the root directory");
        }
        this.files = files;
        this.target = target;
        this.overwrite = overwrite;
        this.failure = failure;
        this.beside = hidden(mark + ".tmp");
        this.old = hidden(mark + ".old");
        Path at = target.getParent();
        while (!at.isRoot() && !files.exists(at)) {
            at = at.getParent();
        }
        this.foundation = at;
    }

    private Path hidden(String ending) {
        return new Path(target.getParent(), "." + target.getName() + "-" + ending);
    }

    /**
     * Makes room for an output that nobody else writes.
     *
     * @param files where it is
     * @param target its path, with the file system's name
     * @param overwrite whether it may replace what is there when it is committed
     * @param failure what a failed {@link #commit} says before the reason, as in {@code cannot write out}
     * @throws IOException if nothing can be written there; then nothing is left
     */
    public static StagedOutput begin(FileSystem files, Path target, boolean overwrite, String failure)
            throws IOException {
        return begin(files, target, overwrite, UUID.randomUUID().toString(), failure);
    }

    /**
     * The same for a run that can be killed and resumed: the run that resumes it finds, and deletes, what the
     * killed one wrote.
     *
     * @param mark part of the hidden names: the same for a run and those that resume it, and for no other
     */
    public static StagedOutput begin(FileSystem files, Path target, boolean overwrite, String mark, String failure)
            throws IOException {
        StagedOutput staged = new StagedOutput(files, target, overwrite, mark, failure);
        try {
            files.delete(staged.beside, true);
            if (!files.mkdirs(staged.beside)) {
                throw new IOException("cannot make a directory in " + target.getParent());
            }
            // also when the JVM is asked to end in between
            files.deleteOnExit(staged.beside);
            return staged;
        } catch (IOException e) {
            staged.close();
            throw e;
        }
    }

    /** Makes {@link #commit} add a {@code _SUCCESS} even where what was written has none. */
    public StagedOutput withSuccess() {
        marked = true;
        return this;
    }

    /** Returns where to write: a path where nothing is yet, inside a directory that is there. */
    public Path path() {
        return new Path(beside, "new");
    }

    /** Returns a path inside {@link #path}. */
    public String path(String name) {
        return new Path(path(), name).toString();
    }

    /** Returns the file system that is written to. */
    public FileSystem files() {
        return files;
    }

    /**
     * Puts what was written in its place.
     *
     * @throws NsvqException if that fails; then what was there before is there again, or the message says where it is
     */
    public void commit() {
        try {
            boolean replaces = files.exists(target);
            if (replaces && !overwrite) {
                throw new IOException("something else has written it meanwhile");
            }
            Path success = new Path(path(), SUCCESS);
            marked |= files.getFileStatus(path()).isDirectory() && files.delete(success, false);
            if (replaces) {
                files.delete(old, true); // left by a run that was killed after its own commit
                rename(target, old);
            }
            try {
                rename(path(), target);
                if (marked) {
                    files.create(new Path(target, SUCCESS), true).close();
                }
            } catch (IOException e) {
                takeBack(replaces, e);
                throw e;
            }
            committed = true;
        } catch (IOException e) {
            throw new NsvqException(failure + ": " + reason(e), e);
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
            throw new IOException(reason(why) + "; what was there before is whole, but is now " + old, e);
        }
    }

    private void rename(Path from, Path to) throws IOException {
        if (!files.rename(from, to)) {
            throw new IOException("cannot rename " + from + " to " + to);
        }
    }

    /** Returns the first line of what a file system said: the lines after it are a server's stack trace. */
    private static String reason(IOException e) {
        return String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("no message");
    }

    @Override
    public void close() {
        try {
            files.delete(beside, true);
            files.cancelDeleteOnExit(beside);
            if (committed) {
                files.delete(old, true);
                return;
            }
            for (Path at = target.getParent();
                    !at.equals(foundation) && files.exists(at) && files.listStatus(at).length == 0;
                    at = at.getParent()) {
                files.delete(at, false);
            }
        } catch (IOException e) {
            // What led here says more, and the rest is hidden and harmless.
        }
    }
}
