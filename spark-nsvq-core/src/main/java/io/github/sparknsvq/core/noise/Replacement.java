package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.update.PerCodebookReseeding;
import io.github.sparknsvq.core.training.update.ReseedingPolicy;
import io.github.sparknsvq.core.training.update.ReseedingPolicy.BatchPresence;
import io.github.sparknsvq.core.training.update.ReseedingPolicy.ErrorProportional;
import java.util.function.IntConsumer;

/**
 * Replacement of codewords that few rows choose, the same for every layer: it watches what rows choose, and moves
 * idle codewords beside busy ones of their codebook when it is told to. It is that of the codebook training.
 *
 * <p>When to call is the caller's business: often at first, rarely later, and not in the last steps, in which the
 * codewords settle. It holds the counts since the last call; for one thread.
 */
public final class Replacement {
    /** The share of the mean error under which a codeword is idle, as codebook training has it. */
    public static final double IDLE_SHARE = 0.2;

    private final Codebooks codebooks;
    private final ReseedingPolicy policy;
    private final long seed;

    private Replacement(Codebooks codebooks, ReseedingPolicy policy, long seed) {
        this.codebooks = codebooks;
        this.policy = policy;
        this.seed = seed;
    }

    /**
     * Returns replacement by error: an idle codeword joins one that is drawn in proportion to its squared error, and
     * the two part by a tenth of its rms error.
     *
     * @param idleShare the share of the mean error of a codeword under which one is idle, such as
     *     {@value #IDLE_SHARE}; 0 replaces only those never chosen
     * @param seed the random seed
     */
    public static Replacement byError(Codebooks codebooks, double idleShare, long seed) {
        RowLayer.checkShare("the idle share", idleShare);
        int d = codebooks.codewordDimension();
        return new Replacement(
                codebooks,
                new PerCodebookReseeding(codebooks.layout(), k -> new ErrorProportional(k, d, idleShare)),
                seed);
    }

    /**
     * Returns the replacement of the NSVQ paper: a codeword that occurs in less than a share of the observed
     * batches is replaced by a copy of one that does not, plus noise (Vali and Bäckström, IEEE Access 2022, section
     * III.C).
     *
     * @param share that share, such as 0.1, in [0, 1]
     * @param noise standard deviation of the noise, in the data's units; at least what shows in float32 is added
     * @param seed the random seed
     * @throws NsvqException if the share is not in [0, 1], or the noise negative or not finite
     */
    public static Replacement byPresence(Codebooks codebooks, double share, double noise, long seed) {
        NsvqException.unless(share >= 0 && share <= 1, "the share of batches = " + share + ": must be from 0 to 1");
        RowLayer.checkShare("the noise", noise);
        int d = codebooks.codewordDimension();
        return new Replacement(
                codebooks,
                new PerCodebookReseeding(codebooks.layout(), k -> new BatchPresence(k, d, share, noise)),
                seed);
    }

    /** Counts what the rows of a batch chose. */
    public void observe(Forward forward) {
        observe(forward.statistics());
    }

    /** Counts what the rows of a batch chose, as {@link Codebooks#statistics} has it. */
    public void observe(CodebookStatistics batch) {
        policy.observe(batch);
    }

    /**
     * Replaces idle codewords, and starts to count anew.
     *
     * @param codewords all codewords, in the shape of {@link Parameters#codewords}; changed in place
     * @param forget told of each codeword that was moved, numbered among all: what an optimizer knows of it (moments,
     *     averages) holds no longer
     * @param step number of the update, from which the random numbers follow
     * @return how many codewords were replaced
     * @throws NsvqException if the codewords have another shape
     */
    public int replace(FloatMatrix codewords, IntConsumer forget, long step) {
        codebooks.checkCodewords(codewords);
        return policy.reseed(codewords.values(), forget, SeededHash.random(seed, codebooks.codewords(), step));
    }
}
