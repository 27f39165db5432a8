package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;

/**
 * Stochastic gradient descent on the squared error: {@code c_k += 2 eta (n_k / B)(m_k - c_k)}.
 *
 * <p>The learning rate is {@code 2 eta / K}: at rate {@code r} a codeword that takes its fair share of the batch
 * moves the fraction {@code r} of the way to the mean of its targets. It never moves past it.
 */
public final class SgdRule implements UpdateRule {
    private static final long serialVersionUID = 1L;

    @Override
    public void update(float[] codewords, CodebookStatistics batch, double rate, int from, int to) {
        int d = batch.dimension();
        double weight = batch.weight();
        for (int k = from; k < to; k++) {
            double n = batch.counts()[k];
            if (n > 0) {
                double fraction = Math.min(1, rate * batch.codewords() * n / weight);
                for (int i = k * d; i < (k + 1) * d; i++) {
                    codewords[i] += (float) (fraction * (batch.sums()[i] / n - codewords[i]));
                }
            }
        }
    }
}
