package io.github.sparknsvq.ml.saving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.sparknsvq.core.NsvqException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A file that says which process a directory belongs to as long as that works in it. A process of this machine is
 * dead as soon as it has ended; one of another machine, when it has not touched the file for {@link #SILENCE}.
 */
public final class Owner implements AutoCloseable {
    /** A process of another machine that was silent for so long is dead. */
    static final Duration SILENCE = Duration.ofMinutes(2);

    private static final int BEAT_SECONDS = 10;
    private static final String CLAIM = ".owner-";
    private static final String HOST = "host";
    private static final String PROCESS = "process";
    private static final String SINCE = "since";

    /** Directories that this process has to itself. */
    private static final Map<String, Owner> CLAIMS = new HashMap<>();

    private static final ScheduledExecutorService BEATS = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "nsvq-owner");
        thread.setDaemon(true);
        return thread;
    });

    private final FileSystem files;
    private final Path file;
    private final OwnerName name;
    private final Thread thread = Thread.currentThread();
    private final ScheduledFuture<?> beats;

    /** How often the thread has claimed the directory and not given it back. */
    private int claims = 1;

    private Owner(FileSystem files, Path file, OwnerName name) {
        this.files = files;
        this.file = file;
        this.name = name;
        this.beats = BEATS.scheduleWithFixedDelay(this::beat, BEAT_SECONDS, BEAT_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Writes the file.
     *
     * @param name of the owner, which this process holds until {@link #close}
     */
    static Owner write(FileSystem files, Path file, OwnerName name) throws IOException {
        name.hold();
        try {
            writeRecord(files, file);
            return new Owner(files, file, name);
        } catch (IOException | RuntimeException e) {
            name.release();
            throw e;
        }
    }

    private static void writeRecord(FileSystem files, Path file) throws IOException {
        Map<String, Object> content = Map.of(
                HOST,
                OwnerName.HOST,
                PROCESS,
                ProcessHandle.current().pid(),
                SINCE,
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        try (OutputStream out = files.create(file, true)) {
            out.write(new ObjectMapper().writeValueAsBytes(content));
        }
    }

    /**
     * Takes a directory for the calling thread alone, which may do so again; what dead owners left of this is
     * deleted.
     *
     * @param what the directory is, for messages
     * @param advice what to do if it belongs to another, for messages
     * @throws NsvqException if it belongs to another
     * @throws IOException if it cannot be read or written
     */
    public static Owner claim(FileSystem files, Path directory, String what, String advice) throws IOException {
        synchronized (CLAIMS) {
            Owner here = CLAIMS.get(directory.toString());
            if (here != null && here.name.state() == OwnerName.State.ALIVE) {
                if (here.thread == Thread.currentThread()) {
                    here.claims++;
                    return here;
                }
                throw new NsvqException(what + " " + directory + " is in use by another training in this process ("
                        + ProcessHandle.current().pid() + ", thread " + here.thread.getName() + "): " + advice);
            }
            refuseOthers(files, directory, null, what, advice);
            OwnerName name = OwnerName.unused();
            Owner owner = write(files, new Path(directory, CLAIM + name), name);
            try {
                // two that come at once see each other now: better none of them than both
                refuseOthers(files, directory, owner.file, what, advice);
            } catch (IOException | RuntimeException e) {
                owner.end();
                throw e;
            }
            CLAIMS.put(directory.toString(), owner);
            return owner;
        }
    }

    private static void refuseOthers(FileSystem files, Path directory, Path own, String what, String advice)
            throws IOException {
        for (FileStatus found :
                files.listStatus(directory, path -> path.getName().startsWith(CLAIM))) {
            Path other = found.getPath();
            OwnerName owner =
                    OwnerName.parse(other.getName().substring(CLAIM.length())).orElse(null);
            if (owner == null || other.getName().equals(own == null ? null : own.getName())) {
                continue;
            }
            if (isDead(files, owner, other)) {
                files.delete(other, false);
            } else {
                throw new NsvqException(what + " " + directory + " is in use by another training, "
                        + describe(files, other)
                        + ": " + advice
                        + (owner.state() == OwnerName.State.UNKNOWN
                                ? "; should that machine be gone, try again in " + SILENCE.toMinutes() + " minutes"
                                : ""));
            }
        }
    }

    private static String describe(FileSystem files, Path file) {
        try (InputStream in = files.open(file)) {
            JsonNode read = new ObjectMapper().readTree(in);
            return "process " + read.path(PROCESS).asText() + " on "
                    + read.path(HOST).asText() + ", since " + read.path(SINCE).asText();
        } catch (IOException e) {
            return "of which " + file + " says nothing yet";
        }
    }

    /**
     * Whether an owner is dead.
     *
     * @param file which it touches as long as it lives
     */
    static boolean isDead(FileSystem files, OwnerName owner, Path file) throws IOException {
        OwnerName.State state = owner.state();
        return state == OwnerName.State.DEAD || (state == OwnerName.State.UNKNOWN && isSilent(files, file));
    }

    private static boolean isSilent(FileSystem files, Path file) throws IOException {
        long touched;
        try {
            touched = files.getFileStatus(file).getModificationTime();
        } catch (FileNotFoundException e) {
            if (file.getParent() == null || !files.exists(file.getParent())) {
                return true;
            }
            touched = files.getFileStatus(file.getParent()).getModificationTime();
        }
        return System.currentTimeMillis() - touched > SILENCE.toMillis();
    }

    /** Whether nobody took the directory away, as happens when this process was silent for long. */
    public boolean isStillThere() throws IOException {
        return files.exists(file);
    }

    private synchronized void beat() {
        try {
            long now = System.currentTimeMillis();
            if (beats == null || beats.isCancelled() || !files.exists(file)) {
                return;
            }
            files.setTimes(file, now, -1);
            long told = files.getFileStatus(file).getModificationTime();
            if (now - told > TimeUnit.SECONDS.toMillis(BEAT_SECONDS)) {
                writeRecord(files, file); // object stores set no times
            }
        } catch (IOException | RuntimeException e) {
            // the next one may succeed; the work itself says what is wrong with the file system
        }
    }

    /** Gives the directory back, and deletes the file. */
    @Override
    public void close() throws IOException {
        synchronized (CLAIMS) {
            claims--;
            if (claims == 0) {
                CLAIMS.values().remove(this);
                end();
            }
        }
    }

    private synchronized void end() throws IOException {
        beats.cancel(false);
        name.release();
        files.delete(file, false);
    }
}
