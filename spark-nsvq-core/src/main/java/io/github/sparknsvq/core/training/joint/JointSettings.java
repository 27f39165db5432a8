package io.github.sparknsvq.core.training.joint;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;

/**
 * How codebooks that are added up are trained jointly.
 *
 * @param ordered whether rows are encoded codebook after codebook, as a residual quantizer does; otherwise as an
 *     additive quantizer does
 * @param rounds rounds of encoding the rows and moving all codewords, 0 or more
 * @param beam how many sums the last rounds keep as they encode, in [1, 1024]; rounds before them keep half as many
 * @param polishRounds most rounds of iterated conditional modes that end the encoding of a row in the last rounds, 0
 *     or more; of no concern if ordered
 * @param noise standard deviation of the noise that rounds add to the codewords they encode with, as a share of the
 *     data's, 0 or more: it is divided by the number of codebooks, and fades to nothing by the last round
 * @param seed the random seed
 */
public record JointSettings(boolean ordered, int rounds, int beam, int polishRounds, double noise, long seed) {
    private static final int WIDEST = ResidualQuantizer.WIDEST_BEAM;

    /** Checks every value. */
    public JointSettings {
        NsvqException.unless(rounds >= 0, rounds + " joint rounds: 0 or more are possible");
        NsvqException.unless(beam >= 1 && beam <= WIDEST, "a beam keeps 1 to " + WIDEST + " sums, not " + beam);
        NsvqException.unless(polishRounds >= 0, polishRounds + " rounds of polishing: 0 or more are possible");
        NsvqException.unless(
                noise >= 0 && Double.isFinite(noise), "noise = " + noise + ": must be 0 or more and finite");
    }

    /**
     * Returns the text by which checkpoints tell settings apart. It must stay as it is for the same settings, or
     * saved checkpoints no longer fit.
     */
    public String checkpointKey() {
        return "JointSettings[ordered=" + ordered + ", rounds=" + rounds + ", beam=" + beam + ", polishRounds="
                + polishRounds + ", noise=" + noise + ", seed=" + seed + "]";
    }

    /** Returns what suits the codebooks of an additive quantizer that start from residual levels. */
    public static JointSettings additive() {
        return new JointSettings(false, 22, 16, 4, 0.6, 0);
    }

    /** Returns what suits the codebooks of a residual quantizer. */
    public static JointSettings residual() {
        return new JointSettings(true, 22, 16, 0, 0.6, 0);
    }

    /** Returns these settings with another number of rounds. */
    public JointSettings withRounds(int rounds) {
        return new JointSettings(ordered, rounds, beam, polishRounds, noise, seed);
    }

    /** Returns what suits the codebooks of an additive quantizer that start from those of a product quantizer. */
    public static JointSettings additiveFromParts() {
        return new JointSettings(false, 22, 16, 4, 0.2, 0);
    }

    /** Returns these settings with another beam. */
    public JointSettings withBeam(int beam) {
        return new JointSettings(ordered, rounds, beam, polishRounds, noise, seed);
    }

    /** Returns these settings with another number of rounds of polishing. */
    public JointSettings withPolishRounds(int polishRounds) {
        return new JointSettings(ordered, rounds, beam, polishRounds, noise, seed);
    }

    /** Returns these settings with another amount of noise. */
    JointSettings withNoise(double noise) {
        return new JointSettings(ordered, rounds, beam, polishRounds, noise, seed);
    }

    /** Returns these settings with another seed. */
    public JointSettings withSeed(long seed) {
        return new JointSettings(ordered, rounds, beam, polishRounds, noise, seed);
    }
}
