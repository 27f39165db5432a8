package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.update.EmaRule;

/**
 * The straight-through estimator with codewords that are moving averages of their rows (van den Oord et al., NeurIPS
 * 2017, appendix A): as {@link StraightThrough}, but without the codebook loss, so that the gradient of the codewords
 * is zero. They are moved by {@link #update}, once per step: with {@code n} rows of sum {@code S} that chose a
 * codeword, {@code M <- gamma M + (1 - gamma) n}, {@code Y <- gamma Y + (1 - gamma) S}, {@code c = Y / M}.
 *
 * <p>The averages start from nothing, so a codeword's first rows take it over. They are kept here: a layer trains one
 * set of codewords, by one thread.
 */
public final class MovingAverage extends RowLayer {
    /** The usual decay of the averages. */
    public static final double GAMMA = EmaRule.DECAY;

    private final double commitmentLoss;
    private final EmaRule averages;

    /**
     * Makes the layer with a commitment loss that is summed over rows and dimensions.
     *
     * @param beta weight of the commitment loss, 0 or more
     * @param gamma decay of the averages, in (0, 1)
     */
    public MovingAverage(Codebooks codebooks, double beta, double gamma) {
        this(codebooks, beta, gamma, 1);
    }

    /**
     * Makes the layer.
     *
     * @param beta weight of the commitment loss, 0 or more
     * @param gamma decay of the averages, in (0, 1)
     * @param lossWeight what the loss is multiplied by besides: {@code 1 / (N D)} makes it a mean over the values
     *     of a batch
     * @throws NsvqException if a number is out of range
     */
    public MovingAverage(Codebooks codebooks, double beta, double gamma, double lossWeight) {
        super(codebooks);
        checkShare("beta", beta);
        checkShare("the weight of the loss", lossWeight);
        NsvqException.unless(gamma > 0 && gamma < 1, "gamma = " + gamma + ": must lie between 0 and 1");
        this.commitmentLoss = beta * lossWeight;
        this.averages = new EmaRule(codebooks.codewords(), gamma);
    }

    /**
     * Moves the codewords.
     *
     * @param codewords all codewords, in the shape of {@link Parameters#codewords}; changed in place
     * @param forward what the step's rows chose
     */
    public void update(FloatMatrix codewords, Forward forward) {
        averages.update(codewords.values(), forward.statistics(), 0);
    }

    /** Forgets the averages of a codeword that was replaced, which is numbered among all. */
    public void forget(int codeword) {
        averages.forget(codeword);
    }

    @Override
    RowPass pass(Parameters parameters, long step) {
        return new StraightThrough.Copy(
                codebooks(), Codebooks.doubles(parameters.codewords().values()), 0, commitmentLoss);
    }
}
