package io.github.sparknsvq.ml.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FoundResultsTest {
    private static final int BLOCKS = 5;
    private static final int OF_BLOCK = 10;

    @BeforeAll
    static void start() {
        SparkTestSession.get(); // which blocks are serialized by
    }

    private static float[] query(int number) {
        return new float[] {number};
    }

    /** What two bins found of each query: one neighbor each, named after the query. */
    private static List<byte[]> blocks() {
        List<byte[]> blocks = new ArrayList<>();
        for (int block = 0; block < BLOCKS; block++) {
            for (int bin = 1; bin >= 0; bin--) {
                int first = block * OF_BLOCK;
                long[] keys = IntStream.range(first, first + OF_BLOCK)
                        .mapToLong(q -> NameHash.of(query(q), 0))
                        .toArray();
                long[] ids = new long[OF_BLOCK];
                float[] distances = new float[OF_BLOCK];
                for (int i = 0; i < OF_BLOCK; i++) {
                    ids[i] = 100L * (first + i) + bin;
                    distances[i] = bin;
                }
                int[] starts = IntStream.rangeClosed(0, OF_BLOCK).toArray();
                blocks.add(SparkInternals.serialize(
                        new FoundBlock(Home.of(3, block), keys, starts, ids, distances, null)));
            }
        }
        return blocks;
    }

    private static void check(FoundResults results, int query) {
        assertArrayEquals(
                new long[] {100L * query, 100L * query + 1},
                results.take(query(query), 0).ids());
    }

    @Test
    void holdsOneBlockAtATime() {
        FoundResults results = new FoundResults(blocks().iterator(), 5);
        for (int q = 0; q < BLOCKS * OF_BLOCK; q++) {
            check(results, q);
            assertEquals(OF_BLOCK - 1 - q % OF_BLOCK, results.held());
        }
    }

    @Test
    void findsQueriesInAnyOrder() {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, BLOCKS * OF_BLOCK).boxed().toList());
        Collections.reverse(order);
        FoundResults results = new FoundResults(blocks().iterator(), 5);
        order.forEach(q -> check(results, q));
        assertEquals(0, results.held());
    }

    @Test
    void equalQueriesOfOneBlockAndOfSeveral() {
        long key = NameHash.of(query(1), 0);
        List<byte[]> blocks = new ArrayList<>();
        for (int block = 0; block < 2; block++) {
            blocks.add(SparkInternals.serialize(new FoundBlock(
                    block, new long[] {key, key}, new int[] {0, 1, 2}, new long[] {7, 7}, new float[2], null)));
        }
        FoundResults results = new FoundResults(blocks.iterator(), 5);
        for (int i = 0; i < 4; i++) {
            assertArrayEquals(new long[] {7}, results.take(query(1), 0).ids());
        }
        assertEquals(0, results.held());
    }

    @Test
    void aQueryThatWasNotSent() {
        FoundResults results = new FoundResults(blocks().iterator(), 5);
        NsvqException e = assertThrows(NsvqException.class, () -> results.take(query(-1), 0));
        assertEquals("the queries changed while they were searched for: persist or save them first", e.getMessage());
    }
}
