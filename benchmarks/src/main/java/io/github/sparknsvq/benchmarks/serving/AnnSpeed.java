package io.github.sparknsvq.benchmarks.serving;

import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Recall and speed of an index file with vectors to rank by, on one thread: {@code AnnSpeed NAME INDEX BASE QUERIES
 * TRUTH REPEATS PROBESxRERANK[:SLACK]...}. Two JSON lines for each point: queries one by one, and all in one call.
 *
 * <p>Recall is the share of the ten found that are no farther than the tenth true neighbor, on average: of rows at
 * the same distance each counts. Speed is that of the fastest of some runs through all queries, as the peers' script
 * has it; all points are run before the first is measured.
 */
public final class AnnSpeed {
    private static final int K = 10;
    private static final int WARM_UP_SECONDS = 6;

    /** Distances that differ by no more of their size are equal: they are float32 sums. */
    private static final double EQUAL = 1e-5;

    private final IvfIndex index;
    private final FloatMatrix base;
    private final FloatMatrix queries;
    private final FloatMatrix truth;
    private final float[][] rows;
    private final long[] ids;
    private final float[] distances;
    private final int[] found;

    private AnnSpeed(IvfIndex index, FloatMatrix base, FloatMatrix queries, FloatMatrix truth) {
        this.index = index;
        this.base = base;
        this.queries = queries;
        this.truth = truth;
        this.rows = new float[queries.rows()][];
        Arrays.setAll(rows, queries::row);
        this.ids = new long[rows.length * K];
        this.distances = new float[ids.length];
        this.found = new int[rows.length];
    }

    /** Measures what the arguments say. */
    public static void main(String[] args) {
        int repeats = Integer.parseInt(args[5]);
        List<String> points = Arrays.asList(args).subList(6, args.length);
        try (IvfIndex index = FaissFiles.open(Path.of(args[1]))) {
            AnnSpeed speed = new AnnSpeed(index, matrix(args[2]), matrix(args[3]), matrix(args[4]));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WARM_UP_SECONDS);
            while (System.nanoTime() < end) {
                points.forEach(point -> speed.single(point));
                points.forEach(point -> speed.batch(point));
            }
            for (String point : points) {
                speed.measure(args[0], point, "single", repeats, () -> speed.single(point));
                speed.measure(args[0], point, "batch", repeats, () -> speed.batch(point));
            }
        }
    }

    private static FloatMatrix matrix(String file) {
        return VectorFiles.readMatrix(Path.of(file));
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
        return SearchOptions.nearest(K)
                .withProbes(probes(point))
                .withRerank(rerank(point))
                .withSlack(slack(point));
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

    private void measure(String name, String point, String calls, int repeats, Runnable run) {
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
                recall(),
                rows.length * 1e9 / least);
    }

    private double recall() {
        int hits = 0;
        for (int q = 0; q < rows.length; q++) {
            double farthest = distance(q, (long) truth.get(q, K - 1)) * (1 + EQUAL);
            for (int i = 0; i < found[q]; i++) {
                hits += distance(q, ids[q * K + i]) <= farthest ? 1 : 0;
            }
        }
        return hits / (double) (rows.length * K);
    }

    private double distance(int query, long row) {
        double sum = 0;
        for (int i = 0; i < base.columns(); i++) {
            double difference = (double) base.get((int) row, i) - rows[query][i];
            sum += difference * difference;
        }
        return sum;
    }
}
