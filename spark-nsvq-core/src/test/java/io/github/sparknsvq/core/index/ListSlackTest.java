package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.Quantizer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListSlackTest {
    private static final int D = 6;
    private static final int COUNT = 500;
    private static final int LISTS = 11;
    private static final int QUERIES = 70;

    private static int[] left(Metric metric, float[] centroids, float query, double slack) {
        int lists = centroids.length;
        FloatMatrix placed = new FloatMatrix(lists, 1, centroids);
        IvfQuantizer quantizer = new IvfQuantizer(metric, List.of(), placed, null, false);
        int[] probed = new int[lists];
        float[] distances = new float[lists];
        float[] queries = {Float.NaN, query}; // which starts at 1
        quantizer.probes(queries, 1, 1, lists, probed, distances);
        new ListSlack(quantizer, slack).apply(queries, 1, 1, lists, probed, distances);
        return probed;
    }

    @ParameterizedTest
    @CsvSource({
        // centroids at 0, 3 and 9, of spread sqrt(14); their distances from the query at 1 are 1, 2 and 8
        "0.26, 0;-1;-1",
        "0.27, 0;1;-1",
        "1.87, 0;1;-1",
        "1.88, 0;1;2",
        "1e-9, 0;-1;-1",
        "Infinity, 0;1;2"
    })
    void keepsListsWhoseDistanceExceedsTheLeastBySlackTimesTheSpread(double slack, String kept) {
        int[] expected =
                Arrays.stream(kept.split(";")).mapToInt(Integer::parseInt).toArray();
        assertArrayEquals(expected, left(Metric.L2, new float[] {0, 3, 9}, 1, slack));
    }

    @ParameterizedTest
    @CsvSource({"1.60, 2;-1;-1", "1.61, 2;1;-1", "2.40, 2;1;-1", "2.41, 2;1;0"})
    void comparesInnerProductsByTheLengthOfTheQuery(double slack, String kept) {
        // products -0, -6 and -18, of a query of length 2: short of the largest by 6 and 9 spreads' worth of sqrt(14)
        int[] expected =
                Arrays.stream(kept.split(";")).mapToInt(Integer::parseInt).toArray();
        assertArrayEquals(expected, left(Metric.INNER_PRODUCT, new float[] {0, 3, 9}, 2, slack));
    }

    @Test
    void aDistanceThatRoundingBroughtBelowZeroIsZero() {
        int[] lists = {0, 1, 2};
        FloatMatrix centroids = new FloatMatrix(3, 1, new float[] {0, 3, 9});
        IvfQuantizer quantizer = new IvfQuantizer(Metric.L2, List.of(), centroids, null, false);
        new ListSlack(quantizer, 1).apply(new float[1], 0, 1, 3, lists, new float[] {-1e-6f, 9, 81});
        assertArrayEquals(new int[] {0, 1, -1}, lists);
    }

    /** Centroids are not copied: what is measured of others' values would be another spread. */
    @Test
    void measuresTheSpreadOnceForAnIndex() {
        FloatMatrix centroids = new FloatMatrix(3, 1, new float[] {0, 3, 9});
        IvfQuantizer quantizer = new IvfQuantizer(Metric.L2, List.of(), centroids, null, false);
        for (int searcher = 0; searcher < 2; searcher++) {
            int[] lists = {0, 1, 2};
            new ListSlack(quantizer, 1).apply(new float[1], 0, 1, 3, lists, new float[] {0, 9, 81});
            assertArrayEquals(new int[] {0, 1, -1}, lists);
            centroids.values()[2] = 900;
        }
    }

    @Test
    void oneListAndEqualCentroidsAreKept() {
        assertArrayEquals(new int[] {0}, left(Metric.L2, new float[] {5}, 1, 0.1));
        assertArrayEquals(new int[] {0, 1, 2}, left(Metric.L2, new float[] {5, 5, 5}, 1, 0.1));
        FloatMatrix centroid = new FloatMatrix(1, 1, new float[1]);
        ListSlack slack = new ListSlack(new IvfQuantizer(Metric.L2, List.of(), centroid, null, false), 0.1);
        for (int distance = 1; distance <= 30; distance++) { // the square of some roots is below what they are of
            int[] lists = {0};
            slack.apply(new float[1], 0, 1, 1, lists, new float[] {distance});
            assertArrayEquals(new int[] {0}, lists, "distance " + distance);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.5", "NaN"})
    void refusesANegativeSlack(float slack) {
        try (IvfIndex index = index(Metric.L2, null)) {
            SearchOptions options = SearchOptions.nearest(1).withProbes(2);
            NsvqException e =
                    assertThrows(NsvqException.class, () -> index.search(new float[D], options.withSlack(slack)));
            assertEquals("lists cannot be chosen with a slack of " + slack + ": 0, for all, or more", e.getMessage());
        }
    }

    private static IvfIndex index(Metric metric, Quantizer codes) {
        IvfQuantizer quantizer = Indexes.quantizer(metric, LISTS, D, codes, codes != null, 0.5);
        ListFormat format = codes == null ? new PlainFormat(D * Float.BYTES) : new BlockFormat(D);
        return new IvfIndex(quantizer, Indexes.lists(quantizer, format, Indexes.gaussian(COUNT * D, 1, 0.5, 1)), 1);
    }

    @ParameterizedTest
    @CsvSource({"L2, false", "L2, true", "INNER_PRODUCT, false", "INNER_PRODUCT, true"})
    void findsAllVectorsOfTheListsThatAreKept(Metric metric, boolean coded) {
        float[] queries = Indexes.gaussian(QUERIES * D, 1, 0.5, 2);
        float slack = 0.6f;
        int fewer = 0;
        try (IvfIndex index = index(metric, coded ? Indexes.product(D, 1, 4, 0.7, 3) : null)) {
            int[] probed = new int[QUERIES * LISTS];
            float[] distances = new float[probed.length];
            index.quantizer().probes(queries, 0, QUERIES, LISTS, probed, distances);
            new ListSlack(index.quantizer(), slack).apply(queries, 0, QUERIES, LISTS, probed, distances);
            long[] ids = new long[QUERIES * COUNT];
            float[] near = new float[ids.length];
            int[] found = new int[QUERIES];
            SearchOptions options =
                    SearchOptions.nearest(COUNT).withProbes(LISTS).withSlack(slack);
            index.search(new IvfIndex.Batch(queries, QUERIES, options, ids, near, found));
            for (int q = 0; q < QUERIES; q++) {
                Set<Long> expected = new TreeSet<>();
                for (int p = q * LISTS; p < (q + 1) * LISTS; p++) {
                    int size = probed[p] < 0 ? 0 : index.lists().size(probed[p]);
                    long[] own = new long[size];
                    if (size > 0) {
                        index.lists().ids(probed[p], 0, size, own);
                    }
                    Arrays.stream(own).forEach(expected::add);
                }
                Set<Long> actual = new TreeSet<>();
                Arrays.stream(ids, q * COUNT, q * COUNT + found[q]).forEach(actual::add);
                assertEquals(expected, actual);
                IvfIndex.Neighbors alone = index.search(Arrays.copyOfRange(queries, q * D, (q + 1) * D), options);
                assertArrayEquals(Arrays.copyOfRange(ids, q * COUNT, q * COUNT + found[q]), alone.ids());
                fewer += found[q] < COUNT ? 1 : 0;
            }
        }
        assertEquals(true, fewer > QUERIES / 2, "some lists are left out");
    }
}
