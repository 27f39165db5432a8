package io.github.sparknsvq.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecallTest {
    @Test
    void isTheShareOfRanksBelowK() {
        long[] ranks = {0, 9, 10, Recall.NOT_FOUND};
        assertEquals(0.25, Recall.at(ranks, 1));
        assertEquals(0.5, Recall.at(ranks, 10));
        assertEquals(0.75, Recall.at(ranks, 100));
        assertEquals(0.75, Recall.at(ranks, Integer.MAX_VALUE), "what was not found is never found");
        assertTrue(Double.isNaN(Recall.at(new long[0], 1)));
    }

    /** Looks into lists of results, as one would without ranks. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20})
    void agreesWithLookingIntoTheResults(int k) {
        Random random = new Random(6);
        List<Integer> results = new ArrayList<>(IntStream.range(0, 30).boxed().toList());
        long[] ranks = new long[200];
        int hits = 0;
        for (int q = 0; q < ranks.length; q++) {
            Collections.shuffle(results, random);
            int truth = random.nextInt(40); // some are not among the results
            ranks[q] = results.contains(truth) ? results.indexOf(truth) : Recall.NOT_FOUND;
            hits += results.subList(0, k).contains(truth) ? 1 : 0;
        }
        assertEquals(hits / 200.0, Recall.at(ranks, k));
        assertTrue(hits > 0);
    }
}
