package io.github.sparknsvq.core.training.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CodebookStatisticsTest {
    /** Three codewords in the plane: the first has two rows, the second one of weight 2.5, the third none. */
    private static CodebookStatistics example() {
        CodebookStatistics statistics = new CodebookStatistics(3, 2);
        float[] block = {9, 1, 2, 3, 4, -1, 0.5f};
        statistics.add(0, block, 1, 1f, 4f);
        statistics.add(0, block, 3, 1f, 5f);
        statistics.add(1, block, 5, 2.5f, 2f);
        return statistics;
    }

    @Test
    void addsRowsByWeight() {
        CodebookStatistics statistics = example();
        assertArrayEquals(new double[] {2, 2.5, 0}, statistics.counts());
        assertArrayEquals(new double[] {4, 6, -2.5, 1.25, 0, 0}, statistics.sums());
        assertArrayEquals(new double[] {9, 5, 0}, statistics.errors());
        assertEquals(4.5, statistics.weight());
        assertEquals(14, statistics.error());
        assertEquals(14 / 4.5, statistics.meanError());
        assertEquals(1, statistics.dead());
    }

    @Test
    void sumsInDoublePrecision() {
        CodebookStatistics statistics = new CodebookStatistics(1, 1);
        for (int i = 0; i < 1000; i++) {
            statistics.add(0, new float[] {1 << 24}, 0, 1f, 1 << 24);
            statistics.add(0, new float[] {1}, 0, 0.5f, 1);
        }
        assertEquals(1000.0 * (1 << 24) + 500, statistics.sums()[0]);
        assertEquals(1000.0 * (1 << 24) + 500, statistics.errors()[0]);
        assertEquals(1500, statistics.counts()[0]);
    }

    @Test
    void mergesCountsSumsAndErrors() {
        CodebookStatistics statistics = example();
        CodebookStatistics other = new CodebookStatistics(3, 2);
        other.add(2, new float[] {7, 8}, 0, 3f, 1f);
        other.add(0, new float[] {1, 1}, 0, 1f, 2f);
        statistics.merge(other);
        assertArrayEquals(new double[] {3, 2.5, 3}, statistics.counts());
        assertArrayEquals(new double[] {5, 7, -2.5, 1.25, 21, 24}, statistics.sums());
        assertArrayEquals(new double[] {11, 5, 3}, statistics.errors());
        assertArrayEquals(new double[] {1, 0, 3}, other.counts(), "the other one stays as it was");
    }

    @Test
    void mergesRangesBack() {
        CodebookStatistics whole = example();
        CodebookStatistics part = whole.range(1, 3);
        assertEquals(2, part.codewords());
        assertArrayEquals(new double[] {2.5, 0}, part.counts());
        assertArrayEquals(new double[] {-2.5, 1.25, 0, 0}, part.sums());
        assertArrayEquals(new double[] {5, 0}, part.errors());
        assertNotSame(whole.counts(), part.counts());

        CodebookStatistics rebuilt = new CodebookStatistics(3, 2);
        rebuilt.mergeRange(0, whole.range(0, 1));
        rebuilt.mergeRange(1, part);
        rebuilt.mergeRange(3, whole.range(3, 3));
        assertArrayEquals(whole.counts(), rebuilt.counts());
        assertArrayEquals(whole.sums(), rebuilt.sums());
        assertArrayEquals(whole.errors(), rebuilt.errors());
        rebuilt.mergeRange(1, part);
        assertArrayEquals(new double[] {2, 5, 0}, rebuilt.counts(), "merging adds");
    }

    @Test
    void saysNothingOfNoRows() {
        CodebookStatistics empty = new CodebookStatistics(3, 2);
        assertEquals(0, empty.meanError());
        assertEquals(3, empty.dead());
    }

    @Test
    void rejectsOtherShapes() {
        CodebookStatistics statistics = example();
        assertEquals(
                "statistics of 2 x 2 cannot be merged into 3 x 2",
                assertThrows(IllegalArgumentException.class, () -> statistics.merge(new CodebookStatistics(2, 2)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> statistics.merge(new CodebookStatistics(3, 1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> statistics.mergeRange(1, new CodebookStatistics(1, 3)),
                "sums of another dimension would go to other codewords");
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> statistics.mergeRange(2, example().range(0, 2)));
        assertThrows(IndexOutOfBoundsException.class, () -> statistics.range(2, 4));
        assertThrows(IndexOutOfBoundsException.class, () -> statistics.range(2, 1));
        assertArrayEquals(example().counts(), statistics.counts(), "what is rejected leaves nothing behind");
        assertArrayEquals(example().sums(), statistics.sums());
        assertThrows(ArithmeticException.class, () -> new CodebookStatistics(1 << 20, 1 << 12));
    }

    @Test
    void knowsItsSize() {
        assertEquals(8L * (3 + 6 + 3), CodebookStatistics.bytes(3, 2));
        assertEquals(8L * (1 << 20) * 4098, CodebookStatistics.bytes(1 << 20, 4096), "beyond 32 bits");
    }
}
