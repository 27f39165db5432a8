package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;

/** Lloyd's step: each codeword becomes the mean of its targets, {@code c_k = m_k}. Exact k-means on a whole pass. */
public final class LloydRule implements UpdateRule {
    private static final long serialVersionUID = 1L;

    @Override
    public void update(float[] codewords, CodebookStatistics batch, double rate, int from, int to) {
        int d = batch.dimension();
        for (int k = from; k < to; k++) {
            double n = batch.counts()[k];
            if (n > 0) {
                for (int i = k * d; i < (k + 1) * d; i++) {
                    codewords[i] = (float) (batch.sums()[i] / n);
                }
            }
        }
    }
}
