package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.SumKernel;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Beam search for sums of codewords with tables of {@link Gains}, codebooks being used in any order: of all sums that
 * are one codeword longer than those kept, the {@code W} with the shortest residuals are kept for the next step. The
 * sums kept are all different, though several ways lead to the same sum.
 *
 * <p>The scratch of one call, for one thread. A row gets the same answer whatever rows come with it.
 */
final class BeamSearch {
    /** Rows whose gains are computed at a time. */
    private static final int ROWS = 32;

    private static final int NONE = -1;

    private final SumQuantizer codebooks;
    private final Gains gains;
    private final SumKernel kernel;
    private final int polishes;
    private final int books;
    private final int total;

    /** The best candidates, by score; a candidate is {@code beam * total + codeword}. */
    private final float[] scores;

    private final int[] candidates;

    /** Sums over the hashes of their codewords: equal for the same sum, whatever the way to it. */
    private final long[] keys;

    private final long[] hashes;

    private int held;

    /** The score above which a candidate is wanted. */
    private float least;

    private int kept;

    /** The sums kept, and room for those of the next step. */
    private Sums sums;

    private Sums next;

    /** Gains of every codeword for each kept sum: of the previous step and of this one. */
    private float[][] gain;

    private float[][] nextGain;

    /** For each sum kept the one that it goes on from, and the codeword that it adds. */
    private final int[] parent;

    private final int[] added;

    /** For one codebook: how much the other codewords lower its gains. */
    private final float[][] others;

    private final float[] scratch;

    /**
     * Makes the scratch of a search.
     *
     * @param beam how many sums are kept, at least 1
     * @param polishes most rounds of iterated conditional modes, 0 or more
     */
    BeamSearch(SumQuantizer codebooks, Gains gains, int beam, int polishes) {
        this.codebooks = codebooks;
        this.gains = gains;
        this.kernel = gains.kernel();
        this.polishes = polishes;
        this.books = codebooks.codebooks();
        this.total = codebooks.codewords();
        this.scores = new float[beam];
        this.candidates = new int[beam];
        this.keys = new long[beam];
        this.hashes = hashes(total);
        this.sums = new Sums(beam, books);
        this.next = new Sums(beam, books);
        this.gain = new float[beam][total];
        this.nextGain = new float[beam][total];
        this.parent = new int[beam];
        this.added = new int[beam];
        this.others = new float[books - 1][];
        this.scratch = new float[total];
    }

    /** Random numbers whose sums tell sums of codewords apart: in 64 bits no two will be equal by chance. */
    private static long[] hashes(int total) {
        SplittableRandom random = new SplittableRandom(total);
        long[] hashes = new long[total];
        Arrays.setAll(hashes, c -> random.nextLong());
        return hashes;
    }

    /**
     * Checks a beam that users choose.
     *
     * @throws NsvqException if it is out of range
     */
    static void checkBeam(int beam) {
        NsvqException.unless(
                beam >= 1 && beam <= ResidualQuantizer.WIDEST_BEAM,
                "a beam keeps 1 to " + ResidualQuantizer.WIDEST_BEAM + " sums, not " + beam);
    }

    /** Finds the sums for rows. */
    void encode(float[] rows, int offset, int count, int[] indices, int to) {
        float[][] first = new float[Math.min(count, ROWS)][total];
        for (int from = 0; from < count; from += ROWS) {
            int n = Math.min(ROWS, count - from);
            gains.fill(rows, offset + from * codebooks.dimension(), n, first);
            for (int i = 0; i < n; i++) {
                search(first[i]);
                write(best(first[i]), indices, to + (from + i) * books);
            }
        }
    }

    /** Improves the sums that rows have, by iterated conditional modes. */
    void polish(float[] rows, int offset, int count, int[] indices, int to) {
        float[][] first = new float[Math.min(count, ROWS)][total];
        for (int from = 0; from < count; from += ROWS) {
            int n = Math.min(ROWS, count - from);
            gains.fill(rows, offset + from * codebooks.dimension(), n, first);
            for (int i = 0; i < n; i++) {
                kernel.subtract(first[i], gains.norms(), first[i], 0, total, Float.NaN);
                int at = to + (from + i) * books;
                for (int m = 0; m < books; m++) {
                    Blocks.checkIndex(indices[at + m], codebooks.size(m), m);
                    sums.tuples[m] = codebooks.start(m) + indices[at + m];
                }
                polish(first[i], 0);
                write(0, indices, at);
            }
        }
    }

    /**
     * Searches for the sums of a row, codeword by codeword.
     *
     * @param first twice the inner products of the row with all codewords; receives their gains as the first of a sum
     */
    private void search(float[] first) {
        Arrays.fill(sums.tuples, 0, books, NONE);
        sums.score[0] = 0;
        sums.key[0] = 0;
        kept = 1;
        clear();
        extend(0, first, gains.norms(), first, 0, total);
        keep();
        for (int step = 1; step < books && kept > 0; step++) {
            clear();
            for (int b = 0; b < kept; b++) {
                extend(b, step == 1 ? first : gain[parent[b]]);
            }
            float[][] g = gain;
            gain = nextGain;
            nextGain = g;
            keep();
        }
    }

    /** Computes the gains of what may be added to sum {@code b} from those of its parent, and offers it. */
    private void extend(int b, float[] before) {
        float[] taken = gains.pairs(added[b]);
        for (int m = 0; m < books; m++) {
            if (sums.tuples[b * books + m] == NONE) {
                extend(b, before, taken, nextGain[b], codebooks.start(m), codebooks.start(m + 1));
            }
        }
    }

    /** Computes the gains of codewords {@code [from, to)} added to sum {@code b}, and offers them. */
    private void extend(int b, float[] before, float[] taken, float[] more, int from, int to) {
        float start = sums.score[b];
        int c = kernel.subtract(before, taken, more, from, to, least - start);
        while (c < to) {
            int end = Math.min(to, c + kernel.block());
            for (; c < end; c++) {
                float reached = start + more[c];
                if (reached > least) {
                    offer(reached, b, c);
                }
            }
            c = kernel.subtract(before, taken, more, c, to, least - start);
        }
    }

    private void clear() {
        held = 0;
        least = Float.NEGATIVE_INFINITY;
    }

    /** Inserts a candidate that is good enough, after its equals, unless the same sum is there. */
    private void offer(float reached, int b, int c) {
        long sum = sums.key[b] + hashes[c];
        for (int i = 0; i < held; i++) {
            if (keys[i] == sum) {
                return;
            }
        }
        int i = held < scores.length ? held++ : scores.length - 1;
        while (i > 0 && reached > scores[i - 1]) {
            scores[i] = scores[i - 1];
            candidates[i] = candidates[i - 1];
            keys[i] = keys[i - 1];
            i--;
        }
        scores[i] = reached;
        candidates[i] = b * total + c;
        keys[i] = sum;
        if (held == scores.length) {
            least = scores[held - 1];
        }
    }

    /**
     * Keeps the sums of the candidates; where there is none, which only happens for a row that is not finite, the
     * search ends.
     */
    private void keep() {
        kept = held;
        if (held == 0) {
            return;
        }
        for (int k = 0; k < held; k++) {
            int b = candidates[k] / total;
            int c = candidates[k] % total;
            parent[k] = b;
            added[k] = c;
            System.arraycopy(sums.tuples, b * books, next.tuples, k * books, books);
            next.tuples[k * books + codebookOf(c)] = c;
            next.score[k] = scores[k];
            next.key[k] = keys[k];
        }
        Sums old = sums;
        sums = next;
        next = old;
    }

    private int codebookOf(int codeword) {
        int m = 0;
        while (codeword >= codebooks.start(m + 1)) {
            m++;
        }
        return m;
    }

    /** The nearest sum after polishing all, which need not be the nearest before. */
    private int best(float[] first) {
        int best = 0;
        float[] score = sums.score;
        for (int b = 0; b < kept && polishes > 0; b++) {
            score[b] += polish(first, b);
            best = score[b] > score[best] ? b : best;
        }
        return best;
    }

    /**
     * Replaces the codeword of one codebook after the other by the best given the others, until none changes or the
     * rounds are over.
     *
     * @param first the gains of all codewords as the first of a sum
     * @return what that gains
     */
    private float polish(float[] first, int b) {
        float gained = 0;
        int unchanged = 0;
        for (int turn = 0; turn / books < polishes && unchanged < books; turn++) {
            float more = replace(first, b, turn % books);
            gained += more;
            unchanged = more > 0 ? 1 : unchanged + 1;
        }
        return gained;
    }

    /**
     * Replaces a codeword by the best of its codebook, given the others. Returns what that gains, 0 for nothing
     * better.
     */
    private float replace(float[] first, int b, int m) {
        int[] tuples = sums.tuples;
        int old = tuples[b * books + m];
        for (int l = 0, o = 0; l < books; l++) {
            if (l != m) {
                others[o++] = gains.pairs(tuples[b * books + l]);
            }
        }
        int best = kernel.best(first, others, scratch, codebooks.start(m), codebooks.start(m + 1));
        float more = gainOf(first, best) - gainOf(first, old);
        if (!(more > 0)) {
            return 0;
        }
        tuples[b * books + m] = best;
        return more;
    }

    /** The gain of a codeword that is added to the others. */
    private float gainOf(float[] first, int codeword) {
        float value = first[codeword];
        for (float[] other : others) {
            value -= other[codeword];
        }
        return value;
    }

    /** Writes a sum's indices; for a row that is not finite, the first of each codebook. */
    private void write(int b, int[] indices, int to) {
        for (int m = 0; m < books; m++) {
            int codeword = sums.tuples[b * books + m];
            indices[to + m] = codeword == NONE ? 0 : codeword - codebooks.start(m);
        }
    }

    /** Sums: a codeword of each codebook or {@link #NONE}, the score, and the sum of the codewords' hashes. */
    private static final class Sums {
        private final int[] tuples;
        private final float[] score;
        private final long[] key;

        Sums(int count, int codebooks) {
            this.tuples = new int[count * codebooks];
            this.score = new float[count];
            this.key = new long[count];
        }
    }
}
