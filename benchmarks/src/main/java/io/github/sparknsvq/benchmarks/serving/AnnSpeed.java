package io.github.sparknsvq.benchmarks.serving;

import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Recall and speed of an index file with vectors to rank by, on one thread: {@code AnnSpeed NAME INDEX QUERIES TRUTH
 * REPEATS PROBESxRERANK[:SLACK]...}. Two JSON lines for each point: queries one by one, and all of them in one call.
 *
 * <p>Recall is the share of the ten true neighbors among the ten found, on average. Speed is that of the fastest of
 * some runs through all queries, as the peers' script has it; all points are run before the first is measured.
 */
public final class AnnSpeed {
    private static final int K = 10;
    private static final int WARM_UP_SECONDS = 6;

    private final IvfIndex index;
    private final FloatMatrix queries;
    private final float[][] rows;
    private final long[] ids;
    private final float[] distances;
    private final int[] found;

    private AnnSpeed(IvfIndex index, FloatMatrix queries) {
        this.index = index;
        this.queries = queries;
        this.rows = new float[queries.rows()][];
        Arrays.setAll(rows, queries::row);
        this.ids = new long[rows.length * K];
        this.distances = new float[ids.length];
        this.found = new int[rows.length];
    }

    /** Measures what the arguments say. */
    public static void main(String[] args) {
        FloatMatrix truth = VectorFiles.readMatrix(Path.of(args[3]));
        int repeats = Integer.parseInt(args[4]);
        List<String> points = Arrays.asList(args).subList(5, args.length);
        try (IvfIndex index = FaissFiles.open(Path.of(args[1]))) {
            AnnSpeed speed = new AnnSpeed(index, VectorFiles.readMatrix(Path.of(args[2])));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS);
            while (System.nanoTime() < end) {
                points.forEach(point -> speed.single(point));
                points.forEach(point -> speed.batch(point));
            }
            for (String point : points) {
                speed.measure(args[0], point, "single", truth, repeats, () -> speed.single(point));
                speed.measure(args[0], point, "batch", truth, repeats, () -> speed.batch(point));
            }
        }
    }

    private static int probes(String point) {
        return Integer.parseInt(point.substring(0, point.indexOf('x')));
    }

    private static int rerank(String point) {
        int end = point.indexOf(':');
        return Integer.parseInt(point.substring(point.indexOf('x') + 1, end < 0 ? point.length() : end));
    }

    private static float slack(String point) {
        int colon = point.indexOf(':');
        return colon < 0 ? 0 : Float.parseFloat(point.substring(colon + 1));
    }

    private static SearchOptions options(String point) {
        return SearchOptions.nearest(K).withProbes(probes(point)).withRerank(rerank(point)).withSlack(slack(point));
    }

    private void single(String point) {
        SearchOptions options = options(point);
        for (int i = 0; i < rows.length; i++) {
            IvfIndex.Neighbors neighbors = index.search(rows[i], options);
            found[i] = neighbors.size();
            System.arraycopy(neighbors.ids(), 0, ids, i * K, found[i]);
        }
    }

    private void batch(String point) {
        index.search(new IvfIndex.Batch(queries.values(), rows.length, options(point), ids, distances, found));
    }

    private void measure(String name, String point, String calls, FloatMatrix truth, int repeats, Runnable run) {
        run.run();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < repeats; i++) {
            long start = System.nanoTime();
            run.run();
            least = Math.min(least, System.nanoTime() - start);
        }
        System.out.printf(
                Locale.ROOT,
                "{\"engine\": \"%s\", \"calls\": \"%s\", \"setting\": \"%d probes%s, %d re-ranked\","
                        + " \"recall10\": %.4f, \"qps\": %.0f}%n",
                name,
                calls,
                probes(point),
                slack(point) == 0 ? "" : ", slack " + slack(point),
                rerank(point),
                recall(truth),
                rows.length * 1e9 / least);
    }

    private double recall(FloatMatrix truth) {
        int hits = 0;
        for (int q = 0; q < rows.length; q++) {
            Set<Long> near = new HashSet<>();
            for (int j = 0; j < K; j++) {
                near.add((long) truth.get(q, j));
            }
            for (int i = 0; i < found[q]; i++) {
                hits += near.contains(ids[q * K + i]) ? 1 : 0;
            }
        }
        return hits / (double) (rows.length * K);
    }
}
