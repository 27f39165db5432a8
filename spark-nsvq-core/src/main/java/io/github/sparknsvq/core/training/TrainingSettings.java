package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;

/**
 * What a training run is asked for. {@link #of} gives the defaults, {@link #builder} changes them.
 *
 * @param codewords number of codewords {@code K}, at least 1
 * @param maxIter passes over the data, at least 0; the builder takes {@link #AUTO} for 20, of nsvq on more than
 *     10,000 rows 5, and one more for each doubling of the codewords above 32 a dimension
 * @param tol training goes on to its next phase, or ends, when a pass that replaced nothing lowers the error by less
 *     than this share; while a learning rate falls it goes on, since the gain comes with the small steps
 * @param seed the random seed
 * @param updater how codewords move in mini-batch passes
 * @param batchSize rows of a step; 0 chooses by the number of codewords and rows
 * @param localSteps steps that each range of rows takes on its own between two merges; 1 is exact, 0 chooses: all
 *     of a pass where there is one range, a fifth where there are several, and 1 for ste and {@link
 *     Reseeding#PRESENCE}, which are as their papers have them
 * @param learningRate start rate: in units of the data's rms for nsvq and ste, of a whole step for sgd
 * @param finalRate rate at the end of the gradient steps, in units of the codebook's rms error; 0 keeps the rate
 *     constant
 * @param lloydIter how many of the passes, the last ones, are Lloyd's; {@link #AUTO} takes a fifth, of ste none
 * @param reseeding how codewords that few rows choose are replaced
 * @param presenceThreshold under {@link Reseeding#PRESENCE}, the share of batches under which a codeword is replaced,
 *     0 (only those that no batch has) to 1
 * @param repair whether codewords that are dead at the end are moved to rows
 * @param unitLength whether rows and codewords have length 1 (cosine distance)
 * @param device where to search
 */
public record TrainingSettings(
        int codewords,
        int maxIter,
        double tol,
        long seed,
        Updater updater,
        int batchSize,
        int localSteps,
        double learningRate,
        double finalRate,
        int lloydIter,
        Reseeding reseeding,
        double presenceThreshold,
        Repair repair,
        boolean unitLength,
        Device device) {

    /** What [NSVQ] takes for images and toy data; for speech .01. */
    private static final double PRESENCE_THRESHOLD = 0.1;

    /** Passes of a training of few codewords with NSVQ's rule, which takes many steps in each. */
    private static final int NSVQ_PASSES = 5;

    /** Codewords for each dimension that those passes place well; where dimensions are few, the way is long. */
    private static final int FEW_FOR_DIMENSION = 32;

    /** Rows of which a pass costs next to nothing, and has too few steps for so few passes. */
    private static final int FEW_ROWS = 10_000;

    /** Passes of a training with another rule, or of few rows. */
    private static final int OTHER_PASSES = 20;

    /** Value of {@code maxIter} and {@code lloydIter} that leaves the choice to the trainer. */
    public static final int AUTO = -1;

    /**
     * Checks every value.
     *
     * @throws NsvqException if one is out of range
     */
    public TrainingSettings {
        NsvqException.unless(codewords >= 1, "k = " + codewords + " codewords: at least 1 is needed");
        NsvqException.unless(maxIter >= 0, "maxIter = " + maxIter + ": 0 passes or more are possible");
        NsvqException.unless(tol >= 0, "tol = " + tol + ": must be 0 or more");
        NsvqException.unless(batchSize >= 0, "batchSize = " + batchSize + ": must be positive, or 0 to choose");
        NsvqException.unless(localSteps >= 0, "localSteps = " + localSteps + ": must be positive, or 0 to choose");
        NsvqException.unless(
                learningRate > 0 && Double.isFinite(learningRate),
                "learningRate = " + learningRate + ": must be positive and finite");
        NsvqException.unless(
                finalRate >= 0 && Double.isFinite(finalRate),
                "finalRate = " + finalRate + ": must be positive and finite, or 0 to keep the rate constant");
        NsvqException.unless(lloydIter >= AUTO, "lloydIter = " + lloydIter + ": must be 0 or more, or -1 to choose");
        NsvqException.unless(
                presenceThreshold >= 0 && presenceThreshold <= 1,
                "presenceThreshold = " + presenceThreshold + ": must be from 0 to 1");
    }

    /** Returns how many passes are Lloyd's. */
    int lloydPasses() {
        if (lloydIter == AUTO) {
            return updater == Updater.STE ? 0 : (maxIter + 4) / 5;
        }
        return Math.min(lloydIter, maxIter);
    }

    /** Returns how codewords are replaced, never {@link Reseeding#AUTO}. */
    Reseeding replacement() {
        if (reseeding == Reseeding.AUTO) {
            return updater == Updater.STE ? Reseeding.NONE : Reseeding.ERROR;
        }
        return reseeding;
    }

    /** Whether codewords that are dead at the end are moved to rows. */
    boolean repairs() {
        return maxIter > 0 && (repair == Repair.AUTO ? replacement() != Reseeding.NONE : repair == Repair.ON);
    }

    /**
     * Returns the text by which checkpoints tell settings apart. It must stay as it is for the same settings, or
     * saved checkpoints no longer fit. The device is none of it: a training may go on with another one. What came
     * later stands at the end, if it is not as it was before.
     */
    public String checkpointKey() {
        String policy = reseeding == Reseeding.AUTO ? Reseeding.ERROR.label() : reseeding.label();
        String later = "";
        if (updater == Updater.STE && replacement() != Reseeding.NONE) {
            later += ", replaces"; // until then ste replaced nothing, whatever it was told
        }
        if (presenceThreshold != PRESENCE_THRESHOLD) {
            later += ", presenceThreshold=" + presenceThreshold;
        }
        if (repair != Repair.AUTO) {
            later += ", repair=" + repair.label();
        }
        return "TrainingSettings[codewords=" + codewords + ", maxIter=" + maxIter + ", tol=" + tol + ", seed=" + seed
                + ", updater=" + updater.label() + ", batchSize=" + batchSize + ", localSteps=" + localSteps
                + ", learningRate=" + learningRate + ", finalRate=" + finalRate + ", lloydIter=" + lloydIter
                + ", reseeding=" + policy + ", unitLength=" + unitLength + ", device=auto]" + later;
    }

    /** Returns the defaults for a number of codewords. */
    public static TrainingSettings of(int codewords) {
        return builder(codewords).build();
    }

    /** Returns a builder that starts from the defaults for a number of codewords. */
    public static Builder builder(int codewords) {
        return new Builder(codewords);
    }

    /** Returns a builder that starts from these settings. */
    public Builder toBuilder() {
        return new Builder(codewords)
                .passes(maxIter, lloydIter)
                .tol(tol)
                .seed(seed)
                .updater(updater)
                .batches(batchSize, localSteps)
                .learningRate(learningRate, finalRate)
                .reseeding(reseeding)
                .presenceThreshold(presenceThreshold)
                .repair(repair)
                .unitLength(unitLength)
                .device(device);
    }

    /** Sets one value after the other; {@link #build} checks them. */
    public static final class Builder {
        private final int codewords;
        private int dimension = Integer.MAX_VALUE;
        private long rows = Long.MAX_VALUE;
        private int maxIter = AUTO;
        private double tol = 1e-4;
        private long seed;
        private Updater updater = Updater.NSVQ;
        private int batchSize;
        private int localSteps;
        private double learningRate = 0.3;
        private double finalRate = 0.07;
        private int lloydIter = AUTO;
        private Reseeding reseeding = Reseeding.AUTO;
        private double presenceThreshold = PRESENCE_THRESHOLD;
        private Repair repair = Repair.AUTO;
        private boolean unitLength;
        private Device device = Device.AUTO;

        private Builder(int codewords) {
            this.codewords = codewords;
        }

        /** Sets the dimension of what is trained on, at least 1: where it is low, {@link #AUTO} takes more passes. */
        public Builder dimension(int dimension) {
            NsvqException.unless(dimension >= 1, "dimension = " + dimension + ": at least 1 is needed");
            this.dimension = dimension;
            return this;
        }

        /** Sets the number of rows that are trained on: where it is low, {@link #AUTO} takes more passes. */
        public Builder rows(long rows) {
            this.rows = rows;
            return this;
        }

        /** Sets the number of passes, and how many of them are Lloyd's; {@link #AUTO} chooses either. */
        public Builder passes(int maxIter, int lloydIter) {
            this.maxIter = maxIter;
            this.lloydIter = lloydIter;
            return this;
        }

        /** Sets the tolerance. */
        public Builder tol(double tol) {
            this.tol = tol;
            return this;
        }

        /** Sets the random seed. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Sets the update rule. */
        public Builder updater(Updater updater) {
            this.updater = updater;
            return this;
        }

        /** Sets the rows of a step, and the steps between two merges. */
        public Builder batches(int batchSize, int localSteps) {
            this.batchSize = batchSize;
            this.localSteps = localSteps;
            return this;
        }

        /** Sets the learning rate at the start and at the end. */
        public Builder learningRate(double learningRate, double finalRate) {
            this.learningRate = learningRate;
            this.finalRate = finalRate;
            return this;
        }

        /** Sets the replacement policy. */
        public Builder reseeding(Reseeding reseeding) {
            this.reseeding = reseeding;
            return this;
        }

        /** Sets the share of batches under which {@link Reseeding#PRESENCE} replaces a codeword. */
        public Builder presenceThreshold(double presenceThreshold) {
            this.presenceThreshold = presenceThreshold;
            return this;
        }

        /** Sets whether codewords that are dead at the end are moved to rows. */
        public Builder repair(Repair repair) {
            this.repair = repair;
            return this;
        }

        /** Sets whether rows have length 1 (cosine distance). */
        public Builder unitLength(boolean unitLength) {
            this.unitLength = unitLength;
            return this;
        }

        /** Sets where to search. */
        public Builder device(Device device) {
            this.device = device;
            return this;
        }

        /**
         * Returns the settings.
         *
         * @throws NsvqException if a value is out of range
         */
        public TrainingSettings build() {
            return new TrainingSettings(
                    codewords,
                    maxIter == AUTO ? passes() : maxIter,
                    tol,
                    seed,
                    updater,
                    batchSize,
                    localSteps,
                    learningRate,
                    finalRate,
                    lloydIter,
                    reseeding,
                    presenceThreshold,
                    repair,
                    unitLength,
                    device);
        }

        /** One more for each doubling of the codewords above what a few passes place well. */
        private int passes() {
            if (updater != Updater.NSVQ || rows <= FEW_ROWS) {
                return OTHER_PASSES;
            }
            long few = (long) FEW_FOR_DIMENSION * dimension;
            return NSVQ_PASSES + Long.SIZE - 1 - Long.numberOfLeadingZeros(Math.max(1, codewords / few));
        }
    }
}
