package io.github.sparknsvq.gpu;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The one queue of a device in this JVM, for all tasks: two lanes, so that one is filled or read while
 * the other runs, and one thread that runs them. No caller waits longer than the queue's patience.
 *
 * <p>A device that failed, or did not give a result in that time, is given up for as long as the JVM lives, with
 * one warning.
 */
final class DeviceQueue {
    private static final System.Logger LOG = System.getLogger(DeviceQueue.class.getName());
    private static final int LANES = 2;

    /** Permits that release all callers that wait for a device that was given up. */
    private static final int ALL_WAITING = 1 << 20;

    private final String name;
    private final Supplier<Lane> maker;
    private final Duration patience;
    private final Semaphore free = new Semaphore(LANES, true);
    private final Deque<Lane> idle = new ArrayDeque<>();
    private final ExecutorService thread;
    private boolean warnedOfWaiting;
    private volatile boolean failed;

    /**
     * Makes a queue; nothing happens on the device yet.
     *
     * @param name of the device, for messages
     * @param maker makes its lanes
     * @param patience how long to wait for a lane, and for its result
     */
    DeviceQueue(String name, Supplier<Lane> maker, Duration patience) {
        this.name = name;
        this.maker = maker;
        this.patience = patience;
        this.thread = Executors.newSingleThreadExecutor(task -> {
            Thread made = new Thread(task, "nsvq-opencl");
            made.setDaemon(true);
            return made;
        });
    }

    /** Returns whether the device was given up. */
    boolean failed() {
        return failed;
    }

    /** Returns how long to wait for a result. */
    Duration patience() {
        return patience;
    }

    /**
     * Waits for a lane.
     *
     * @return the lane, to be given back; null if none came free or the device was given up
     * @throws InterruptedException if the thread is interrupted
     */
    Lane take() throws InterruptedException {
        if (failed) {
            return null;
        }
        if (!free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
            warnOfWaiting();
            return null;
        }
        return permitted();
    }

    /** Returns a lane if one is free at once, else null. */
    Lane takeAtOnce() {
        return !failed && free.tryAcquire() ? permitted() : null;
    }

    private Lane permitted() {
        Lane lane;
        synchronized (idle) {
            if (failed) {
                return null;
            }
            lane = idle.poll();
        }
        try {
            return lane != null ? lane : maker.get();
        } catch (RuntimeException | LinkageError e) {
            fail(e);
            return null;
        }
    }

    /** Makes a lane that is not of the queue. */
    Lane newLane() {
        return maker.get();
    }

    /** Hands a lane on to the next, or gives its memory back if there is no next. */
    void give(Lane lane) {
        synchronized (idle) {
            if (failed) {
                // on the device's thread, which may be stuck
                thread.execute(lane::close);
                return;
            }
            idle.push(lane);
        }
        free.release();
    }

    /** Runs a lane when those before it are done. */
    Future<?> run(Lane lane) {
        return thread.submit(lane::run);
    }

    /** Takes a lane back, when it has run, from a caller that does not wait for it any more. */
    void giveLater(Lane lane) {
        thread.execute(() -> give(lane));
    }

    /**
     * Gives the device up: says so once, and everything goes to the CPU from here on.
     *
     * @param cause what happened
     */
    void fail(Throwable cause) {
        synchronized (idle) {
            if (failed) {
                return;
            }
            failed = true;
            idle.forEach(lane -> thread.execute(lane::close));
            idle.clear();
        }
        free.release(ALL_WAITING);
        LOG.log(System.Logger.Level.WARNING, "OpenCL device {0} failed, the CPU goes on alone: {1}", name, cause);
        LOG.log(System.Logger.Level.DEBUG, "OpenCL device failed", cause);
    }

    private synchronized void warnOfWaiting() {
        if (!warnedOfWaiting && !failed) {
            warnedOfWaiting = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "OpenCL device {0} was busy for {1} s; what does not get it in time is searched on the CPU",
                    name,
                    patience.toSeconds());
        }
    }
}
