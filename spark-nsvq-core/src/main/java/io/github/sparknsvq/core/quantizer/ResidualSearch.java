package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.TopScores;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * Beam search for residual codes that keeps the residuals themselves and asks the kernel for the nearest codewords of
 * each: the fastest way for a beam of 1, and the only one where the pairs of codewords are too many for {@link
 * LevelTables}.
 */
final class ResidualSearch {
    private final int dimension;
    private final int levels;
    private final float[][] codewords;
    private final NearestCodeword[] searches;

    ResidualSearch(SumQuantizer codebooks, NearestCodewordProvider provider) {
        this.dimension = codebooks.dimension();
        this.levels = codebooks.codebooks();
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

    /** The sums kept for a block of rows, nearest first: the same number for each row. The scratch of one call. */
    private final class Beams {
        private final int most;
        private int kept;
        private Sums sums;
        private Sums next;
        private final int[] index;
        private final float[] squaredDistance;
        private final float[] scores;
        private final int[] chosen;

        Beams(int rows, int most) {
            this.most = most;
            this.sums = new Sums(rows * most);
            this.next = new Sums(rows * most);
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
            System.arraycopy(rows, offset, sums.residuals, 0, n * dimension);
            kept = 1;
        }

        /** Extends the sums by the codewords of a level. */
        void extend(int n, int level) {
            NearestCodeword search = searches[level];
            int p = Math.min(most, search.codewords());
            if (p == 1) {
                search.nearest(sums.residuals, 0, n * kept, index, squaredDistance);
            } else {
                search.nearest(sums.residuals, 0, n * kept, p, index, squaredDistance);
            }
            int wanted = Math.min(most, kept * p);
            for (int i = 0; i < n; i++) {
                choose(i * kept * p, kept * p, wanted);
                for (int k = 0; k < wanted; k++) {
                    add(level, i * kept + chosen[k] / p, index[i * kept * p + chosen[k]], i * wanted + k);
                }
            }
            kept = wanted;
            Sums old = sums;
            sums = next;
            next = old;
        }

        /** Chooses the nearest of {@code n} candidates from {@code at}. */
        private void choose(int at, int n, int wanted) {
            TopScores.clear(scores, 0, chosen, 0, wanted);
            for (int j = 0; j < n; j++) {
                TopScores.offer(-squaredDistance[at + j], j, scores, 0, chosen, 0, wanted);
            }
        }

        private void add(int level, int from, int codeword, int to) {
            System.arraycopy(sums.tuples, from * levels, next.tuples, to * levels, level);
            next.tuples[to * levels + level] = codeword;
            float[] before = sums.residuals;
            float[] after = next.residuals;
            for (int j = 0; j < dimension; j++) {
                after[to * dimension + j] = before[from * dimension + j] - codewords[level][codeword * dimension + j];
            }
        }

        void write(int n, int[] indices, int to) {
            for (int i = 0; i < n; i++) {
                System.arraycopy(sums.tuples, i * kept * levels, indices, to + i * levels, levels);
            }
        }
    }

    /** Codewords and residuals of sums. */
    private final class Sums {
        private final float[] residuals;
        private final int[] tuples;

        Sums(int count) {
            this.residuals = new float[Blocks.length(count, dimension)];
            this.tuples = new int[count * levels];
        }
    }
}
