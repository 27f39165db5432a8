package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Speed and recall of searches in an index file, on one thread, all queries in one call: {@code LocalSearchSpeed
 * INDEX QUERIES TRUTH K PROBES...}. One JSON line for each number of probes.
 *
 * <p>The queries are a vector file, the truth an {@code ivecs} file whose rows start with the id of the query's
 * nearest vector, below 2^24. Speed is the median of {@value #REPEATS} searches after {@value #WARM_UP_SECONDS}
 * seconds of them.
 */
public final class LocalSearchSpeed {
    private static final int REPEATS = 7;

    private static final int WARM_UP_SECONDS = 3;

    private LocalSearchSpeed() {}

    /** Measures what the arguments say. */
    public static void main(String[] args) {
        FloatMatrix queries = VectorFiles.readMatrix(Path.of(args[1]));
        FloatMatrix truth = VectorFiles.readMatrix(Path.of(args[2]));
        int k = Integer.parseInt(args[3]);
        try (IvfIndex index = FaissFiles.open(Path.of(args[0]))) {
            for (String probes : Arrays.asList(args).subList(4, args.length)) {
                measure(args[0], index, queries, truth, k, Integer.parseInt(probes));
            }
        }
    }

    private static void measure(
            String name, IvfIndex index, FloatMatrix queries, FloatMatrix truth, int k, int probes) {
        int n = queries.rows();
        long[] ids = new long[n * k];
        float[] distances = new float[n * k];
        int[] found = new int[n];
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS);
        while (System.nanoTime() < end) {
            index.search(new IvfIndex.Batch(queries.values(), n, k, probes, null, ids, distances, found));
        }
        double[] seconds = new double[REPEATS];
        for (int i = 0; i < REPEATS; i++) {
            long start = System.nanoTime();
            index.search(new IvfIndex.Batch(queries.values(), n, k, probes, null, ids, distances, found));
            seconds[i] = (System.nanoTime() - start) * 1e-9;
        }
        Arrays.sort(seconds);
        long[] ranks = ranks(ids, found, truth, k);
        System.out.printf(
                Locale.ROOT,
                "{\"index\": \"%s\", \"k\": %d, \"probes\": %d, \"recall@1\": %.4f, \"recall@10\": %.4f,"
                        + " \"recall@100\": %.4f, \"queries_per_second\": %.0f}%n",
                Path.of(name).getFileName(),
                k,
                probes,
                Recall.at(ranks, 1),
                Recall.at(ranks, Math.min(k, 10)),
                Recall.at(ranks, Math.min(k, 100)),
                n / seconds[REPEATS / 2]);
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
