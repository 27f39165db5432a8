package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.rows.CodebookStatistics;

/**
 * Exponential moving averages of sums and counts: {@code Y = g Y + (1 - g) S_k}, {@code M = g M + (1 - g) n_k},
 * {@code c_k = Y / M} (Vali, thesis 2025, eq. 3.8; van den Oord et al., NeurIPS 2017, appendix A).
 */
public final class EmaRule implements UpdateRule {
    private static final long serialVersionUID = 1L;

    /** The usual decay {@code g}. */
    public static final double DECAY = 0.99;

    private final double decay;
    private final float[] counts;

    /**
     * Makes the rule for {@code K} codewords.
     *
     * @param codewords {@code K}
     * @param decay {@code g}, in (0, 1)
     */
    public EmaRule(int codewords, double decay) {
        this(decay, new float[codewords]);
    }

    private EmaRule(double decay, float[] counts) {
        this.decay = decay;
        this.counts = counts;
    }

    /**
     * Y is kept as {@code M c_k}: one number per codeword suffices, and a codeword that moves otherwise stays moved.
     */
    @Override
    public void update(float[] codewords, CodebookStatistics batch, double rate, int from, int to) {
        int d = batch.dimension();
        for (int k = from; k < to; k++) {
            double n = batch.counts()[k];
            double kept = decay * counts[k];
            double mass = kept + (1 - decay) * n;
            counts[k] = (float) mass;
            if (n > 0 && mass > 0) {
                for (int i = k * d; i < (k + 1) * d; i++) {
                    codewords[i] = (float) ((kept * codewords[i] + (1 - decay) * batch.sums()[i]) / mass);
                }
            }
        }
    }

    @Override
    public void forget(int codeword) {
        counts[codeword] = 0;
    }

    @Override
    public UpdateRule copy() {
        return new EmaRule(decay, counts.clone());
    }

    @Override
    public float[][] state() {
        return new float[][] {counts};
    }
}
