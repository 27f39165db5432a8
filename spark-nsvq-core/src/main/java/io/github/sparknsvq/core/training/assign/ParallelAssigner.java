package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * Assigns a task's rows by several threads: each takes some of the blocks, as partitions do, and then each merges
 * what all counted of some of the codewords, in the order of the blocks, and may move these codewords at once.
 */
public final class ParallelAssigner implements AutoCloseable {
    private final Assignment assignment;
    private final Device device;
    private final List<List<RowBlock>> shares = new ArrayList<>();
    private final RowAssigner[] assigners;
    private final CodebookStatistics[] counted;

    /** The threads beside the one that calls. */
    private final ExecutorService pool;

    /** What is done with some of the codewords once it is known what they get. */
    @FunctionalInterface
    public interface Move {
        /**
         * Takes what the codewords {@code [from, to)} got; several threads call it, each with its own.
         *
         * @param counted counts and errors of all codewords, sums of these
         */
        void of(CodebookStatistics counted, int from, int to);
    }

    /**
     * Makes the threads.
     *
     * @param assignment how rows choose
     * @param blocks the rows
     * @param threads how many threads to use at most, at least 1: no more than there are blocks
     * @param device where to search
     */
    public ParallelAssigner(Assignment assignment, List<RowBlock> blocks, int threads, Device device) {
        this.assignment = assignment;
        this.device = device;
        int used = Math.max(1, Math.min(threads, blocks.size()));
        for (int t = 0; t < used; t++) {
            shares.add(blocks.subList(start(blocks.size(), t, used), start(blocks.size(), t + 1, used)));
        }
        this.assigners = new RowAssigner[used];
        this.counted = new CodebookStatistics[used];
        Arrays.setAll(assigners, t -> new RowAssigner(assignment, device));
        CodebookLayout layout = assignment.layout();
        Arrays.setAll(counted, t -> new CodebookStatistics(layout.total(), layout.dimension()));
        this.pool = used == 1
                ? null
                : Executors.newFixedThreadPool(used - 1, task -> {
                    Thread thread = new Thread(task, "nsvq-local-steps");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    private static int start(int all, int part, int parts) {
        return (int) ((long) all * part / parts);
    }

    /**
     * Counts what the codewords get from the selected rows.
     *
     * @param selection which of the rows
     * @param codewords all codewords, row-major
     * @param move is told of all codewords, of each once
     * @return the statistics, which the next call overwrites
     */
    public CodebookStatistics assign(RowSelection selection, float[] codewords, Move move) {
        inParallel(t -> {
            counted[t].clear();
            // each prepares the codebook for itself: an assigner has buffers, and to wait would take as long
            Assigner search = assignment.prepare(codewords, device, assigners[t].chunk());
            assigners[t].assign(shares.get(t).iterator(), selection, search, counted[t]);
        });
        int total = assignment.layout().total();
        int threads = counted.length;
        for (int other = 1; other < threads; other++) {
            counted[0].count(counted[other]);
        }
        inParallel(t -> {
            int from = start(total, t, threads);
            int to = start(total, t + 1, threads);
            for (int other = 1; other < threads; other++) {
                counted[0].mergeSums(counted[other], from, to);
            }
            move.of(counted[0], from, to);
        });
        return counted[0];
    }

    private void inParallel(IntConsumer work) {
        List<Future<?>> running = new ArrayList<>();
        for (int t = 1; t < counted.length; t++) {
            int thread = t;
            running.add(pool.submit(() -> work.accept(thread)));
        }
        work.accept(0);
        for (Future<?> one : running) {
            try {
                one.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new CompletionException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CompletionException(e);
            }
        }
    }

    /** Ends the threads. */
    @Override
    public void close() {
        if (pool != null) {
            pool.shutdownNow();
        }
    }
}
