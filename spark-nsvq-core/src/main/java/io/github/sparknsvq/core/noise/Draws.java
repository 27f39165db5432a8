package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.training.rows.SeededHash;
import java.util.random.RandomGenerator;

/**
 * Where a layer's random numbers come from. Those of a row follow from the step and the row's number alone, so that a
 * backward pass can draw them again, and it does not matter how a batch is cut into parts.
 */
@FunctionalInterface
public interface Draws {

    /**
     * Returns the draws of a step.
     *
     * @param step number of the update, any
     * @return the draws, for one thread
     */
    Rows of(long step);

    /** The draws of one step. Asked again for a row, they are the same. */
    interface Rows {
        /** The number that stands for the batch as a whole, where a row's is asked for. */
        long BATCH = -1;

        /** Fills an array with independent draws of the standard normal distribution. */
        void gaussian(long row, double[] into);

        /** Fills an array with independent draws from the open interval (0, 1). */
        void uniform(long row, double[] into);
    }

    /** Returns the draws that follow from a seed. */
    static Draws seeded(long seed) {
        return step -> new SeededRows(seed, step);
    }

    /** A counter for each row, mixed by {@link SeededHash}. */
    final class SeededRows implements Rows, RandomGenerator {
        private final long seed;
        private final long step;
        private long state;

        private SeededRows(long seed, long step) {
            this.seed = seed;
            this.step = step;
        }

        @Override
        public long nextLong() {
            return SeededHash.mix(state++);
        }

        @Override
        public void gaussian(long row, double[] into) {
            state = SeededHash.mix(seed, step, row);
            for (int j = 0; j < into.length; j++) {
                into[j] = nextGaussian();
            }
        }

        @Override
        public void uniform(long row, double[] into) {
            state = SeededHash.mix(seed, step, row);
            for (int j = 0; j < into.length; j++) {
                into[j] = SeededHash.uniform(nextLong());
            }
        }
    }
}
