package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExactNeighborsTest {
    private static final int D = 12;
    private static final int ROWS = 500;
    private static final int QUERIES = 1000; // more than are compared at a time
    private static final FloatMatrix ASKED = new FloatMatrix(QUERIES, D, Indexes.gaussian(QUERIES * D, 1, 0.5, 3));

    private static FloatMatrix rows(int from, int to, float[] values) {
        return new FloatMatrix(to - from, D, Arrays.copyOfRange(values, from * D, to * D));
    }

    private static double distance(Metric metric, float[] values, int row, int query) {
        double sum = 0;
        for (int j = 0; j < D; j++) {
            double a = values[row * D + j];
            double b = ASKED.get(query, j);
            sum += metric == Metric.L2 ? (a - b) * (a - b) : -a * b;
        }
        return sum;
    }

    private static long[] slow(Metric metric, float[] values, int query, int k) {
        return IntStream.range(0, ROWS)
                .boxed()
                .sorted(Comparator.comparingDouble(row -> distance(metric, values, row, query)))
                .limit(k)
                .mapToLong(row -> 100L + row)
                .toArray();
    }

    private static void assertExact(Metric metric, float[] values) {
        ExactNeighbors first = new ExactNeighbors(metric, ASKED, 7);
        first.add(rows(0, 5, values), LongStream.range(100, 105).toArray());
        first.add(rows(5, 300, values), LongStream.range(105, 400).toArray());
        ExactNeighbors second = new ExactNeighbors(metric, ASKED, 7);
        second.add(rows(300, ROWS, values), LongStream.range(400, 600).toArray());
        first.add(second.take());
        ExactNeighbors.Found found = first.take();
        for (int query = 0; query < QUERIES; query++) {
            assertArrayEquals(slow(metric, values, query, 7), found.of(query), metric + " of query " + query);
        }
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void findsWhatComparingAllFinds(Metric metric) {
        assertExact(metric, Indexes.gaussian(ROWS * D, 1, 0.5, 4));
    }

    @Test
    void productsWithVectorsOfVeryDifferentLengthsAreExact() {
        float[] values = Indexes.gaussian(ROWS * D, 1, 0.5, 4);
        for (int j = 0; j < D; j++) {
            values[j] *= 1e6f;
        }
        assertExact(Metric.INNER_PRODUCT, values);
    }

    @Test
    void fewerVectorsThanWantedAreAll() {
        ExactNeighbors search = new ExactNeighbors(Metric.L2, ASKED, 10);
        search.add(rows(0, 0, new float[0]), new long[0]);
        search.add(rows(0, 2, Indexes.gaussian(2 * D, 1, 0, 4)), new long[] {5, 9});
        ExactNeighbors.Found found = search.take();
        assertEquals(2, found.of(0).length);
        assertEquals(14, Arrays.stream(found.of(3)).sum());
        assertEquals(0, search.take().of(0).length, "what was found is forgotten");
    }

    @Test
    void whatDoesNotGoTogetherIsRefused() {
        assertThrows(NsvqException.class, () -> new ExactNeighbors(Metric.L2, ASKED, 0));
        assertThrows(NsvqException.class, () -> new ExactNeighbors(Metric.L2, ASKED, 2000));
        ExactNeighbors search = new ExactNeighbors(Metric.L2, ASKED, 1);
        assertThrows(NsvqException.class, () -> search.add(new FloatMatrix(1, 1, new float[1]), new long[1]));
        assertThrows(NsvqException.class, () -> search.add(new FloatMatrix(1, D, new float[D]), new long[2]));
    }

    /** Lists made of rows are searched as exactly as rows are compared, where lists hold vectors. */
    @Test
    void listsHoldTheRows() {
        float[] values = Indexes.gaussian(ROWS * D, 1, 0.5, 4);
        IvfQuantizer quantizer = Indexes.quantizer(Metric.L2, 9, D, null, false, 1);
        HeapLists lists = HeapLists.of(quantizer, new FloatMatrix(ROWS, D, values));
        assertEquals(ROWS, lists.vectors());
        try (IvfIndex index = new IvfIndex(quantizer, lists, 9)) {
            for (int query = 0; query < 20; query++) {
                long[] found = index.search(ASKED.row(query), 5, 9).ids();
                assertArrayEquals(
                        slow(Metric.L2, values, query, 5),
                        Arrays.stream(found).map(id -> id + 100).toArray());
            }
        }
        assertThrows(NsvqException.class, () -> HeapLists.of(quantizer, new FloatMatrix(1, 1, new float[1])));
    }
}
