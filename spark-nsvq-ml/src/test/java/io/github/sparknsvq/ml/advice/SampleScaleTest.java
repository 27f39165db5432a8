package io.github.sparknsvq.ml.advice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.param.IvfIndexParams;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampleScaleTest {
    private static final int SIZE = 50_000;

    private static List<Integer> lists(List<SampleScale> scales) {
        return scales.stream().map(SampleScale::lists).toList();
    }

    /** The numbers of lists, and of neighbors, that tuning had before samples were told to be too small. */
    @ParameterizedTest
    @CsvSource({
        "50000, 50000, 10, 10",
        "60000, 50000, 10, 8",
        "100000, 50000, 10, 5",
        "2000, 1600, 10, 8",
        "99, 50, 1, 1",
        "99, 50, 2, 1"
    })
    void upToTwiceTheSampleTheSameListsAreTried(long rows, int size, int k, int neighbors) {
        for (SampleScale scale : SampleScale.of(rows, size, k)) {
            assertTrue(scale.lists() <= size / 20, "" + scale);
            assertEquals(new SampleScale(scale.lists(), scale.lists(), (double) rows / size, neighbors), scale);
            assertEquals(List.of(), scale.warnings(rows, size, k));
            assertEquals(scale.lists(), scale.probes(scale.lists()));
            assertEquals(1, scale.stretch(3), 0);
            assertEquals((int) Math.ceil(7.0 * rows / size), scale.rerank(7));
        }
        assertEquals(List.of(316, 632, 1265), lists(SampleScale.of(100_000, SIZE, 10)));
        assertEquals(List.of(45, 80), lists(SampleScale.of(2000, 1600, 10)), "20 rows for each");
    }

    @Test
    void twoNeighborsOrMoreAreMeasuredInTheSameLists() {
        for (SampleScale scale : SampleScale.of(250_000, SIZE, 10)) {
            assertEquals(new SampleScale(scale.lists(), scale.lists(), 5, 2), scale);
            assertEquals(List.of(), scale.warnings(250_000, SIZE, 10));
        }
    }

    @Test
    void listsFollowAllRows() {
        assertEquals(List.of(1000, 2000, 4000), lists(SampleScale.of(1_000_000, SIZE, 10)));
        assertEquals(List.of(10_000, 20_000, 40_000), lists(SampleScale.of(100_000_000, SIZE, 10)));
        int most = IvfIndexParams.MOST_AUTOMATIC_LISTS;
        assertEquals(List.of(31_623, 63_246, most), lists(SampleScale.of(1_000_000_000, SIZE, 10)));
        assertEquals(List.of(most), lists(SampleScale.of(1_000_000_000_000L, SIZE, 10)));
    }

    /** As many vectors in a list for each neighbor as there are in the index of all rows. */
    @Test
    void listsAndNeighborsKeepTheirProportion() {
        SampleScale scale = SampleScale.of(1_000_000, SIZE, 10).get(1);
        assertEquals(new SampleScale(2000, 500, 5, 2), scale);
        double inLists = 1_000_000 / 2000.0 / 10;
        assertEquals(inLists, SIZE / 500.0 / 2, 1e-9);
        assertEquals(2, scale.probes(1), "sqrt(2000 / 500) times as many");
        assertEquals(24, scale.probes(12));
        assertEquals(2000, scale.probes(500), "all");
        assertEquals(2, scale.stretch(12), 1e-9);
        assertEquals(4, scale.stretch(500), 1e-9);
        assertEquals(60, scale.rerank(3), "as many are as near among 20 times as many");
    }

    @ParameterizedTest
    @CsvSource({"1000000, 10", "1000000, 2", "100000000, 10", "1000000000, 100", "120000, 2", "1000000000000, 10"})
    void oneNeighborNeverStandsForSeveral(long rows, int k) {
        for (SampleScale scale : SampleScale.of(rows, SIZE, k)) {
            assertTrue(scale.neighbors() >= 2, "" + scale);
            assertTrue(scale.tried() >= 223 && scale.tried() <= SIZE / 20, scale + ": sqrt(rows) at least");
            assertTrue(scale.probes(1) >= 1 && scale.probes(scale.tried()) == scale.lists());
        }
        assertTrue(SampleScale.of(rows, SIZE, 1).stream().allMatch(scale -> scale.neighbors() == 1));
    }

    @Test
    void smallSamplesAreWarnedOf() {
        List<String> warnings = SampleScale.of(1_000_000, SIZE, 10).get(1).warnings(1_000_000, SIZE, 10);
        assertEquals(
                List.of("the sample has one of 20 rows, so that of the 10 nearest neighbors 2 can be compared, in 500"
                        + " lists that stand for 2000: recall is scaled up from there by a rule, and other queries"
                        + " may get less than is promised. A sample of 200000 rows would measure it, as health does"
                        + " once the index is built"),
                warnings);
        SampleScale few = SampleScale.of(6000, 2000, 10).get(2);
        assertEquals(new SampleScale(300, 100, 1, 10), few);
        assertTrue(few.warnings(6000, 2000, 10)
                .get(0)
                .startsWith("the sample has too few rows to train 300 lists, so that 100 stand for them: "));
        assertTrue(few.warnings(6000, 2000, 10).get(0).contains("A sample of 6000 rows"));
    }
}
