package io.github.sparknsvq.core.training.rows;

import java.util.Random;

/**
 * Randomness that follows from a seed and the thing it is drawn for, not from the order of drawing: which rows a step
 * sees must not depend on how the data is partitioned. The mixing function is SplitMix64's finalizer (Steele, Lea and
 * Flood, OOPSLA 2014).
 */
public final class SeededHash {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private SeededHash() {}

    /** Returns 64 well-mixed bits of a value. */
    public static long mix(long value) {
        long z = value + GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Returns 64 well-mixed bits of a seed and two further values. */
    public static long mix(long seed, long stream, long position) {
        return mix(mix(mix(seed) ^ stream) ^ position);
    }

    /** Returns a number in the open interval (0, 1) for a seed and two further values. */
    public static double uniform(long seed, long stream, long position) {
        return uniform(mix(seed, stream, position));
    }

    /** Returns the number in the open interval (0, 1) that 64 random bits make. */
    public static double uniform(long bits) {
        // 52 bits and a half: with 53 the highest would round to 1
        return ((bits >>> 12) + 0.5) * 0x1.0p-52;
    }

    /** Returns a generator for a seed and two further values. */
    public static Random random(long seed, long stream, long position) {
        return new Random(mix(seed, stream, position));
    }

    /** Draws one of some numbers in proportion to their shares; -1 if there is nothing to share, or by rounding. */
    public static int draw(double[] shares, Random random) {
        double total = 0;
        for (double share : shares) {
            total += share;
        }
        double at = random.nextDouble() * total;
        for (int k = 0; k < shares.length; k++) {
            at -= shares[k];
            if (at < 0 && shares[k] > 0) {
                return k;
            }
        }
        return -1;
    }
}
