package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;

/**
 * Mini-batch k-means: {@code c_k += (n_k / N_k)(m_k - c_k)} with {@code N_k} the weight that ever chose the codeword
 * (Sculley, WWW 2010).
 */
public final class MiniBatchRule implements UpdateRule {
    private static final long serialVersionUID = 1L;

    private final float[] seen;

    /** Makes the rule for {@code K} codewords. */
    public MiniBatchRule(int codewords) {
        this(new float[codewords]);
    }

    private MiniBatchRule(float[] seen) {
        this.seen = seen;
    }

    @Override
    public void update(float[] codewords, CodebookStatistics batch, double rate, int from, int to) {
        int d = batch.dimension();
        for (int k = from; k < to; k++) {
            double n = batch.counts()[k];
            if (n > 0) {
                seen[k] += (float) n;
                for (int i = k * d; i < (k + 1) * d; i++) {
                    codewords[i] += (float) ((batch.sums()[i] - n * codewords[i]) / seen[k]);
                }
            }
        }
    }

    @Override
    public void forget(int codeword) {
        seen[codeword] = 0;
    }

    @Override
    public UpdateRule copy() {
        return new MiniBatchRule(seen.clone());
    }

    @Override
    public float[][] state() {
        return new float[][] {seen};
    }

    /** Weight seen adds up over the copies, it is not averaged. */
    @Override
    public void takeOver(int from, float[][] average, double[] counts) {
        for (int k = 0; k < counts.length; k++) {
            seen[from + k] += (float) counts[k];
        }
    }
}
