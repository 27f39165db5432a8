package io.github.sparknsvq.core.training.joint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CooccurrenceStatisticsTest {
    private static final int[] SIZES = {3, 1, 4};

    private static CooccurrenceStatistics random(long seed) {
        Random random = new Random(seed);
        CooccurrenceStatistics statistics = new CooccurrenceStatistics(SIZES, 2);
        for (int i = 0; i < 50; i++) {
            int[] chosen = {random.nextInt(3), 3, 4 + random.nextInt(4)};
            float[] row = {random.nextInt(100), random.nextInt(100)};
            statistics.add(chosen, 0, 3, row, 0, 1 + random.nextInt(3), random.nextInt(50));
        }
        return statistics;
    }

    private static void assertSame(CooccurrenceStatistics expected, CooccurrenceStatistics actual) {
        assertArrayEquals(expected.each().counts(), actual.each().counts());
        assertArrayEquals(expected.each().errors(), actual.each().errors());
        assertArrayEquals(expected.each().sums(), actual.each().sums());
        for (int c = 0; c < expected.each().codewords(); c++) {
            assertArrayEquals(expected.pairs(c), actual.pairs(c));
        }
    }

    @Test
    void countsWhatRowsChoseTogether() {
        CooccurrenceStatistics statistics = new CooccurrenceStatistics(SIZES, 2);
        float[] rows = {9, 1, 2, 3, 4};
        statistics.add(new int[] {7, 2, 3, 5}, 1, 3, rows, 1, 1f, 4);
        statistics.add(new int[] {2, 3, 4}, 0, 3, rows, 3, 2.5f, 2);
        assertArrayEquals(
                new double[] {0, 0, 3.5, 3.5, 2.5, 1, 0, 0}, statistics.each().counts());
        assertArrayEquals(
                new double[] {0, 0, 9, 9, 5, 4, 0, 0}, statistics.each().errors());
        assertArrayEquals(
                new double[] {0, 0, 0, 0, 8.5, 12, 8.5, 12, 7.5, 10, 1, 2, 0, 0, 0, 0},
                statistics.each().sums());
        assertArrayEquals(new double[0], statistics.pairs(2));
        assertArrayEquals(new double[] {0, 0, 3.5}, statistics.pairs(3));
        assertArrayEquals(new double[] {0, 0, 2.5, 2.5}, statistics.pairs(4));
        assertArrayEquals(new double[] {0, 0, 1, 1}, statistics.pairs(5));
        assertEquals(3.5, statistics.weight());
        assertEquals(9, statistics.error());
        assertEquals(9 / 3.5, statistics.meanError());
        assertEquals(2, statistics.each().range(4, 8).dead());
    }

    @Test
    void rangesMergeToTheWhole() {
        CooccurrenceStatistics whole = random(1);
        whole.mergeAll(List.of(random(2), random(3)));
        for (int cut = 0; cut <= 8; cut++) {
            CooccurrenceStatistics low = random(1).range(0, cut);
            low.mergeAll(List.of(random(2).range(0, cut), random(3).range(0, cut)));
            CooccurrenceStatistics high = random(1).range(cut, 8);
            high.mergeAll(List.of(random(2).range(cut, 8), random(3).range(cut, 8)));
            CooccurrenceStatistics total = new CooccurrenceStatistics(SIZES, 2);
            total.mergeRange(cut, high);
            total.mergeRange(0, low);
            assertSame(whole, total);
            assertEquals(whole.error(), total.error());
        }
    }

    @Test
    void aRangeIsACopy() {
        CooccurrenceStatistics statistics = random(4);
        statistics.range(0, 8).mergeAll(List.of(random(5)));
        assertSame(random(4), statistics);
    }

    @Test
    void refusesOtherShapes() {
        CooccurrenceStatistics statistics = random(6);
        assertThrows(
                IllegalArgumentException.class,
                () -> statistics.mergeRange(0, random(7).range(4, 6)));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> statistics.mergeRange(6, random(7).range(4, 8)));
        assertThrows(IndexOutOfBoundsException.class, () -> statistics.range(5, 9));
        assertThrows(
                IllegalArgumentException.class, () -> statistics.mergeRange(0, new CooccurrenceStatistics(SIZES, 3)));
        assertThrows(
                IllegalArgumentException.class,
                () -> statistics.mergeAll(List.of(new CooccurrenceStatistics(new int[] {3}, 2))));
    }

    @Test
    void knowsItsSize() {
        assertEquals(8 * (8 * 4 + 3 + 4 * 4), CooccurrenceStatistics.bytes(SIZES, 2));
    }
}
