package io.github.sparknsvq.core.training.update;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.SeededHash;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Replaces codewords that few or no rows choose. A policy watches the steps since it last acted and then moves the
 * idle codewords next to busy ones.
 */
public interface ReseedingPolicy extends Serializable {

    /** Adds what a step counted. */
    void observe(CodebookStatistics step);

    /**
     * Replaces idle codewords and starts a new window.
     *
     * @param codewords {@code K x D}, changed in place
     * @param forget told of each codeword that was moved, of which the update rule knows nothing any more
     * @param random the source of random numbers
     * @return how many were replaced
     */
    int reseed(float[] codewords, IntConsumer forget, Random random);

    /** Returns what is carried from one pass over the data to the next, not copied: for checkpoints. */
    default float[][] state() {
        return new float[0][];
    }

    /** Never replaces anything. */
    ReseedingPolicy NONE = new ReseedingPolicy() {
        private static final long serialVersionUID = 1L;

        @Override
        public void observe(CodebookStatistics step) {}

        @Override
        public int reseed(float[] codewords, IntConsumer forget, Random random) {
            return 0;
        }
    };

    /**
     * An idle codeword joins a donor drawn in proportion to its squared error {@code E_k}, and the two part by +- a
     * fraction of the donor's rms error. Idle means an error under a fraction of the mean error of a codeword: a good
     * quantizer of any dimension has equal errors in its cells (Gersho, IEEE Trans. IT 1979), so a codeword far under
     * the mean costs less where it is than it gains where the error is large.
     *
     * <p>That holds where cells lie side by side. Rows that stand apart have a small error too, and no other codeword
     * near: a codeword stays if its rows would lose more than the donor's can gain (as in the shifts of ELBG, Patané
     * and Russo, Neural Networks 2001).
     */
    final class ErrorProportional implements ReseedingPolicy {
        /** How far the halves of a split donor part, in units of its rms error per dimension. */
        private static final double SPLIT = 0.1;

        private static final long serialVersionUID = 1L;

        private final double idleShare;
        private final int dimension;
        private final CodebookStatistics window;

        /**
         * Makes the policy.
         *
         * @param codewords number of codewords
         * @param dimension their dimension
         * @param idleShare share of the mean error under which a codeword is idle; 0 replaces only those never chosen
         */
        public ErrorProportional(int codewords, int dimension, double idleShare) {
            this.idleShare = idleShare;
            this.dimension = dimension;
            this.window = new CodebookStatistics(codewords, 0);
        }

        @Override
        public void observe(CodebookStatistics step) {
            window.count(step);
        }

        @Override
        public int reseed(float[] codewords, IntConsumer forget, Random random) {
            double[] counts = window.counts();
            double[] errors = window.errors();
            double threshold = idleShare * window.error() / window.codewords();
            int[] idle = IntStream.range(0, counts.length)
                    .filter(k -> counts[k] == 0 || errors[k] < threshold)
                    .toArray();
            int d = dimension;
            int replaced = 0;
            for (int k : idle) {
                errors[k] = 0;
            }
            Neighbors neighbors = Neighbors.of(codewords, d, idle, counts);
            boolean[] moved = new boolean[counts.length];
            for (int i = 0; i < idle.length; i++) {
                int k = idle[i];
                int donor = SeededHash.draw(errors, random);
                if (donor < 0) {
                    break;
                }
                // two cells of one size that merge lose n d^2 / 2, and a donor gains no more than all of its error
                if (counts[k] > 0
                        && (moved[neighbors.index[i]]
                                || counts[k] * neighbors.squaredDistance[i] / 2 >= errors[donor])) {
                    continue;
                }
                double rms = SPLIT * Math.sqrt(errors[donor] / counts[donor] / d);
                for (int j = 0; j < d; j++) {
                    double part = rms * random.nextGaussian();
                    float c = codewords[donor * d + j];
                    codewords[k * d + j] = (float) (c + part);
                    codewords[donor * d + j] = (float) (c - part);
                }
                forget.accept(k);
                forget.accept(donor);
                moved[k] = true;
                // a donor's error halves with its rows, so that a second idle codeword rather goes elsewhere
                errors[donor] /= 2;
                counts[donor] /= 2;
                replaced++;
            }
            Arrays.fill(counts, 0);
            Arrays.fill(errors, 0);
            return replaced;
        }

        /** The codeword nearest to each idle one that was chosen: it would get its rows. */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        private record Neighbors(int[] index, float[] squaredDistance) {
            static Neighbors of(float[] codewords, int dimension, int[] idle, double[] counts) {
                int[] index = new int[idle.length];
                float[] squaredDistance = new float[idle.length];
                FloatMatrix codebook = new FloatMatrix(codewords.length / dimension, dimension, codewords);
                if (codebook.rows() < 2 || Arrays.stream(idle).allMatch(k -> counts[k] == 0)) {
                    return new Neighbors(index, squaredDistance);
                }
                float[] rows = new float[idle.length * dimension];
                for (int i = 0; i < idle.length; i++) {
                    System.arraycopy(codewords, idle[i] * dimension, rows, i * dimension, dimension);
                }
                int[] two = new int[2 * idle.length];
                float[] distances = new float[2 * idle.length];
                NearestCodewordProviders.cpu().prepare(codebook).nearest(rows, 0, idle.length, 2, two, distances);
                for (int i = 0; i < idle.length; i++) {
                    int other = two[2 * i] == idle[i] ? 2 * i + 1 : 2 * i;
                    index[i] = two[other];
                    squaredDistance[i] = distances[other];
                }
                return new Neighbors(index, squaredDistance);
            }
        }
    }

    /**
     * The policy of the NSVQ paper: a codeword that was hit in less than a fraction of the steps of the window is
     * replaced by an active one plus small noise (section III.C counts batches in which the codeword occurs at all,
     * 10 % for images and toy data). Kept to reproduce the paper: with very large batches it never fires, with very
     * small ones it discards everything.
     */
    final class BatchPresence implements ReseedingPolicy {
        private static final long serialVersionUID = 1L;

        private final double share;
        private final double noise;
        private final int dimension;
        private final float[] hits;
        private final float[] steps = new float[1];

        /**
         * Makes the policy.
         *
         * @param codewords number of codewords
         * @param dimension their dimension
         * @param share the share of steps under which a codeword is replaced
         * @param noise standard deviation of the noise on the copy, in the data's units; large enough to show in
         *     float32
         */
        public BatchPresence(int codewords, int dimension, double share, double noise) {
            this.share = share;
            this.noise = noise;
            this.dimension = dimension;
            this.hits = new float[codewords];
        }

        @Override
        public void observe(CodebookStatistics step) {
            steps[0]++;
            for (int k = 0; k < hits.length; k++) {
                if (step.counts()[k] > 0) {
                    hits[k]++;
                }
            }
        }

        @Override
        public int reseed(float[] codewords, IntConsumer forget, Random random) {
            int[] active = IntStream.range(0, hits.length)
                    .filter(k -> hits[k] >= share * steps[0] && hits[k] > 0)
                    .toArray();
            int replaced = 0;
            for (int k = 0; k < hits.length && active.length > 0; k++) {
                if (hits[k] < share * steps[0] || hits[k] == 0) {
                    int donor = active[random.nextInt(active.length)];
                    for (int j = 0; j < dimension; j++) {
                        float c = codewords[donor * dimension + j];
                        // at least about float32's step at c: the copy would be an exact duplicate otherwise
                        codewords[k * dimension + j] =
                                (float) (c + Math.max(noise, Math.ulp(c)) * random.nextGaussian());
                    }
                    forget.accept(k);
                    replaced++;
                }
            }
            Arrays.fill(hits, 0);
            steps[0] = 0;
            return replaced;
        }

        @Override
        public float[][] state() {
            return new float[][] {hits, steps};
        }
    }
}
