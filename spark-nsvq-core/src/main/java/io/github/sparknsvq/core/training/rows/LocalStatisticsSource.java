package io.github.sparknsvq.core.training.rows;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Rows in this JVM, split in equal runs that are worked on by as many threads. */
public final class LocalStatisticsSource implements StatisticsSource, AutoCloseable {
    private final int dimension;
    private final long rows;

    /** The blocks of each partition. */
    private final List<List<RowBlock>> blocks = new ArrayList<>();

    private final int cores;
    private final ExecutorService threads;

    /**
     * Splits a matrix.
     *
     * @param rows the rows, {@code N x D}
     * @param weights a positive weight for each row, or null if all weigh 1
     * @param partitions number of runs and threads, at least 1
     */
    public LocalStatisticsSource(FloatMatrix rows, float[] weights, int partitions) {
        this.dimension = rows.columns();
        this.rows = rows.rows();
        int each = Math.max(1, (rows.rows() + partitions - 1) / partitions);
        for (int from = 0; from < rows.rows(); from += each) {
            int n = Math.min(each, rows.rows() - from);
            float[] values = Arrays.copyOfRange(rows.values(), from * dimension, (from + n) * dimension);
            float[] blockWeights = weights == null ? null : Arrays.copyOfRange(weights, from, from + n);
            blocks.add(List.of(new RowBlock(from, new FloatMatrix(n, dimension, values), blockWeights)));
        }
        this.cores = partitions;
        this.threads = Executors.newFixedThreadPool(partitions, task -> {
            Thread thread = new Thread(task, "nsvq-training");
            thread.setDaemon(true);
            return thread;
        });
    }

    private LocalStatisticsSource(LocalStatisticsSource of, int ranges) {
        this.dimension = of.dimension;
        this.rows = of.rows;
        this.cores = of.cores;
        this.threads = of.threads;
        for (int range = 0; range < ranges; range++) {
            long from = StatisticsSource.startOfRange(rows, ranges, range);
            long to = StatisticsSource.startOfRange(rows, ranges, range + 1);
            blocks.add(of.blocks.stream()
                    .flatMap(List::stream)
                    .map(block -> block.within(from, to))
                    .filter(Objects::nonNull)
                    .toList());
        }
    }

    @Override
    public StatisticsSource inRanges(int count) {
        return new LocalStatisticsSource(this, count);
    }

    @Override
    public int threads(int tasks) {
        return Math.max(1, cores / tasks);
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public <R> List<R> perPartition(PartitionTask<R> task) {
        List<Future<R>> running = new ArrayList<>();
        for (List<RowBlock> partition : blocks) {
            running.add(threads.submit(() -> task.run(partition.iterator())));
        }
        List<R> results = new ArrayList<>();
        for (Future<R> one : running) {
            results.add(result(one));
        }
        return results;
    }

    private static <R> R result(Future<R> running) {
        try {
            return running.get();
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

    /** Ends the threads. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
