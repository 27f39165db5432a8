package io.github.sparknsvq.cli.quickstart;

import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Recall and speed of one thread by the number of lists that are looked at, as numbers and as a picture.
 *
 * @param points from few lists to all
 */
public record RecallCurve(List<Point> points) {
    private static final int[] PROBES = {1, 4, 16, 64};

    /** Among how many the true nearest should be. */
    private static final int FIRST = 10;

    /** Where more vectors than these are in the index, all of its lists are not looked at. */
    private static final long MOST_VECTORS = 10_000_000;

    /** A search of all lists is for so many queries that about as many vectors are compared. */
    private static final long MOST_COMPARED = 200_000_000;

    /** For how long passes of a point are repeated. */
    private static final long LEAST_NANOSECONDS = 500_000_000;

    private static final int WIDTH = 24;

    /**
     * One number of lists.
     *
     * @param probes how many lists are looked at
     * @param recall the share of queries, from 0 to 1, whose nearest vector is among the first 10
     * @param queriesPerSecond of one thread
     */
    public record Point(int probes, double recall, double queriesPerSecond) {}

    /**
     * Searches an index with 1, 4, 16, 64 and, unless it is large, all of its lists.
     *
     * @param index to be searched
     * @param queries a query a row; at least one
     * @param nearest the id of each query's nearest vector
     */
    public static RecallCurve of(IvfIndex index, FloatMatrix queries, long[] nearest) {
        int lists = index.lists().lists();
        List<Point> points = new ArrayList<>();
        for (int probes : PROBES) {
            if (probes < lists) {
                points.add(point(index, queries, nearest, probes, queries.rows()));
            }
        }
        if (index.size() <= MOST_VECTORS) {
            long few = Math.max(1, MOST_COMPARED / Math.max(1, index.size()));
            points.add(point(index, queries, nearest, lists, (int) Math.min(queries.rows(), few)));
        }
        return new RecallCurve(List.copyOf(points));
    }

    /**
     * Measures a point after a pass that is not timed, in which the JVM compiles and the file comes to memory. Passes
     * are repeated for a while, and the fastest counts: what slows a pass down is the rest of the machine.
     */
    private static Point point(IvfIndex index, FloatMatrix queries, long[] nearest, int probes, int count) {
        SearchOptions options = SearchOptions.nearest(FIRST).withProbes(probes);
        int right = 0;
        for (int q = 0; q < count; q++) {
            for (long id : index.search(queries.row(q), options).ids()) {
                right += id == nearest[q] ? 1 : 0;
            }
        }
        long fastest = Long.MAX_VALUE;
        for (long spent = 0; spent < LEAST_NANOSECONDS; ) {
            long took = nanoseconds(index, queries, options, count);
            fastest = Math.min(fastest, took);
            spent += took;
        }
        return new Point(probes, right / (double) count, count * 1e9 / fastest);
    }

    private static long nanoseconds(IvfIndex index, FloatMatrix queries, SearchOptions options, int count) {
        long began = System.nanoTime();
        for (int q = 0; q < count; q++) {
            index.search(queries.row(q), options);
        }
        return Math.max(1, System.nanoTime() - began);
    }

    /** Returns the points for JSON: {@code probes}, {@code recall@10} and {@code queriesPerSecond} of each. */
    public List<Map<String, Object>> values() {
        List<Map<String, Object>> values = new ArrayList<>();
        for (Point point : points) {
            Map<String, Object> value = new LinkedHashMap<>();
            value.put("probes", point.probes);
            value.put("recall@" + FIRST, point.recall);
            value.put("queriesPerSecond", point.queriesPerSecond);
            values.add(value);
        }
        return values;
    }

    /** Returns the points for people, a line each, after a line that says what they are. */
    public List<String> picture() {
        List<String> lines = new ArrayList<>();
        String head = "  %7s  %-" + (WIDTH + 9) + "s %s";
        String found = "nearest vector among the first " + FIRST;
        lines.add(String.format(Locale.ROOT, head, "lists", found, "queries/s, 1 thread"));
        for (Point point : points) {
            int full = (int) Math.round(point.recall * WIDTH);
            String bar = "#".repeat(full) + ".".repeat(WIDTH - full);
            lines.add(String.format(
                    Locale.ROOT,
                    "  %,7d  %s  %5.1f %% %,19.0f",
                    point.probes,
                    bar,
                    100 * point.recall,
                    point.queriesPerSecond));
        }
        return lines;
    }
}
