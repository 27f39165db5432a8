package io.github.sparknsvq.benchmarks.fewer;

import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.ListSlack;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Rows scanned, recall and queries a second of an index file, by numbers of probes and by slacks, single queries on
 * one thread: {@code SlackSpeed INDEX QUERIES TRUTH RERANK REPEATS PROBES[:SLACK]...}.
 *
 * <p>Points are measured in turns; the speed is that of the median run. Recall is the share of the ten true neighbors
 * among the ten found.
 */
public final class SlackSpeed {
    private static final int K = 10;

    private final IvfIndex index;
    private final FloatMatrix queries;
    private final FloatMatrix truth;
    private final int rerank;

    private SlackSpeed(IvfIndex index, FloatMatrix queries, FloatMatrix truth, int rerank) {
        this.index = index;
        this.queries = queries;
        this.truth = truth;
        this.rerank = rerank;
    }

    /** Measures what the arguments say. */
    public static void main(String[] args) {
        String[] points = Arrays.copyOfRange(args, 5, args.length);
        int repeats = Integer.parseInt(args[4]);
        FloatMatrix truth = VectorFiles.readMatrix(Path.of(args[2]));
        try (IvfIndex index = FaissFiles.open(Path.of(args[0]))) {
            FloatMatrix queries = VectorFiles.readMatrix(Path.of(args[1]));
            new SlackSpeed(index, queries, truth, Integer.parseInt(args[3])).run(points, repeats);
        }
    }

    private void run(String[] points, int repeats) {
        double[] recall = new double[points.length];
        long[][] nanos = new long[points.length][repeats];
        for (int run = -3; run < repeats; run++) { // the first ones warm up
            for (int p = 0; p < points.length; p++) {
                long began = System.nanoTime();
                recall[p] = recall(probes(points[p]), slack(points[p]));
                nanos[p][Math.max(0, run)] = System.nanoTime() - began;
            }
        }
        for (int p = 0; p < points.length; p++) {
            Arrays.sort(nanos[p]);
            System.out.printf(
                    Locale.ROOT,
                    "%-24s %9.0f %7.4f %9.0f%n",
                    points[p],
                    rows(probes(points[p]), slack(points[p])),
                    recall[p],
                    queries.rows() * 1e9 / nanos[p][repeats / 2]);
        }
    }

    private static int probes(String point) {
        return Integer.parseInt(point.split(":")[0]);
    }

    private static float slack(String point) {
        return point.contains(":") ? Float.parseFloat(point.split(":")[1]) : 0;
    }

    private double recall(int probes, float slack) {
        SearchOptions options =
                SearchOptions.nearest(K).withProbes(probes).withSlack(slack).withRerank(rerank);
        int hits = 0;
        for (int q = 0; q < queries.rows(); q++) {
            IvfIndex.Neighbors found = index.search(queries.row(q), options);
            Set<Long> near = new HashSet<>();
            for (int i = 0; i < K; i++) {
                near.add((long) truth.get(q, i));
            }
            for (long id : found.ids()) {
                hits += near.contains(id) ? 1 : 0;
            }
        }
        return (double) hits / K / queries.rows();
    }

    /** Rows in the lists that a query looks at, on average. */
    private double rows(int probes, float slack) {
        int n = queries.rows();
        int each = Math.min(probes, index.lists().lists());
        float[] transformed = new float[n * index.quantizer().innerDimension()];
        int[] lists = new int[n * each];
        float[] distances = new float[n * each];
        index.quantizer().transform(queries.values(), 0, n, transformed, 0);
        index.quantizer().probes(transformed, 0, n, each, lists, distances);
        if (slack > 0) {
            new ListSlack(index.quantizer(), slack).apply(transformed, 0, n, each, lists, distances);
        }
        return Arrays.stream(lists)
                        .filter(list -> list >= 0)
                        .mapToDouble(index.lists()::size)
                        .sum()
                / n;
    }
}
