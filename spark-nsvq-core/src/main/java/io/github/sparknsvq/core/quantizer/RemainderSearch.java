package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.TopScores;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * Beam search for residual codes that keeps the remainders themselves and asks the kernel for the nearest codewords of
 * each: what is fastest for a beam of 1, and what is left where the pairs of codewords are too many for {@link Gains}.
 */
final class RemainderSearch {
    private final int dimension;
    private final int levels;
    private final float[][] codewords;
    private final NearestCodeword[] searches;

    RemainderSearch(SummedCodebooks codebooks, NearestCodewordProvider provider) {
        this.dimension = codebooks.dimension();
        this.levels = codebooks.count();
        this.codewords = new float[levels][];
        this.searches = new NearestCodeword[levels];
        for (int m = 0; m < levels; m++) {
            FloatMatrix codebook = codebooks.codebook(m);
            codewords[m] = codebook.values();
            searches[m] = provider.prepare(codebook);
        }
    }

    /** Finds the codes of rows, keeping {@code beam} sums. */
    void encode(float[] rows, int offset, int count, int beam, int[] indices, int to) {
        int chunk = Math.min(count, Math.max(1, Blocks.ROWS / beam));
        Beams beams = new Beams(chunk, beam);
        for (int from = 0; from < count; from += chunk) {
            int n = Math.min(chunk, count - from);
            beams.start(rows, offset + from * dimension, n);
            for (int m = 0; m < levels; m++) {
                beams.extend(n, m);
            }
            beams.write(n, indices, to + from * levels);
        }
    }

    /** The sums kept for a block of rows: as many for each, nearest first. The scratch of one call. */
    private final class Beams {
        private final int most;
        private int kept;
        private float[] remainders;
        private float[] nextRemainders;
        private int[] tuples;
        private int[] nextTuples;
        private final int[] index;
        private final float[] squaredDistance;
        private final float[] scores;
        private final int[] chosen;

        Beams(int rows, int most) {
            this.most = most;
            this.remainders = new float[Blocks.length(rows * most, dimension)];
            this.nextRemainders = new float[remainders.length];
            this.tuples = new int[rows * most * levels];
            this.nextTuples = new int[tuples.length];
            int widest = Arrays.stream(searches)
                    .mapToInt(search -> Math.min(most, search.codewords()))
                    .max()
                    .orElse(0);
            this.index = new int[Blocks.length(rows * most, widest)];
            this.squaredDistance = new float[index.length];
            this.scores = new float[most];
            this.chosen = new int[most];
        }

        void start(float[] rows, int offset, int n) {
            System.arraycopy(rows, offset, remainders, 0, n * dimension);
            kept = 1;
        }

        /** Goes on with the codewords of a level. */
        void extend(int n, int level) {
            NearestCodeword search = searches[level];
            int p = Math.min(most, search.codewords());
            if (p == 1) {
                search.nearest(remainders, 0, n * kept, index, squaredDistance);
            } else {
                search.nearest(remainders, 0, n * kept, p, index, squaredDistance);
            }
            int next = Math.min(most, kept * p);
            for (int i = 0; i < n; i++) {
                choose(i * kept * p, kept * p, next);
                for (int k = 0; k < next; k++) {
                    add(level, i * kept + chosen[k] / p, index[i * kept * p + chosen[k]], i * next + k);
                }
            }
            kept = next;
            float[] r = remainders;
            remainders = nextRemainders;
            nextRemainders = r;
            int[] t = tuples;
            tuples = nextTuples;
            nextTuples = t;
        }

        /** Chooses the nearest of {@code n} candidates from {@code at}. */
        private void choose(int at, int n, int most) {
            TopScores.clear(scores, 0, chosen, 0, most);
            for (int j = 0; j < n; j++) {
                TopScores.offer(-squaredDistance[at + j], j, scores, 0, chosen, 0, most);
            }
        }

        private void add(int level, int from, int codeword, int to) {
            System.arraycopy(tuples, from * levels, nextTuples, to * levels, level);
            nextTuples[to * levels + level] = codeword;
            for (int j = 0; j < dimension; j++) {
                nextRemainders[to * dimension + j] =
                        remainders[from * dimension + j] - codewords[level][codeword * dimension + j];
            }
        }

        void write(int n, int[] indices, int to) {
            for (int i = 0; i < n; i++) {
                System.arraycopy(tuples, i * kept * levels, indices, to + i * levels, levels);
            }
        }
    }
}
