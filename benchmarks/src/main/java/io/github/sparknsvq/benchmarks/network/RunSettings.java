package io.github.sparknsvq.benchmarks.network;

import com.google.gson.JsonObject;
import io.github.sparknsvq.core.noise.Codebooks;
import io.github.sparknsvq.djl.QuantizerBlock;
import io.github.sparknsvq.djl.Strategy;
import java.util.Locale;

/**
 * One training run.
 *
 * @param codebooks {@code one}, {@code product}, {@code residual} or {@code additive}; the last three have four
 * @param strategy of the layer
 * @param replacement whether codewords are replaced after the first step
 * @param bits of a latent
 * @param seed of the start, the order of the images, the noise and the replacement
 * @param updates how many
 * @param hidden channels of the convolutions
 */
record RunSettings(
        String codebooks, Strategy strategy, boolean replacement, int bits, long seed, int updates, int hidden) {
    private static final int SEVERAL = 4;
    private static final int BEAM = 4;

    /** Returns the run as the first fields of each of its lines. */
    JsonObject json() {
        JsonObject line = new JsonObject();
        line.addProperty("codebooks", codebooks);
        line.addProperty("strategy", strategy.name().toLowerCase(Locale.ROOT));
        line.addProperty("replacement", replacement);
        line.addProperty("bits", bits);
        line.addProperty("seed", seed);
        line.addProperty("updates", updates);
        line.addProperty("hidden", hidden);
        return line;
    }

    QuantizerBlock layer() {
        int several = 1 << (bits / SEVERAL);
        Codebooks shape = switch (codebooks) {
            case "one" -> Codebooks.one(1 << bits, Autoencoder.LATENT);
            case "product" -> Codebooks.product(SEVERAL, several, Autoencoder.LATENT);
            case "residual" -> Codebooks.residual(SEVERAL, several, Autoencoder.LATENT, 1);
            case "additive" -> Codebooks.additive(SEVERAL, several, Autoencoder.LATENT, BEAM, 0);
            default -> throw new IllegalArgumentException("no codebooks called " + codebooks);
        };
        return QuantizerBlock.builder(shape, strategy).optSeed(seed).build();
    }

    /**
     * Whether codewords are replaced after a step: after the first one in every run, since a codebook that starts far
     * from all latents would stay there; then ten times every 0.5 % of all updates, then every 3 %, and not in the
     * last 3 %.
     */
    boolean replacesAfter(int step) {
        if (step == 1 || !replacement) {
            return step == 1;
        }
        int early = Math.max(1, updates / 200);
        int late = Math.max(1, 3 * updates / 100);
        return step <= 10 * early ? step % early == 0 : step % late == 0 && step <= updates - late;
    }
}
