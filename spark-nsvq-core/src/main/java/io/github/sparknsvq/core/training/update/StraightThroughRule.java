package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;

/**
 * The codebook's part of the straight-through estimator (van den Oord et al., NeurIPS 2017): Adam on the gradient
 * {@code 2 (n_k / B)(c_k - m_k)} of the codebook loss {@code ||sg(x) - c||^2}, where sg stops the gradient.
 *
 * <p>For rows that do not move, this is the gradient that {@link NsvqRule} takes, and the step is the same: without
 * replacement of codewords the two give the same codebook. What the NSVQ paper's table 2 shows between them is the
 * replacement.
 */
public final class StraightThroughRule implements UpdateRule {
    private static final long serialVersionUID = 1L;

    private final UpdateRule adam;

    /**
     * Makes the rule for several codebooks.
     *
     * @param layout the codebooks
     * @param rms the rms deviation of what each codebook quantizes in each of its dimensions, codebook after
     *     codebook, all positive
     */
    public StraightThroughRule(CodebookLayout layout, float[] rms) {
        this(new NsvqRule(layout, rms));
    }

    private StraightThroughRule(UpdateRule adam) {
        this.adam = adam;
    }

    @Override
    public void update(float[] codewords, CodebookStatistics batch, double rate, int from, int to) {
        adam.update(codewords, batch, rate, from, to);
    }

    @Override
    public void forget(int codeword) {
        adam.forget(codeword);
    }

    @Override
    public UpdateRule copy() {
        return new StraightThroughRule(adam.copy());
    }

    @Override
    public float[][] state() {
        return adam.state();
    }
}
