package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;

/**
 * A file or directory that appears whole or not at all, on any file system that Hadoop reaches. It is written
 * beside its place, below a directory with a hidden name, and then renamed. What was there before is kept until the
 * new one is in its place, and is put back if that fails. Closed without {@link #commit}, or when the JVM ends, what
 * was written is deleted, together with the missing directories above it that were made for it.
 *
 * <p>A process that is killed leaves files with hidden names, which say whose they are ({@link OwnerName}): the next
 * output to the same place deletes those of dead processes. A file takes the place of another in one step where the
 * file system can do that. A directory needs two renames: between them there is none, and if the process is killed
 * just then, {@link #recover} puts the new one in place; whatever of spark-nsvq opens or writes outputs calls it.
 *
 * <p>Every write of spark-nsvq to a Hadoop path that promises this goes through here.
 */
public final class StagedOutput implements AutoCloseable {
    private static final String SUCCESS = "_SUCCESS";
    private static final String LOCAL = "file";
    private static final String HDFS = "hdfs";

    /** File systems that rename a directory in one step; on others, {@code _SUCCESS} is written after that. */
    private static final Set<String> RENAME_AT_ONCE = Set.of(LOCAL, HDFS, "viewfs");

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

    /** Keeps others from deleting what is written; null where the directory above belongs to this process. */
    private Owner owner;

    private boolean marked;
    private boolean committed;

    private StagedOutput(FileSystem files, Path target, Leftovers places, boolean overwrite, String failure)
            throws IOException {
        if (target.isRoot()) {
            throw new IOException("it is the root directory");
        }
        this.files = files;
        this.target = target;
        this.overwrite = overwrite;
        this.failure = failure;
        this.beside = places.beside();
        this.old = places.old();
        Path at = target.getParent();
        while (!at.isRoot() && !files.exists(at)) {
            at = at.getParent();
        }
        this.foundation = at;
    }

    /**
     * Makes room for an output, and deletes what killed processes left that wrote to the same place.
     *
     * @param files where it is
     * @param target its path, with the file system's name
     * @param overwrite whether it may replace what is there when it is committed
     * @param failure what a failed {@link #commit} says before the reason, as in {@code cannot write out}
     * @throws IOException if nothing can be written there; then nothing is left
     */
    public static StagedOutput begin(FileSystem files, Path target, boolean overwrite, String failure)
            throws IOException {
        recover(files, target);
        OwnerName name = OwnerName.unused();
        StagedOutput staged = new StagedOutput(files, target, Leftovers.of(target, name), overwrite, failure);
        name.hold();
        try {
            staged.makeRoom();
            staged.owner = Owner.write(files, Leftovers.ownerFile(staged.beside), name);
            sweep(files, target.getParent(), target.getName()::equals);
            return staged;
        } catch (IOException | RuntimeException e) {
            name.release();
            staged.close();
            throw e;
        }
    }

    /**
     * The same in a directory that this process has to itself ({@link Owner#claim}), where what a killed process
     * left of the same target is in the way and deleted.
     */
    public static StagedOutput beginInClaimed(FileSystem files, Path target, String failure) throws IOException {
        StagedOutput staged = new StagedOutput(files, target, Leftovers.inClaimed(target), true, failure);
        try {
            files.delete(staged.beside, true);
            staged.makeRoom();
            return staged;
        } catch (IOException e) {
            staged.close();
            throw e;
        }
    }

    private void makeRoom() throws IOException {
        if (!files.mkdirs(beside)) {
            throw new IOException("cannot make a directory in " + target.getParent());
        }
        // also when the JVM is asked to end in between
        files.deleteOnExit(beside);
    }

    /**
     * Makes sure that an output is there if it was, though a process was killed as it replaced it. Waits for a
     * process that does so now.
     *
     * @param path of the output or in it, with the file system's name
     */
    public static void recover(FileSystem files, Path path) throws IOException {
        Leftovers.recover(files, path);
    }

    /**
     * Deletes what dead processes left that wrote to a directory.
     *
     * @param targets which names in the directory they wrote
     */
    public static void sweep(FileSystem files, Path directory, Predicate<String> targets) throws IOException {
        for (Leftovers left : Leftovers.in(files, directory, targets)) {
            left.sweep(files);
        }
    }

    /**
     * Deletes a directory at once, as it looks from outside: what a process leaves that is killed meanwhile is
     * deleted by the next {@link #sweep}.
     */
    public static void deleteWhole(FileSystem files, Path directory) throws IOException {
        Path away = Leftovers.of(directory, OwnerName.unused()).beside();
        if (!files.rename(directory, away)) {
            throw new IOException("cannot rename " + directory + " to " + away);
        }
        files.delete(away, true);
    }

    /**
     * Refuses a file that could not be opened: Hadoop's local file system takes what is before a colon for the name
     * of another file system when it looks for the file's checksum.
     *
     * @param path of a file or directory; the latter may have any name
     * @throws NsvqException if it is such a file, or there is nothing yet
     */
    public static void requireFileName(FileSystem files, Path path) throws IOException {
        boolean colon = path.getName().contains(":") && files instanceof ChecksumFileSystem;
        NsvqException.unless(
                !colon || (files.exists(path) && files.getFileStatus(path).isDirectory()),
                path.toUri().getPath() + ": Hadoop's local file system opens no file whose name holds a colon, give"
                        + " it another name");
    }

    /** Whether a killed rename has either renamed a directory or done nothing. */
    static boolean renamesAtOnce(FileSystem files) {
        return RENAME_AT_ONCE.contains(files.getUri().getScheme());
    }

    /** Makes {@link #commit} add a {@code _SUCCESS} even where what was written has none. */
    public StagedOutput withSuccess() {
        marked = true;
        return this;
    }

    /** Returns where to write: a path where nothing is yet, inside a directory that is there. */
    public Path path() {
        return Leftovers.written(beside);
    }

    /** Returns a path inside {@link #path}. */
    public String path(String name) {
        return new Path(path(), name).toString();
    }

    /** Returns the place that the output goes to, with the file system's name. */
    public Path target() {
        return target;
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
            boolean directory = files.getFileStatus(path()).isDirectory();
            if (!directory) {
                requireFileName(files, target);
            }
            boolean replaces = files.exists(target);
            if (replaces && !overwrite) {
                throw new IOException("something else has written it meanwhile");
            }
            boolean file =
                    !directory && (!replaces || files.getFileStatus(target).isFile());
            if (!file || !putFile()) {
                put(replaces, directory && mark());
            }
            committed = true;
        } catch (IOException e) {
            throw new NsvqException(failure + ": " + Reason.of(e), e);
        }
    }

    /** Sees to the {@code _SUCCESS}; returns whether it is still to be written when all is in its place. */
    private boolean mark() throws IOException {
        Path success = new Path(path(), SUCCESS);
        boolean there = files.exists(success);
        if (renamesAtOnce(files)) {
            if (marked && !there) {
                files.create(success, true).close();
            }
            return false;
        }
        return (there && files.delete(success, false)) || marked;
    }

    /** Puts a file in its place in one step; returns false, and does nothing, where no file can be replaced. */
    private boolean putFile() throws IOException {
        switch (files.getUri().getScheme()) {
            case LOCAL -> {
                if (!(files instanceof ChecksumFileSystem checked)) {
                    return false;
                }
                // by what is below: Hive's local file system, where Spark brings Hive, replaces no file
                FileSystem below = checked.getRawFileSystem();
                Path checksum = checked.getChecksumFile(path());
                // goes first: with the other's checksum, neither file could be read
                below.delete(checked.getChecksumFile(target), false);
                rename(below, path(), target);
                if (below.exists(checksum)) {
                    rename(below, checksum, checked.getChecksumFile(target));
                }
            }
            case HDFS -> {
                Options.Rename how = overwrite ? Options.Rename.OVERWRITE : Options.Rename.NONE;
                FileContext.getFileContext(target.toUri(), files.getConf()).rename(path(), target, how);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void put(boolean replaces, boolean markedLast) throws IOException {
        if (replaces) {
            files.delete(old, true); // in a claimed directory, left by a process that was killed after its own commit
            rename(target, old);
        }
        try {
            rename(path(), target);
            if (markedLast) {
                files.create(new Path(target, SUCCESS), true).close();
            }
        } catch (IOException e) {
            takeBack(replaces, e);
            throw e;
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
            String where = "; what was there before is whole, but is now " + old;
            throw new NsvqException(failure + ": " + Reason.of(why) + where, e);
        }
    }

    private void rename(Path from, Path to) throws IOException {
        rename(files, from, to);
    }

    private static void rename(FileSystem files, Path from, Path to) throws IOException {
        if (!files.rename(from, to)) {
            throw new IOException("cannot rename " + from + " to " + to);
        }
    }

    @Override
    public void close() {
        try {
            try {
                if (committed) {
                    files.delete(old, true); // first: while the rest is there, it is known whose it is
                }
            } finally {
                if (owner != null) {
                    owner.close();
                }
            }
            files.delete(beside, true);
            files.cancelDeleteOnExit(beside);
            if (committed) {
                // again: what was running for a dead process may have gone on for a while
                sweep(files, target.getParent(), target.getName()::equals);
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
