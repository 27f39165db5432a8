package io.github.sparknsvq.core.training.rows;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.assign.AssignTask;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RowSelectionTest {
    private static final int ROWS = 12_000;
    private static final int STEPS = 12;

    private static RowBlock block(long start, int rows) {
        return new RowBlock(start, new FloatMatrix(rows, 1, new float[rows]), null);
    }

    /** Positions that a block gives to one step. */
    private static Set<Long> positions(RowBlock block, RowSelection selection) {
        Set<Long> positions = new HashSet<>();
        for (int row : block.select(selection)) {
            assertTrue(positions.add(block.start() + row), "a row came twice in one step");
        }
        return positions;
    }

    @Test
    void givesEveryRowToOneStepOfAPass() {
        RowBlock block = block(777, ROWS);
        TreeSet<Long> all = new TreeSet<>();
        for (int step = 0; step < STEPS; step++) {
            Set<Long> batch = positions(block, new RowSelection(5, 2, step, STEPS));
            // binomial: mean 1000, standard deviation 30
            assertEquals(ROWS / STEPS, batch.size(), 5 * 30.3, "batches are of about equal size");
            for (long position : batch) {
                assertTrue(all.add(position), "row " + position + " belongs to two steps");
            }
        }
        assertEquals(ROWS, all.size());
        assertEquals(777, all.first());
        assertEquals(777 + ROWS - 1, all.last());
    }

    @Test
    void drawsAnewForEveryPassAndSeed() {
        RowBlock block = block(0, ROWS);
        Set<Long> one = positions(block, new RowSelection(5, 2, 3, STEPS));
        for (RowSelection other : new RowSelection[] {
            new RowSelection(5, 3, 3, STEPS), new RowSelection(6, 2, 3, STEPS), new RowSelection(5, 2, 4, STEPS)
        }) {
            Set<Long> shared = positions(block, other);
            shared.retainAll(one);
            int expected = other.step() == 3 ? one.size() / STEPS : 0;
            assertEquals(expected, shared.size(), 5 * Math.sqrt(expected), "rows shared with " + other);
        }
        assertEquals(one, positions(block, new RowSelection(5, 2, 3, STEPS)), "and comes back the same");
    }

    @Test
    void followsThePositionNotThePartition() {
        for (int step = 0; step < 5; step++) {
            RowSelection selection = new RowSelection(1, 1, step, 5);
            Set<Long> whole = positions(block(0, 1000), selection);
            Set<Long> parts = positions(block(0, 313), selection);
            parts.addAll(positions(block(0, 687).at(313), selection));
            assertEquals(whole, parts);
            for (long position : whole) {
                assertEquals(step, selection.stepOf(position));
            }
        }
    }

    @Test
    void assignsEachRowOnceInAPass() {
        FloatMatrix rows = TestRows.gaussian(2000, 3, 1);
        float[] weights = new float[2000];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 1 + i % 4;
        }
        float[] codewords = TestRows.gaussian(7, 3, 2).values();
        try (var source = new LocalStatisticsSource(rows, weights, 3)) {
            CodebookStatistics all = new AssignTask(codewords, 3, RowSelection.ALL, Device.CPU).on(source);
            CodebookStatistics sum = new CodebookStatistics(7, 3);
            for (int step = 0; step < STEPS; step++) {
                sum.merge(new AssignTask(codewords, 3, new RowSelection(1, 0, step, STEPS), Device.CPU).on(source));
            }
            assertArrayEquals(all.counts(), sum.counts());
            assertArrayEquals(all.sums(), sum.sums(), 1e-9);
            assertArrayEquals(all.errors(), sum.errors(), 1e-9);
            assertEquals(5000, all.weight());
        }
    }

    @Test
    void leavesStepsOfAFewRowsEmpty() {
        RowBlock block = block(0, 3);
        int rows = 0;
        for (int step = 0; step < 100; step++) {
            rows += positions(block, new RowSelection(1, 0, step, 100)).size();
        }
        assertEquals(3, rows);
    }

    @Test
    void selectsAllRowsInASingleStep() {
        assertEquals(1000, positions(block(0, 1000), RowSelection.ALL).size());
    }

    @Test
    void rejectsStepsThatDoNotExist() {
        assertEquals(
                "step 3 of 3 does not exist",
                assertThrows(IllegalArgumentException.class, () -> new RowSelection(0, 0, 3, 3))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new RowSelection(0, 0, -1, 3));
        assertThrows(IllegalArgumentException.class, () -> new RowSelection(0, 0, 0, 0));
    }

    @Test
    void keepsWeightsWithTheirRows() {
        FloatMatrix rows = FloatMatrix.of(new float[] {1, 2}, new float[] {3, 4});
        RowBlock weighted = new RowBlock(10, rows, new float[] {0.5f, 2}).at(20);
        assertEquals(20, weighted.start());
        assertEquals(0.5f, weighted.weight(0));
        assertEquals(2f, weighted.weight(1));
        RowBlock plain = new RowBlock(10, rows, null);
        assertEquals(1f, plain.weight(1));
        assertEquals(
                "3 weights for 2 rows",
                assertThrows(IllegalArgumentException.class, () -> new RowBlock(0, rows, new float[3]))
                        .getMessage());
    }

    /** The hash is a bijection, so a position with the largest of all hashes exists; its step must exist too. */
    @Test
    void staysUnderOneForTheLargestHash() {
        long seed = 3;
        long pass = 1;
        long position = unmix(-1) ^ SeededHash.mix(SeededHash.mix(seed) ^ pass);
        assertEquals(-1, SeededHash.mix(seed, pass, position));
        assertTrue(SeededHash.uniform(seed, pass, position) < 1);
        assertEquals(11, new RowSelection(seed, pass, 0, STEPS).stepOf(position));
        long lowest = unmix(0) ^ SeededHash.mix(SeededHash.mix(seed) ^ pass);
        assertTrue(SeededHash.uniform(seed, pass, lowest) > 0, "its logarithm is finite");
    }

    /** Inverse of {@link SeededHash#mix(long)}. */
    private static long unmix(long hash) {
        long z = hash ^ (hash >>> 31) ^ (hash >>> 62);
        z *= inverse(0x94D049BB133111EBL);
        z = z ^ (z >>> 27) ^ (z >>> 54);
        z *= inverse(0xBF58476D1CE4E5B9L);
        z = z ^ (z >>> 30) ^ (z >>> 60);
        return z - 0x9E3779B97F4A7C15L;
    }

    /** Inverse of an odd number modulo 2^64, by Newton's iteration. */
    private static long inverse(long odd) {
        long x = odd;
        for (int i = 0; i < 6; i++) {
            x *= 2 - odd * x;
        }
        return x;
    }
}
