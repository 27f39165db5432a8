package io.github.sparknsvq.ml.saving;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The process that something belongs to, as part of the name of a file or directory: a name is there as soon as the
 * file is, so that whatever a killed process leaves says whose it was.
 *
 * @param machine where the process numbers are valid: a hash of the machine, its last start and the container
 * @param process the number of the process
 * @param started when it started, in milliseconds since 1970
 * @param token of one owner among those of the process
 */
record OwnerName(String machine, long process, long started, String token) {
    /** What {@link #toString} gives. */
    static final Pattern PATTERN =
            Pattern.compile("([0-9a-f]{8})\\.([0-9a-z]{1,12})\\.([0-9a-z]{1,12})\\.([0-9a-f]{8})");

    static final String HOST = host();

    private static final ProcessHandle SELF = ProcessHandle.current();
    private static final String MACHINE = machineHere();
    private static final long STARTED = startOf(SELF);

    /**
     * Start of the names of system properties, one for each token that this process holds: a class that two class
     * loaders have loaded, as those of Spark Connect's sessions do, has no field that both see.
     */
    private static final String HELD = "io.github.sparknsvq.owner.";

    /** Start times are told by clocks that are set now and then, milliseconds. */
    private static final long START_TOLERANCE = 3_000;

    /** Returns a name of this process that nothing else has. */
    static OwnerName unused() {
        String token = UUID.randomUUID().toString().substring(0, 8);
        return new OwnerName(MACHINE, SELF.pid(), STARTED, token);
    }

    /** Reads a name; empty if it is none. */
    static Optional<OwnerName> parse(String name) {
        Matcher matcher = PATTERN.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            long process = Long.parseLong(matcher.group(2), Character.MAX_RADIX);
            long started = Long.parseLong(matcher.group(3), Character.MAX_RADIX);
            return Optional.of(new OwnerName(matcher.group(1), process, started, matcher.group(4)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Says that this process holds what has this name. */
    void hold() {
        System.setProperty(HELD + token, "held");
    }

    /** Takes {@link #hold} back. */
    void release() {
        System.clearProperty(HELD + token);
    }

    /** For tests: takes back all that this process holds, as its end would. */
    static void releaseAll() {
        System.getProperties().keySet().removeIf(key -> key.toString().startsWith(HELD));
    }

    /** Whether the process is this one. */
    boolean isOfThisProcess() {
        return machine.equals(MACHINE) && process == SELF.pid() && started == STARTED;
    }

    /** What can be said of a process from here. */
    enum State {
        ALIVE,
        DEAD,
        /** It is on another machine, or hidden. */
        UNKNOWN
    }

    /** Returns what is known of the process without asking a file system. */
    State state() {
        if (isOfThisProcess()) {
            return System.getProperty(HELD + token) == null ? State.DEAD : State.ALIVE;
        }
        if (!machine.equals(MACHINE)) {
            return State.UNKNOWN;
        }
        Optional<ProcessHandle> found = ProcessHandle.of(process).filter(ProcessHandle::isAlive);
        if (found.isEmpty()) {
            boolean othersAreHidden = ProcessHandle.of(1).isEmpty();
            return othersAreHidden ? State.UNKNOWN : State.DEAD;
        }
        if (isZombie()) {
            return State.DEAD;
        }
        return Math.abs(startOf(found.get()) - started) <= START_TOLERANCE ? State.ALIVE : State.UNKNOWN;
    }

    /** A process that has ended counts as alive for Java until its parent has taken notice, which may be never. */
    private boolean isZombie() {
        return read("/proc/" + process + "/stat").contains(") Z ");
    }

    private static long startOf(ProcessHandle handle) {
        return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String machineHere() {
        String known = HOST + read("/proc/sys/kernel/random/boot_id") + linkOf("/proc/self/ns/pid");
        byte[] bytes = known.getBytes(StandardCharsets.UTF_8);
        return UUID.nameUUIDFromBytes(bytes).toString().substring(0, 8);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "a host without a name";
        }
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return ""; // no Linux, or no such process
        }
    }

    private static String linkOf(String file) {
        try {
            return Files.readSymbolicLink(Path.of(file)).toString();
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public String toString() {
        return machine + "." + Long.toString(process, Character.MAX_RADIX) + "."
                + Long.toString(started, Character.MAX_RADIX) + "." + token;
    }
}
