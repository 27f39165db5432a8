package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.TopScores;
import java.util.Arrays;

/**
 * Beam search for sums of codewords with tables of {@link Gains}: of all sums that are one codeword longer than those
 * kept, the {@code W} that leave the shortest remainders are kept in turn. The sums kept are all different: where
 * codebooks are used in any order, several ways lead to the same sum.
 *
 * <p>The scratch of one call, for one thread. A row gets the same answer whatever rows come with it.
 */
final class BeamSearch {
    /** Rows whose gains are worked out at a time. */
    private static final int ROWS = 16;

    private static final int NONE = -1;

    /** The widest beam: wider ones cost more memory than they could be worth, and at last candidates had no numbers. */
    private static final int WIDEST = 1024;

    private final SummedCodebooks codebooks;
    private final Gains gains;
    private final boolean ordered;
    private final int polishes;
    private final int books;
    private final int total;

    /** The best candidates, by score; a candidate is {@code beam * total + codeword}. */
    private final float[] scores;

    private final int[] candidates;

    /** What is kept: a codeword of each codebook or {@link #NONE}, the score, and the gains of what may be added. */
    private int kept;

    private int[] tuples;
    private float[] score;
    private float[][] gain;

    private int[] nextTuples;
    private float[] nextScore;
    private float[][] nextGain;

    /**
     * Makes the scratch of a search.
     *
     * @param ordered whether codebooks are used one after the other, as {@code gains} was told
     * @param beam how many sums are kept, at least 1
     * @param polishes most rounds of iterated conditional modes, 0 or more; 0 if ordered
     */
    BeamSearch(SummedCodebooks codebooks, Gains gains, boolean ordered, int beam, int polishes) {
        this.codebooks = codebooks;
        this.gains = gains;
        this.ordered = ordered;
        this.polishes = polishes;
        this.books = codebooks.count();
        this.total = codebooks.total();
        this.scores = new float[beam];
        this.candidates = new int[beam];
        this.tuples = new int[beam * books];
        this.score = new float[beam];
        this.gain = new float[beam][total];
        this.nextTuples = new int[tuples.length];
        this.nextScore = new float[beam];
        this.nextGain = new float[beam][total];
    }

    /**
     * Checks a beam that users choose.
     *
     * @throws NsvqException if it is out of range
     */
    static void checkBeam(int beam) {
        if (beam < 1 || beam > WIDEST) {
            throw new NsvqException("a beam keeps 1 to " + WIDEST + " sums, not " + beam);
        }
    }

    /** Finds the sums for rows. */
    void encode(float[] rows, int offset, int count, int[] indices, int to) {
        float[][] first = new float[Math.min(count, ROWS)][total];
        for (int from = 0; from < count; from += ROWS) {
            int n = Math.min(ROWS, count - from);
            gains.fill(rows, offset + from * codebooks.dimension(), n, first);
            for (int i = 0; i < n; i++) {
                System.arraycopy(first[i], 0, gain[0], 0, total);
                search();
                write(best(), indices, to + (from + i) * books);
            }
        }
    }

    /** Lets iterated conditional modes loose on the sums that rows have. */
    void polish(float[] rows, int offset, int count, int[] indices, int to) {
        float[][] first = new float[Math.min(count, ROWS)][total];
        for (int from = 0; from < count; from += ROWS) {
            int n = Math.min(ROWS, count - from);
            gains.fill(rows, offset + from * codebooks.dimension(), n, first);
            for (int i = 0; i < n; i++) {
                System.arraycopy(first[i], 0, gain[0], 0, total);
                int at = to + (from + i) * books;
                for (int m = 0; m < books; m++) {
                    Blocks.checkIndex(indices[at + m], codebooks.size(m), m);
                    tuples[m] = codebooks.start(m) + indices[at + m];
                    Gains.subtract(gain[0], gains.pairs(tuples[m]), 0, gain[0]);
                }
                polish(0);
                write(0, indices, at);
            }
        }
    }

    /** Grows sums from nothing, given the gains of the first codeword. */
    private void search() {
        Arrays.fill(tuples, 0, books, NONE);
        score[0] = 0;
        kept = 1;
        for (int step = 0; step < books && kept > 0; step++) {
            TopScores.clear(scores, 0, candidates, 0, scores.length);
            for (int b = 0; b < kept; b++) {
                if (ordered) {
                    offer(b, step);
                } else {
                    for (int m = 0; m < books; m++) {
                        if (tuples[b * books + m] == NONE) {
                            offer(b, m);
                        }
                    }
                }
            }
            keep(step);
        }
    }

    /** Offers the codewords of codebook {@code m} as what beam {@code b} goes on with. */
    private void offer(int b, int m) {
        int last = scores.length - 1;
        float from = score[b];
        float least = scores[last];
        float[] more = gain[b];
        for (int c = codebooks.start(m); c < codebooks.start(m + 1); c++) {
            float reached = from + more[c];
            if (reached > least && (ordered || !isListed(b, m, c))) {
                TopScores.offer(reached, b * total + c, scores, 0, candidates, 0, scores.length);
                least = scores[last];
            }
        }
    }

    /** Whether some other way to the same sum is among the candidates. */
    private boolean isListed(int b, int m, int c) {
        for (int candidate : candidates) {
            if (candidate == Integer.MAX_VALUE) {
                return false;
            }
            int other = candidate / total;
            if (other != b && tuples[other * books + m] == c && isSame(b, m, other, candidate % total)) {
                return true;
            }
        }
        return false;
    }

    /** Whether beam {@code b} with something in codebook {@code m} is the other beam with its codeword. */
    private boolean isSame(int b, int m, int other, int codeword) {
        for (int j = 0; j < books; j++) {
            int mine = tuples[b * books + j];
            int its = tuples[other * books + j];
            if (j != m && mine != its && (its != NONE || mine != codeword)) {
                return false;
            }
        }
        return true;
    }

    /** Makes the candidates the beam. */
    private void keep(int step) {
        int n = 0;
        while (n < candidates.length && candidates[n] != Integer.MAX_VALUE) {
            n++;
        }
        for (int k = 0; k < n; k++) {
            int b = candidates[k] / total;
            int c = candidates[k] % total;
            int m = ordered ? step : codebookOf(c);
            System.arraycopy(tuples, b * books, nextTuples, k * books, books);
            nextTuples[k * books + m] = c;
            nextScore[k] = scores[k];
            int followers = ordered ? codebooks.start(step + 1) : 0;
            if (followers < total) {
                Gains.subtract(gain[b], gains.pairs(c), followers, nextGain[k]);
            }
        }
        if (n > 0) {
            int[] t = tuples;
            tuples = nextTuples;
            nextTuples = t;
            float[] s = score;
            score = nextScore;
            nextScore = s;
            float[][] g = gain;
            gain = nextGain;
            nextGain = g;
        }
        kept = n;
    }

    private int codebookOf(int codeword) {
        int m = 0;
        while (codeword >= codebooks.start(m + 1)) {
            m++;
        }
        return m;
    }

    /** The beam whose sum is nearest, after polishing all: a sum that is not the nearest may end as the nearest. */
    private int best() {
        int best = 0;
        for (int b = 0; b < kept && !ordered; b++) {
            score[b] += polish(b);
            best = score[b] > score[best] ? b : best;
        }
        return best;
    }

    /**
     * Replaces the codeword of one codebook after the other by the one that suits the others best, until none changes or
     * the rounds are up.
     *
     * @return what that gains
     */
    private float polish(int b) {
        float gained = 0;
        boolean changed = true;
        for (int round = 0; round < polishes && changed; round++) {
            changed = false;
            for (int m = 0; m < books; m++) {
                float more = replace(b, m);
                changed |= more > 0;
                gained += more;
            }
        }
        return gained;
    }

    /** Replaces a codeword by the best of its codebook, given the others. Returns what that gains, 0 for nothing better. */
    private float replace(int b, int m) {
        int old = tuples[b * books + m];
        float[] now = gain[b];
        float[] held = gains.pairs(old);
        int best = old;
        // with the old codeword taken out again its share of the gains comes back
        float before = now[old] + held[old];
        float most = before;
        for (int c = codebooks.start(m); c < codebooks.start(m + 1); c++) {
            float value = now[c] + held[c];
            if (value > most) {
                most = value;
                best = c;
            }
        }
        if (best == old) {
            return 0;
        }
        float[] taken = gains.pairs(best);
        for (int c = 0; c < total; c++) {
            now[c] += held[c] - taken[c];
        }
        tuples[b * books + m] = best;
        return most - before;
    }

    /** Writes a sum's indices; where a row that is not finite found none, the first of each codebook. */
    private void write(int b, int[] indices, int to) {
        for (int m = 0; m < books; m++) {
            int codeword = tuples[b * books + m];
            indices[to + m] = codeword == NONE ? 0 : codeword - codebooks.start(m);
        }
    }
}
