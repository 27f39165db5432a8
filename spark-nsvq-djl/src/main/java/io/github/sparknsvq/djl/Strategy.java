package io.github.sparknsvq.djl;

/**
 * What a layer gives in training instead of the nearest codeword {@code c} of a latent {@code x}, and so how
 * gradients reach latents and codewords. With several codebooks {@code c} is what they give together. {@code sg}
 * stops gradients, {@code v} is Gaussian noise, {@code s = ||x - c||}. Where {@code s = 0} it has no gradient.
 */
public enum Strategy {
    /** {@code x + s v / ||v||}: noise as large as the error (Vali and Bäckström, NSVQ, IEEE Access 2022). */
    NSVQ,
    /**
     * {@code x + s sg(n / ||n||)}, {@code n = c - x + sigma v}: the step towards the codeword, its direction slightly
     * disturbed (DiVeQ, by Vali and others, ICLR 2026).
     */
    DIVEQ,
    /** As {@link #DIVEQ} with {@code sigma = 0}: the codeword itself. */
    DIVEQ_DETACH,
    /**
     * The codeword; the latent gets the gradient as if nothing had been quantized, and a loss of its own trains the
     * codewords (straight-through estimator, van den Oord and others, NeurIPS 2017): {@code mean (sg(x) - c)^2 + beta
     * mean (x - sg(c))^2}.
     */
    STE,
    /**
     * As {@link #STE}, but the codewords are moving averages of the latents that choose them, and no optimizer moves
     * them (ibid., appendix A): the loss is {@code beta mean (x - sg(c))^2}.
     */
    EMA
}
