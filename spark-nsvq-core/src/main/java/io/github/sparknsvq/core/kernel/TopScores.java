package io.github.sparknsvq.core.kernel;

import java.util.Arrays;

/**
 * The {@code p} highest scores seen so far, kept sorted in place; equal scores by index. Insertion beats a heap for
 * the small {@code p} of probing: most candidates fail the first comparison.
 */
public final class TopScores {
    private TopScores() {}

    /** Empties a list: scores from {@code from}, indices from {@code at}. */
    public static void clear(float[] scores, int from, int[] index, int at, int p) {
        Arrays.fill(scores, from, from + p, Float.NEGATIVE_INFINITY);
        Arrays.fill(index, at, at + p, Integer.MAX_VALUE);
    }

    /** Offers a candidate; candidates must come with ascending index for ties to go to the lowest. */
    public static void offer(float score, int candidate, float[] scores, int from, int[] index, int at, int p) {
        int last = p - 1;
        // an empty place takes anything, NaN too: the result must hold p codewords whatever the row holds
        if (!(score > scores[from + last]) && index[at + last] != Integer.MAX_VALUE) {
            return;
        }
        int i = last;
        while (i > 0 && (score > scores[from + i - 1] || index[at + i - 1] == Integer.MAX_VALUE)) {
            scores[from + i] = scores[from + i - 1];
            index[at + i] = index[at + i - 1];
            i--;
        }
        scores[from + i] = score;
        index[at + i] = candidate;
    }

    /**
     * Sorts chosen codewords by their exact squared distances: rounding in the scores may have swapped two that are
     * close. An insertion sort, because hardly anything moves.
     */
    public static void sort(int[] index, float[] squaredDistance, int at, int p) {
        for (int i = at + 1; i < at + p; i++) {
            int c = index[i];
            float distance = squaredDistance[i];
            int j = i;
            while (j > at && comesBefore(distance, c, squaredDistance[j - 1], index[j - 1])) {
                squaredDistance[j] = squaredDistance[j - 1];
                index[j] = index[j - 1];
                j--;
            }
            squaredDistance[j] = distance;
            index[j] = c;
        }
    }

    /** By distance, NaN last; equal distances by index. */
    static boolean comesBefore(float distance, int codeword, float otherDistance, int other) {
        int order = Float.compare(distance, otherDistance);
        return order < 0 || (order == 0 && codeword < other);
    }
}
