package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TopScoresTest {
    private static int[] top(int p, float... scores) {
        float[] best = new float[p + 2];
        int[] index = new int[p + 3];
        TopScores.clear(best, 1, index, 2, p);
        for (int i = 0; i < scores.length; i++) {
            TopScores.offer(scores[i], i, best, 1, index, 2, p);
        }
        return Arrays.copyOfRange(index, 2, 2 + p);
    }

    @Test
    void keepsTheHighestInOrder() {
        assertArrayEquals(new int[] {3, 1, 4}, top(3, 1, 5, 2, 9, 3));
        assertArrayEquals(new int[] {3}, top(1, 1, 5, 2, 9, 3));
        assertArrayEquals(new int[] {3, 1, 4, 2, 0}, top(5, 1, 5, 2, 9, 3));
    }

    @Test
    void keepsTheFirstOfEqualScores() {
        assertArrayEquals(new int[] {1, 3}, top(2, 1, 5, 1, 5, 5));
        assertArrayEquals(new int[] {0, 1, 2}, top(3, 2, 2, 2, 2, 2));
    }

    @Test
    void fillsEmptyPlacesWithWhateverComes() {
        float worst = Float.NEGATIVE_INFINITY;
        assertArrayEquals(new int[] {0, 1}, top(2, Float.NaN, Float.NaN, Float.NaN));
        assertArrayEquals(new int[] {0, 1}, top(2, worst, worst, worst));
        assertArrayEquals(new int[] {2, 0}, top(2, worst, worst, 1));
    }

    @Test
    void sortsByDistanceThenIndexWithNaNLast() {
        int[] index = {-1, 7, 3, 5, 2, 9, -1};
        float[] distance = {-1, Float.NaN, 2, 1, 2, 1, -1};
        TopScores.sort(index, distance, 1, 5);
        assertArrayEquals(new int[] {-1, 5, 9, 2, 3, 7, -1}, index);
        assertArrayEquals(new float[] {-1, 1, 1, 2, 2, Float.NaN, -1}, distance);
    }
}
