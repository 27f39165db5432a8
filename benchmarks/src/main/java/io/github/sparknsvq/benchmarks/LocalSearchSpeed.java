package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Speed and recall of searches in an index file: {@code LocalSearchSpeed INDEX QUERIES TRUTH K PROBES...}. One JSON
 * line for each number of probes: on one thread, all queries in one call; {@code PROBES/single} searches for one
 * query after the other, {@code PROBES/2} on two threads.
 *
 * <p>The queries are a vector file, the truth an {@code ivecs} file whose rows start with the id of the query's
 * nearest vector, below 2^24. Speed is the median of {@value #REPEATS} searches after {@value #WARM_UP_SECONDS}
 * seconds of them. With {@code -Dbase=FILE}, the vectors of the index, {@code ofTen} is the share of neighbors that
 * are no farther than the true 10th.
 */
public final class LocalSearchSpeed {
    private static final int REPEATS = 7;

    private static final int WARM_UP_SECONDS = 3;

    private static final int TEN = 10;

    private LocalSearchSpeed() {}

    /** Measures what the arguments say. */
    public static void main(String[] args) {
        FloatMatrix queries = VectorFiles.readMatrix(Path.of(args[1]));
        FloatMatrix truth = VectorFiles.readMatrix(Path.of(args[2]));
        String base = System.getProperty("base");
        FloatMatrix vectors = base == null ? null : VectorFiles.readMatrix(Path.of(base));
        int k = Integer.parseInt(args[3]);
        try (IvfIndex index = FaissFiles.open(Path.of(args[0]))) {
            for (String setting : Arrays.asList(args).subList(4, args.length)) {
                String[] parts = setting.split("/", -1);
                String mode = parts.length > 1 ? parts[1] : "1";
                measure(args[0], index, queries, truth, vectors, k, Integer.parseInt(parts[0]), mode);
            }
        }
    }

    private static void measure(
            String name,
            IvfIndex index,
            FloatMatrix queries,
            FloatMatrix truth,
            FloatMatrix vectors,
            int k,
            int probes,
            String mode) {
        int n = queries.rows();
        long[] ids = new long[n * k];
        int[] found = new int[n];
        boolean single = mode.equals("single");
        int threads = single ? 1 : Integer.parseInt(mode);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        SearchOptions options =
                SearchOptions.nearest(k).withProbes(probes).withThreads(threads == 1 ? null : executor, threads);
        IvfIndex.Batch batch = new IvfIndex.Batch(queries.values(), n, options, ids, new float[n * k], found);
        Runnable search = () -> {
            if (single) {
                one(index, queries, k, probes);
            } else {
                index.search(batch);
            }
        };
        double[] seconds = new double[REPEATS];
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS);
            while (System.nanoTime() < end) {
                search.run();
            }
            for (int i = 0; i < REPEATS; i++) {
                long start = System.nanoTime();
                search.run();
                seconds[i] = (System.nanoTime() - start) * 1e-9;
            }
            index.search(batch);
        } finally {
            executor.shutdown();
        }
        Arrays.sort(seconds);
        long[] ranks = ranks(ids, found, truth, k);
        System.out.printf(
                Locale.ROOT,
                "{\"index\": \"%s\", \"k\": %d, \"probes\": %d, \"mode\": \"%s\","
                        + " \"recall@1\": %.4f, \"recall@10\": %.4f,"
                        + " \"recall@100\": %.4f, \"ofTen\": %s, \"queries_per_second\": %.0f, \"slowest\": %.0f,"
                        + " \"fastest\": %.0f}%n",
                Path.of(name).getFileName(),
                k,
                probes,
                single ? "single" : threads == 1 ? "batch" : "batch, " + threads + " threads",
                Recall.at(ranks, 1),
                Recall.at(ranks, Math.min(k, 10)),
                Recall.at(ranks, Math.min(k, 100)),
                vectors == null ? "null" : String.format(Locale.ROOT, "%.4f", ofTen(queries, vectors, truth, ids, k)),
                n / seconds[REPEATS / 2],
                n / seconds[REPEATS - 1],
                n / seconds[0]);
    }

    private static void one(IvfIndex index, FloatMatrix queries, int k, int probes) {
        int d = queries.columns();
        float[] query = new float[d];
        for (int i = 0; i < queries.rows(); i++) {
            System.arraycopy(queries.values(), i * d, query, 0, d);
            index.search(query, k, probes);
        }
    }

    /** Counts neighbors by distance, so that of equally near ones any is right. */
    private static double ofTen(FloatMatrix queries, FloatMatrix vectors, FloatMatrix truth, long[] ids, int k) {
        int d = queries.columns();
        int right = 0;
        for (int q = 0; q < queries.rows(); q++) {
            double tenth = squared(queries, q, vectors, (int) truth.get(q, TEN - 1), d);
            for (int i = 0; i < Math.min(k, TEN); i++) {
                right += squared(queries, q, vectors, (int) ids[q * k + i], d) <= tenth ? 1 : 0;
            }
        }
        return (double) right / queries.rows() / TEN;
    }

    private static double squared(FloatMatrix queries, int q, FloatMatrix vectors, int row, int d) {
        double sum = 0;
        for (int j = 0; j < d; j++) {
            double apart = (double) queries.get(q, j) - vectors.get(row, j);
            sum += apart * apart;
        }
        return sum;
    }

    private static long[] ranks(long[] ids, int[] found, FloatMatrix truth, int k) {
        long[] ranks = new long[found.length];
        for (int q = 0; q < ranks.length; q++) {
            ranks[q] = Recall.NOT_FOUND;
            for (int i = found[q] - 1; i >= 0; i--) {
                if (ids[q * k + i] == (long) truth.get(q, 0)) {
                    ranks[q] = i;
                }
            }
        }
        return ranks;
    }
}
