package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.SummingSearch;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A search of many rows by several threads, each of which takes the next call's rows when it is done with its last.
 */
final class ParallelSearch implements AutoCloseable {
    /** A warm-up takes so many times its seconds at most. */
    private static final int LONGEST = 5;

    private final NearestCodeword search;
    private final FloatMatrix rows;
    private final int rowsPerCall;
    private final int[] index;
    private final float[] squaredDistance;
    private final List<Worker> workers = new ArrayList<>();
    private final ExecutorService pool;

    /**
     * Makes a search.
     *
     * @param search the codebook, prepared
     * @param rows all rows
     * @param threads number of threads
     * @param rowsPerCall rows of a call, 0 for as many as the search wants
     * @param summing whether rows are added up by codeword, as in training, and their codewords not returned
     */
    ParallelSearch(NearestCodeword search, FloatMatrix rows, int threads, int rowsPerCall, boolean summing) {
        this.search = search;
        this.rows = rows;
        this.rowsPerCall = rowsPerCall > 0 ? rowsPerCall : search.rowsPerCall();
        this.index = new int[rows.rows()];
        this.squaredDistance = new float[rows.rows()];
        for (int i = 0; i < threads; i++) {
            workers.add(new Worker(summing));
        }
        this.pool = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "search");
            thread.setDaemon(true);
            return thread;
        });
    }

    int rowsPerCall() {
        return rowsPerCall;
    }

    /** Returns the codewords that the last runs found. */
    int[] index() {
        return index;
    }

    /** Returns their squared distances. */
    float[] squaredDistance() {
        return squaredDistance;
    }

    /**
     * Runs small searches until compilers are done: for the warm-up's seconds, and then, up to five times as long,
     * until two in turn take about the same time.
     *
     * @return how many rows a run has that takes as long as limits allow
     */
    int warmUp(GpuLimits limits) {
        int few = (int) Math.min(rows.rows(), (long) workers.size() * rowsPerCall);
        long start = System.nanoTime();
        double before;
        double seconds = GpuLimits.secondsOf(() -> run(few));
        double passed;
        do {
            before = seconds;
            seconds = GpuLimits.secondsOf(() -> run(few));
            passed = (System.nanoTime() - start) / 1e9;
        } while (passed < limits.warmUp() || (unlike(seconds, before) && passed < LONGEST * limits.warmUp()));
        double most = limits.seconds() * few / Math.min(before, seconds);
        return (int) Math.min(rows.rows(), Math.max(1, Math.floor(most / few)) * few);
    }

    private static boolean unlike(double one, double other) {
        return Math.max(one, other) > 1.5 * Math.min(one, other);
    }

    /** Searches for the first rows. */
    void run(int count) {
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> running = new ArrayList<>();
        for (Worker worker : workers) {
            running.add(pool.submit(() -> worker.work(next, count)));
        }
        for (Future<?> one : running) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }

    /** One thread's part and its arrays. */
    private final class Worker {
        private final int[] found = new int[rowsPerCall];
        private final float[] distance = new float[rowsPerCall];
        private final CodebookStatistics sums;

        Worker(boolean summing) {
            sums = summing ? new CodebookStatistics(search.codewords(), search.dimension()) : null;
        }

        void work(AtomicInteger next, int count) {
            for (int from; (from = next.getAndAdd(rowsPerCall)) < count; ) {
                int n = Math.min(rowsPerCall, count - from);
                if (sums != null && search instanceof SummingSearch summing) {
                    summing.accumulate(rows.values(), from * rows.columns(), n, null, 0, 0, sums);
                } else {
                    find(from, n);
                }
            }
        }

        private void find(int from, int n) {
            int d = rows.columns();
            search.nearest(rows.values(), from * d, n, found, distance);
            for (int i = 0; sums != null && i < n; i++) {
                sums.add(found[i], rows.values(), (from + i) * d, 1f, distance[i]);
            }
            System.arraycopy(found, 0, index, from, n);
            System.arraycopy(distance, 0, squaredDistance, from, n);
        }
    }
}
