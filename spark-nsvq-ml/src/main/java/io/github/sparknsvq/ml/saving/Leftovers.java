package io.github.sparknsvq.ml.saving;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What staged outputs leave beside their places when their process is killed: {@code .NAME-OWNER.tmp}, where
 * something was being written, and {@code .NAME-OWNER.old}, which was to be replaced.
 *
 * @param target the name of the output
 * @param owner of what is left; null if an earlier release wrote it, which did not say
 * @param beside the directory that was written to, which need not be there
 * @param old what was there before, which need not be there
 */
record Leftovers(String target, OwnerName owner, Path beside, Path old) {
    private static final String TMP = ".tmp";
    private static final String OLD = ".old";

    /** An owner, or what earlier releases wrote in its place. */
    private static final String EARLIER = "(?:resumable-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    private static final Pattern NAME =
            Pattern.compile("\\.(.+?)-(" + OwnerName.PATTERN.pattern() + "|" + EARLIER + ")(\\.tmp|\\.old)");

    /** What an earlier release left is taken for dead when nothing in it has changed for so long. */
    private static final Duration EARLIER_AGE = Duration.ofDays(1);

    /** How long a live process may take from one rename to the next. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The same for a process of an earlier release, which may as well be dead. */
    private static final Duration EARLIER_PATIENCE = Duration.ofSeconds(1);

    private static final int POLL_MILLIS = 20;

    /** Names what an owner has beside a target. */
    static Leftovers of(Path target, OwnerName owner) {
        return of(target.getParent(), target.getName(), owner, owner.toString());
    }

    /** Names the same in a directory that the process has to itself. */
    static Leftovers inClaimed(Path target) {
        return of(target.getParent(), target.getName(), null, "writing");
    }

    private static Leftovers of(Path directory, String target, OwnerName owner, String mark) {
        String start = "." + target + "-" + mark;
        return new Leftovers(target, owner, child(directory, start + TMP), child(directory, start + OLD));
    }

    /** Returns a path in a directory; Hadoop would take what is before a colon for a scheme. */
    static Path child(Path directory, String name) {
        return new Path(directory, "./" + name);
    }

    /** Returns the file that the owner of a staged output touches. */
    static Path ownerFile(Path beside) {
        return new Path(beside, "_owner");
    }

    /** Returns where an output is written to. */
    static Path written(Path beside) {
        return new Path(beside, "new");
    }

    /** Finds what is left in a directory; nothing if there is no such directory. */
    static List<Leftovers> in(FileSystem files, Path directory, Predicate<String> targets) throws IOException {
        FileStatus[] hidden;
        try {
            hidden = files.listStatus(directory, path -> path.getName().startsWith("."));
        } catch (FileNotFoundException e) {
            return List.of();
        }
        List<Leftovers> found = new ArrayList<>();
        for (FileStatus status : hidden) {
            Matcher matcher = NAME.matcher(status.getPath().getName());
            if (matcher.matches() && targets.test(matcher.group(1))) {
                OwnerName owner = OwnerName.parse(matcher.group(2)).orElse(null);
                Leftovers left = of(directory, matcher.group(1), owner, matcher.group(2));
                if (!found.contains(left)) {
                    found.add(left);
                }
            }
        }
        return found;
    }

    /**
     * Puts something in the place of an output that was moved away to be replaced and is not there now, or of a
     * directory above it. Waits for a process that is just replacing it.
     *
     * @param path of an output, or below it
     */
    static void recover(FileSystem files, Path path) throws IOException {
        Path target = path;
        while (target != null && !target.isRoot() && !files.exists(target)) {
            String name = target.getName();
            for (Leftovers left : in(files, target.getParent(), name::equals)) {
                if (files.exists(left.old()) && left.isDeadBeforeItIsDone(files, target)) {
                    left.restore(files, target);
                    return;
                }
            }
            target = target.getParent();
        }
    }

    /** Waits as long as the owner lives and the target is not there; returns whether it died before it was. */
    private boolean isDeadBeforeItIsDone(FileSystem files, Path target) throws IOException {
        long end = System.nanoTime() + (owner == null ? EARLIER_PATIENCE : PATIENCE).toNanos();
        while (!files.exists(target)) {
            if (owner != null && Owner.isDead(files, owner, ownerFile(beside))) {
                return true;
            }
            if (System.nanoTime() > end) {
                return owner == null;
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for " + target, e);
            }
        }
        return false;
    }

    /**
     * Puts the new output in its place, which is whole if the old one has been moved away; or the old one, where a
     * killed rename may have moved a part.
     */
    private void restore(FileSystem files, Path target) throws IOException {
        boolean whole = owner != null && StagedOutput.renamesAtOnce(files) && files.exists(written(beside));
        if (files.exists(target)) {
            return; // asked last, since another process may be doing the same
        }
        Path from = whole ? written(beside) : old;
        try {
            if (!files.rename(from, target) && !files.exists(target)) {
                throw new IOException("cannot rename " + from + " to " + target);
            }
        } catch (FileNotFoundException e) {
            if (!files.exists(target)) { // else another process was faster
                throw e;
            }
        }
        delete(files);
    }

    /** Deletes this, if its owner is dead and what is in the output's place is whole. */
    void sweep(FileSystem files) throws IOException {
        boolean dead = owner == null ? isOld(files) : Owner.isDead(files, owner, ownerFile(beside));
        if (dead && (!files.exists(old) || files.exists(child(old.getParent(), target)))) {
            delete(files);
        }
    }

    /** Deletes this, the directory with the owner's file last. */
    void delete(FileSystem files) throws IOException {
        files.delete(old, true);
        files.delete(beside, true);
    }

    private boolean isOld(FileSystem files) throws IOException {
        long newest = Math.max(newest(files, beside), newest(files, old));
        return System.currentTimeMillis() - newest > EARLIER_AGE.toMillis();
    }

    private static long newest(FileSystem files, Path path) throws IOException {
        if (!files.exists(path)) {
            return 0;
        }
        FileStatus status = files.getFileStatus(path);
        long newest = status.getModificationTime();
        if (status.isDirectory()) {
            for (FileStatus below : files.listStatus(path)) {
                newest = Math.max(newest, newest(files, below.getPath()));
            }
        }
        return newest;
    }
}
