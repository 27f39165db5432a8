package io.github.sparknsvq.cli;

import io.github.sparknsvq.cli.report.RunRecord;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.watch.StageTasks;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Reports progress on stderr: on a terminal one line that is written over, elsewhere a plain line every few seconds.
 */
final class Progress implements TrainingListener, AutoCloseable {
    private static final double LIVE_SECONDS = 0.1;
    private static final double PLAIN_SECONDS = 5;

    /** Back to the start of the line, and clear it. */
    private static final String REWRITE = "\r\u001b[K";

    private static final int BAR = 20;

    /** Fewer tasks than these say little of the time left. */
    private static final int FEW_TASKS = 4;

    /** A training tells more than the tasks of its jobs do, and is heard of within so many seconds. */
    private static final double TRAINING_SECONDS = 10;

    /** Share of the work before which its pace, in a JVM that just started, says nothing of the rest. */
    private static final double FORESEEABLE = 0.02;

    private final RunRecord record = new RunRecord();
    private final PrintWriter err;
    private final boolean live;
    private Consumer<String> begun = what -> {};
    private String task = "";
    private long shown;

    /** The first report: what was done before it (packing, or an earlier run that this one resumes) says nothing. */
    private TrainingListener.Progress first;

    private long firstAt;

    /** Rows that were gone through since the first report. */
    private long rows;

    private double last;

    /** When a training was heard of last; 0 if it never was in this task. */
    private long trained;

    private boolean open;

    /** Reports to stderr, as picocli holds it; on one line if that is a terminal. */
    Progress(PrintWriter err) {
        this(err, stderrIsTerminal());
    }

    Progress(PrintWriter err, boolean live) {
        this.err = err;
        this.live = live;
    }

    /** Returns what was done so far, for a report. */
    RunRecord record() {
        return record;
    }

    /** Tells someone else, too, which tasks begin. */
    void onBegin(Consumer<String> told) {
        begun = told;
    }

    /** Begins a task and says what it is. */
    synchronized void begin(String what) {
        close();
        record.begin(what);
        begun.accept(what);
        task = what;
        first = null;
        trained = 0;
        last = 0;
        shown = System.nanoTime() - (long) (PLAIN_SECONDS * 1e9);
        if (live) {
            err.print(REWRITE + "nsvq: " + what);
            err.flush();
            open = true;
        } else {
            say(what);
        }
    }

    /** Writes a line that stays. */
    synchronized void say(String line) {
        close();
        err.println("nsvq: " + line);
    }

    @Override
    public synchronized void begins(String part) {
        record.begins(part);
    }

    @Override
    public synchronized void progressed(TrainingListener.Progress at) {
        record.progressed(at);
        long now = System.nanoTime();
        trained = now;
        if (first == null || at.done() < last) { // or the next part of the training begins
            first = at;
            firstAt = now;
            rows = 0;
        } else {
            rows += at.rows();
        }
        last = at.done();
        if ((now - shown) / 1e9 < (live ? LIVE_SECONDS : PLAIN_SECONDS)) {
            return;
        }
        shown = now;
        String line = line(at, at.done() - first.done(), rows, (now - firstAt) / 1e9);
        if (live) {
            err.print(REWRITE + "nsvq: " + bar(at.done()) + " " + line);
            err.flush();
            open = true;
        } else {
            err.println("nsvq: " + task + ": " + line);
        }
    }

    /** Tells how far a stage of Spark's is, where the work is no training, which tells more. */
    synchronized void counted(StageTasks.Count at) {
        long now = System.nanoTime();
        boolean training = trained > 0 && (now - trained) / 1e9 < TRAINING_SECONDS;
        double pause = live ? LIVE_SECONDS : PLAIN_SECONDS;
        if (training || at.all() < FEW_TASKS || at.seconds() < PLAIN_SECONDS || (now - shown) / 1e9 < pause) {
            return;
        }
        shown = now;
        if (live) {
            err.print(REWRITE + "nsvq: " + bar((double) at.done() / at.all()) + " " + line(at));
            err.flush();
            open = true;
        } else {
            err.println("nsvq: " + task + ": " + line(at));
        }
    }

    static String line(StageTasks.Count at) {
        return String.format(
                Locale.ROOT,
                "%,d of %,d tasks of a stage, %.1f tasks/s, %s left",
                at.done(),
                at.all(),
                at.done() / at.seconds(),
                duration(at.left()));
    }

    /**
     * Returns what to say: where it is, how fast, and the time left if {@code share} of the whole, with so many rows,
     * took {@code seconds}.
     */
    static String line(TrainingListener.Progress at, double share, long rows, double seconds) {
        StringBuilder line = new StringBuilder();
        line.append(String.format(
                Locale.ROOT,
                "pass %d/%d, %.0f %%, loss %.6g",
                at.iteration(),
                at.maxIter(),
                100 * at.done(),
                at.mse()));
        if (at.learningRate() > 0) {
            line.append(String.format(Locale.ROOT, ", rate %.3g", at.learningRate()));
        }
        if (rows > 0 && seconds > 0) {
            line.append(String.format(Locale.ROOT, ", %,.0f rows/s", rows / seconds));
        }
        if (share >= FORESEEABLE) {
            line.append(", ")
                    .append(duration(seconds * (1 - at.done()) / share))
                    .append(" left");
        }
        return line.toString();
    }

    private static String bar(double done) {
        int full = (int) Math.round(BAR * Math.max(0, Math.min(1, done)));
        return "[" + "#".repeat(full) + " ".repeat(BAR - full) + "]";
    }

    private static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole < 60
                ? whole + " s"
                : whole < 3600
                        ? whole / 60 + " min " + whole % 60 + " s"
                        : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }

    /** Clears the line that is written over, if there is one. */
    @Override
    public synchronized void close() {
        if (open) {
            err.print(REWRITE);
            err.flush();
            open = false;
        }
    }

    /** Asks the shell: Java's console looks at stdin and stdout, and stdout is mostly redirected here. */
    private static boolean stderrIsTerminal() {
        if ("dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        try {
            return new ProcessBuilder("sh", "-c", "test -t 2")
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
