package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SearchOptionsTest {
    private static final float NAN = Float.NaN;
    private static final int LISTS = 4;
    private static final int D = 3;

    @Test
    void eachOptionChangesItselfAlone() {
        LongPredicate filter = id -> true;
        ExecutorService executor = ForkJoinPool.commonPool();
        SearchOptions plain = SearchOptions.nearest(5);
        assertEquals(new SearchOptions(5, 0, 0, 0, null, null, 1), plain);
        assertEquals(new SearchOptions(6, 0, 0, 0, null, null, 1), plain.withK(6));
        SearchOptions all = plain.withProbes(7)
                .withSlack(0.5f)
                .withRerank(8)
                .withFilter(filter)
                .withThreads(executor, 9);
        assertEquals(new SearchOptions(5, 7, 0.5f, 8, filter, executor, 9), all);
        assertEquals(new SearchOptions(1, 7, 0.5f, 8, filter, executor, 9), all.withK(1));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                refused(o -> o.withK(0), "a search finds at least 1 neighbor, not 0"),
                refused(o -> SearchOptions.nearest(-1), "a search finds at least 1 neighbor, not -1"),
                refused(o -> o.withProbes(0), "a search looks at 1 list or more, not at 0"),
                refused(
                        o -> new SearchOptions(1, -1, 0, 0, null, null, 1),
                        "a search looks at 1 list or more, not at -1"),
                refused(o -> o.withSlack(-1), "lists cannot be chosen with a slack of -1.0: 0, for all, or more"),
                refused(o -> o.withSlack(NAN), "lists cannot be chosen with a slack of NaN: 0, for all, or more"),
                refused(o -> o.withRerank(-2), "there are no -2 candidates to rank: 0 or more"),
                refused(o -> o.withThreads(ForkJoinPool.commonPool(), 0), "a search needs at least 1 thread, not 0"),
                refused(o -> o.withThreads(null, 2), "a search by 2 threads needs an executor for them"));
    }

    private static Arguments refused(UnaryOperator<SearchOptions> change, String message) {
        return Arguments.of(change, message);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesNumbersOutOfRange(UnaryOperator<SearchOptions> change, String message) {
        SearchOptions options = SearchOptions.nearest(3);
        assertEquals(
                message,
                assertThrows(NsvqException.class, () -> change.apply(options)).getMessage());
    }

    /** As many lists as the index says are looked at where the options name none, by batches and by one query. */
    @Test
    void theIndexSaysHowManyListsByDefault() {
        IvfQuantizer quantizer = Indexes.quantizer(Metric.L2, LISTS, D, null, false, 1);
        float[] rows = Indexes.gaussian(40 * D, 1, 0, 3);
        for (int probes : new int[] {1, 3}) {
            InvertedLists lists = Indexes.lists(quantizer, new PlainFormat(D * Float.BYTES), rows);
            try (IvfIndex index = new IvfIndex(quantizer, lists, probes)) {
                float[] query = Indexes.gaussian(D, 1, 0, 4);
                IvfIndex.Neighbors expected = index.search(query, 40, probes);
                SearchOptions options = SearchOptions.nearest(40);
                assertArrayEquals(expected.ids(), index.search(query, options).ids());
                int[] found = new int[1];
                index.search(new IvfIndex.Batch(query, 1, options, new long[40], new float[40], found));
                assertEquals(expected.size(), found[0]);
                int[] none = new int[0];
                index.search(new IvfIndex.Batch(query, 0, options, new long[0], new float[0], none));
                NsvqException e = assertThrows(
                        NsvqException.class,
                        () -> index.search(new IvfIndex.Batch(query, -1, options, new long[0], new float[0], none)));
                assertEquals("there are no -1 queries: 0 or more", e.getMessage());
            }
        }
    }
}
