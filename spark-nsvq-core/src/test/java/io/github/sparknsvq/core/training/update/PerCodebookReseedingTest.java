package io.github.sparknsvq.core.training.update;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PerCodebookReseedingTest {
    private static final CodebookLayout LAYOUT = new CodebookLayout(1, 3, 2, 4);

    private static CodebookStatistics counted(double... counts) {
        CodebookStatistics statistics = new CodebookStatistics(counts.length, 1);
        for (int k = 0; k < counts.length; k++) {
            statistics.counts()[k] = counts[k];
            statistics.errors()[k] = counts[k];
        }
        return statistics;
    }

    private static float[] spacedOut() {
        return new float[] {0, 100, 200, 1000, 1100, 2000, 2100, 2200, 2300};
    }

    @Test
    void codewordsMoveWithinTheirOwnCodebook() {
        for (int seed = 0; seed < 20; seed++) {
            ReseedingPolicy policy =
                    new PerCodebookReseeding(LAYOUT, k -> new ReseedingPolicy.ErrorProportional(k, 1, 0));
            policy.observe(counted(0, 5, 5, 7, 0, 1, 0, 900, 0));
            float[] codewords = spacedOut();
            List<Integer> forgotten = new ArrayList<>();
            assertEquals(4, policy.reseed(codewords, forgotten::add, new Random(seed)));
            assertTrue(Math.abs(codewords[0] - 150) < 60, "beside 100 or 200, not " + codewords[0]);
            assertTrue(Math.abs(codewords[4] - 1000) < 10, "beside 1000, not " + codewords[4]);
            for (int idle : new int[] {6, 8}) {
                assertTrue(codewords[idle] > 1990 && codewords[idle] < 2210, "beside 2000 or 2200");
            }
            assertTrue(forgotten.containsAll(List.of(0, 4, 6, 8)), "numbered through: " + forgotten);
            assertTrue(forgotten.contains(3), "the donor, too: " + forgotten);
        }
    }

    @Test
    void aCodebookWithoutADonorStaysAsItIs() {
        PerCodebookReseeding policy =
                new PerCodebookReseeding(LAYOUT, k -> new ReseedingPolicy.ErrorProportional(k, 1, 0));
        policy.observe(counted(1, 1, 1, 0, 0, 1, 1, 1, 1));
        float[] codewords = spacedOut();
        assertEquals(0, policy.reseed(codewords, k -> {}, new Random(1)));
        assertArrayEquals(spacedOut(), codewords);
    }

    @Test
    void theStateIsThatOfAllPolicies() {
        ReseedingPolicy policy =
                new PerCodebookReseeding(LAYOUT, k -> new ReseedingPolicy.BatchPresence(k, 1, 0.5, 1e-3));
        policy.observe(counted(1, 0, 1, 0, 1, 0, 0, 0, 1));
        float[][] state = policy.state();
        assertEquals(6, state.length, "hits and steps of each");
        assertArrayEquals(new float[] {1, 0, 1}, state[0]);
        assertArrayEquals(new float[] {0, 1}, state[2]);
        assertArrayEquals(new float[] {0, 0, 0, 1}, state[4]);
        state[4][3] = 0;
        state[4][0] = 1;
        float[] codewords = spacedOut();
        policy.reseed(codewords, k -> {}, new Random(1));
        assertEquals(2000, codewords[5], "what is written into the state counts");
        assertNotEquals(2300, codewords[8]);
        assertEquals(0, new PerCodebookReseeding(LAYOUT, k -> ReseedingPolicy.NONE).state().length);
    }
}
