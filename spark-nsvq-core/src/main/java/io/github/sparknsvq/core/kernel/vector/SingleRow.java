package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.GROUP;
import static io.github.sparknsvq.core.kernel.vector.Lanes.INTS;
import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;

import io.github.sparknsvq.core.kernel.PackedCodebook;
import io.github.sparknsvq.core.kernel.TopScores;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Search for one row at a time, where there are too few to fill a tile. The scratch of one call, for one thread. */
final class SingleRow {
    private final PackedCodebook codebook;
    private final float[] x;
    private final float[] scores;

    SingleRow(PackedCodebook codebook) {
        this.codebook = codebook;
        this.x = new float[codebook.dimension()];
        this.scores = new float[codebook.panels() * GROUP + GroupScores.SLACK];
    }

    private void score(float[] rows, int at) {
        float[] shift = codebook.shift();
        for (int j = 0; j < x.length; j++) {
            x[j] = rows[at + j] - shift[j];
        }
        GroupScores.all(x, x.length, codebook.values(), codebook.bias(), codebook.panels(), scores);
    }

    /** Returns the nearest codeword of the row that starts at {@code at}. */
    int nearest(float[] rows, int at) {
        score(rows, at);
        IntVector top = IntVector.broadcast(INTS, -1);
        int end = codebook.panels() * GROUP;
        // past the end come copies of scores, or zeros, which are no better than the best
        for (int c = 0; c < end; c += LENGTH) {
            top = top.max(FloatVector.fromArray(Lanes.SPECIES, scores, c).reinterpretAsInts());
        }
        int best = top.reduceLanes(VectorOperators.MAX);
        for (int c = 0; c < end; c += LENGTH) {
            VectorMask<Integer> equal = FloatVector.fromArray(Lanes.SPECIES, scores, c)
                    .reinterpretAsInts()
                    .compare(VectorOperators.EQ, best);
            if (equal.anyTrue()) {
                return Math.min(c + equal.firstTrue(), codebook.codewords() - 1);
            }
        }
        return 0;
    }

    /** Finds the {@code p} nearest codewords of the row that starts at {@code at}; {@code best} is scratch for {@code p}. */
    void nearest(float[] rows, int at, int p, float[] best, int[] index, int to) {
        score(rows, at);
        TopScores.clear(best, 0, index, to, p);
        for (int c = 0; c < p; c++) {
            TopScores.offer(scores[c], c, best, 0, index, to, p);
        }
        for (int c = p; c < codebook.codewords(); c++) {
            if (scores[c] > best[p - 1]) {
                TopScores.offer(scores[c], c, best, 0, index, to, p);
            }
        }
    }
}
