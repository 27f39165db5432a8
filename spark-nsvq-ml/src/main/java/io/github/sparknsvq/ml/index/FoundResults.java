package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * What was found for the queries of a partition, merged as the queries are read again: while they come in the order
 * in which they were sent, the results of a block are held at a time. Where the order has changed, results are held
 * until their queries come.
 */
final class FoundResults {
    private final Iterator<byte[]> blocks;
    private final int kept;
    private final Map<Long, Held> held = new HashMap<>();
    private FoundBlock next;

    /** Neighbors of queries that are alike, and how many of these are still to come. */
    private record Held(Neighbors neighbors, int queries) {}

    /**
     * Takes results.
     *
     * @param blocks {@link FoundBlock}s, those of each block of queries one after the other
     * @param kept neighbors of each query at most
     */
    FoundResults(Iterator<byte[]> blocks, int kept) {
        this.blocks = blocks;
        this.kept = kept;
        advance();
    }

    private void advance() {
        next = blocks.hasNext() ? SparkInternals.deserialize(blocks.next()) : null;
    }

    /** Returns the number of queries whose results are held. */
    int held() {
        return held.size();
    }

    /** Returns the neighbors of a query, each time that it was sent once. */
    Neighbors take(float[] query, long id) {
        long key = NameHash.of(query, id);
        Held found = held.get(key);
        while (found == null && next != null) {
            merge();
            found = held.get(key);
        }
        if (found == null) {
            String advice = "persist or save them first";
            throw new NsvqException("the queries changed while they were searched for: " + advice);
        }
        if (found.queries() == 1) {
            held.remove(key);
        } else {
            held.put(key, new Held(found.neighbors(), found.queries() - 1));
        }
        return found.neighbors();
    }

    /** Returns the neighbors of all queries, of equal ones of a block once; nothing is left to {@link #take}. */
    Iterator<Neighbors> all() {
        return Iterators.flatten(Iterators.untilNull(() -> {
            if (next == null) {
                return null;
            }
            merge();
            List<Neighbors> found = held.values().stream().map(Held::neighbors).toList();
            held.clear();
            return found.iterator();
        }));
    }

    /** Merges the results of the next block of queries. */
    private void merge() {
        long home = next.home();
        Map<Long, Held> merged = new HashMap<>();
        while (next != null && next.home() == home) {
            Map<Long, Integer> times = new HashMap<>();
            for (int q = 0; q < next.keys().length; q++) {
                long key = next.keys()[q];
                Held before = merged.getOrDefault(key, new Held(Neighbors.NONE, 0));
                int queries = Math.max(before.queries(), times.merge(key, 1, Integer::sum));
                merged.put(key, new Held(before.neighbors().with(next, q, kept), queries));
            }
            advance();
        }
        merged.forEach((key, found) ->
                held.merge(key, found, (a, b) -> new Held(a.neighbors(), a.queries() + b.queries())));
    }
}
