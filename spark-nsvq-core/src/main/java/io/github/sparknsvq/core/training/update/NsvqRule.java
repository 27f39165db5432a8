package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.Arrays;

/**
 * NSVQ for plain reconstruction: Adam on the gradient {@code 2 (n_k / B)(c_k - m_k)} (Vali and Bäckström, IEEE Access
 * 2022; Kingma and Ba, ICLR 2015). The noise of the operator cancels in this loss: {@code ||x - x'||^2 = ||x - c||^2}
 * for every draw, so there is nothing to draw.
 *
 * <p>The learning rate is in units of the data's rms in each dimension, so that the scale of the data does not
 * matter. Adam is lazy: a codeword that nothing chose does not move, and its moments do not decay.
 */
public final class NsvqRule implements UpdateRule {
    private static final long serialVersionUID = 1L;
    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.999f;
    private static final double EPSILON = 1e-8;

    /**
     * Added to gradients, so that they and their squares do not fade into subnormal numbers, which CPUs are slow
     * with.
     */
    private static final float TINY = 1e-15f;

    private final CodebookLayout layout;
    private final float[] rms;
    private final float[] momentum;
    private final float[] variance;
    private final float[] steps;

    /**
     * Makes the rule.
     *
     * @param codewords number of codewords {@code K}
     * @param rms the data's rms deviation in each of {@code D} dimensions, all positive
     */
    public NsvqRule(int codewords, float[] rms) {
        this(new CodebookLayout(rms.length, codewords), rms);
    }

    /**
     * Makes the rule for several codebooks.
     *
     * @param layout the codebooks
     * @param rms the rms deviation of what each codebook quantizes in each of its dimensions, codebook after
     *     codebook, all positive
     */
    public NsvqRule(CodebookLayout layout, float[] rms) {
        this(
                layout,
                rms,
                new float[layout.total() * layout.dimension()],
                new float[layout.total() * layout.dimension()],
                new float[layout.total()]);
    }

    private NsvqRule(CodebookLayout layout, float[] rms, float[] momentum, float[] variance, float[] steps) {
        this.layout = layout;
        this.rms = rms;
        this.momentum = momentum;
        this.variance = variance;
        this.steps = steps;
    }

    @Override
    public void update(float[] codewords, CodebookStatistics batch, double rate, int from, int to) {
        int d = batch.dimension();
        // Adam does not see the scale of a gradient; K keeps it far from epsilon when K is large
        double perRow = 2.0 * batch.codewords() / batch.weight();
        float[] gradient = new float[d];
        for (int m = 0; m < layout.codebooks(); m++) {
            int end = Math.min(to, layout.start(m + 1));
            for (int k = Math.max(from, layout.start(m)); k < end; k++) {
                if (batch.counts()[k] > 0) {
                    gradient(codewords, batch, k, perRow, m * d, gradient);
                    adam(codewords, k, gradient, rate, m * d);
                }
            }
        }
    }

    /**
     * The gradient for one codeword in units of the rms, which stand from {@code unit}. In float32 but for the mean,
     * which is all that a codeword can become: conversions are what costs here, for C2 lets each wait for the one
     * before it.
     */
    private void gradient(
            float[] codewords, CodebookStatistics batch, int k, double perRow, int unit, float[] gradient) {
        double n = batch.counts()[k];
        double share = 1 / n;
        double[] sums = batch.sums();
        int at = k * gradient.length;
        for (int j = 0; j < gradient.length; j++) {
            gradient[j] = (float) (sums[at + j] * share);
        }
        float scale = (float) (perRow * n);
        for (int j = 0; j < gradient.length; j++) {
            gradient[j] = scale * (codewords[at + j] - gradient[j]) / rms[unit + j] + TINY;
        }
    }

    /** Adam's step for one codeword, in float32 throughout so that it runs as SIMD. */
    private void adam(float[] codewords, int k, float[] gradient, double rate, int unit) {
        steps[k]++;
        double correction2 = Math.sqrt(1 - Math.pow(BETA2, steps[k]));
        float size = (float) (rate * correction2 / (1 - Math.pow(BETA1, steps[k])));
        float epsilon = (float) (EPSILON * correction2);
        int at = k * gradient.length;
        for (int j = 0; j < gradient.length; j++) {
            float g = gradient[j];
            momentum[at + j] = BETA1 * momentum[at + j] + (1 - BETA1) * g;
            variance[at + j] = BETA2 * variance[at + j] + (1 - BETA2) * g * g;
            codewords[at + j] -=
                    size * rms[unit + j] * momentum[at + j] / ((float) Math.sqrt(variance[at + j]) + epsilon);
        }
    }

    @Override
    public void forget(int codeword) {
        int d = layout.dimension();
        Arrays.fill(momentum, codeword * d, (codeword + 1) * d, 0);
        Arrays.fill(variance, codeword * d, (codeword + 1) * d, 0);
        steps[codeword] = 0;
    }

    @Override
    public UpdateRule copy() {
        return new NsvqRule(layout, rms, momentum.clone(), variance.clone(), steps.clone());
    }

    @Override
    public float[][] state() {
        return new float[][] {momentum, variance, steps};
    }
}
