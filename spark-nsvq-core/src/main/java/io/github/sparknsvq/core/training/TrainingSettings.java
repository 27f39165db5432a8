package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.NsvqException;
import java.util.List;

/**
 * What a training run is asked for. {@link #of} gives the defaults, the {@code with} methods change them one by one.
 *
 * @param codewords number of codewords {@code K}, at least 1
 * @param maxIter passes over the data, whatever the updater, at least 0
 * @param tol training goes on to its next phase, or ends, when a pass that replaced nothing lowers the error by less than
 *     this share; while a learning rate falls it goes on, since the gain comes with the small steps
 * @param seed where all chance comes from
 * @param updater one of {@link #UPDATERS}
 * @param batchSize rows of a step; 0 chooses by the number of codewords and rows
 * @param localSteps steps that each partition takes on its own rows between two merges; 1 is exact
 * @param learningRate start rate: in units of the data's rms for nsvq and ste, of a whole step for sgd
 * @param finalRate rate at the end of the gradient steps, in units of the codebook's rms error; 0 keeps the rate constant
 * @param lloydIter how many of the passes, the last ones, are Lloyd's; {@link #AUTO} takes a fifth
 * @param reseeding one of {@link #RESEEDINGS}
 * @param unitLength whether rows and codewords have length 1 (cosine distance)
 * @param device where to search: auto, cpu or opencl
 */
public record TrainingSettings(
        int codewords,
        int maxIter,
        double tol,
        long seed,
        String updater,
        int batchSize,
        int localSteps,
        double learningRate,
        double finalRate,
        int lloydIter,
        String reseeding,
        boolean unitLength,
        String device) {
    /** The names of the update rules. */
    public static final List<String> UPDATERS = List.of("nsvq", "sgd", "ema", "minibatch", "lloyd", "ste");

    /** The names of the replacement policies. */
    public static final List<String> RESEEDINGS = List.of("error", "presence", "none");

    /** Value of {@code lloydIter} that leaves the choice to the trainer. */
    public static final int AUTO = -1;

    /** Checks every value. */
    public TrainingSettings {
        check(codewords >= 1, "k = " + codewords + " codewords: at least 1 is needed");
        check(maxIter >= 0, "maxIter = " + maxIter + ": 0 passes or more are possible");
        check(tol >= 0, "tol = " + tol + ": must be 0 or more");
        check(UPDATERS.contains(updater), "updater '" + updater + "' is unknown: use one of " + UPDATERS);
        check(RESEEDINGS.contains(reseeding), "reseeding '" + reseeding + "' is unknown: use one of " + RESEEDINGS);
        check(batchSize >= 0, "batchSize = " + batchSize + ": must be positive, or 0 to choose");
        check(localSteps >= 1, "localSteps = " + localSteps + ": at least 1 is needed");
        check(
                learningRate > 0 && Double.isFinite(learningRate),
                "learningRate = " + learningRate + ": must be positive and finite");
        check(
                finalRate >= 0 && Double.isFinite(finalRate),
                "finalRate = " + finalRate + ": must be positive and finite, or 0 to keep the rate constant");
        check(lloydIter >= AUTO, "lloydIter = " + lloydIter + ": must be 0 or more, or -1 to choose");
    }

    /** Returns how many passes are Lloyd's. */
    public int lloydPasses() {
        return lloydIter == AUTO ? (maxIter + 4) / 5 : Math.min(lloydIter, maxIter);
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new NsvqException(message);
        }
    }

    /** Returns the defaults for a number of codewords. */
    public static TrainingSettings of(int codewords) {
        return new TrainingSettings(codewords, 20, 1e-4, 0, "nsvq", 0, 1, 0.5, 0.05, AUTO, "error", false, "auto");
    }

    /** Returns these settings with another number of passes and Lloyd passes among them. */
    public TrainingSettings withPasses(int maxIter, int lloydIter) {
        return new TrainingSettings(
                codewords,
                maxIter,
                tol,
                seed,
                updater,
                batchSize,
                localSteps,
                learningRate,
                finalRate,
                lloydIter,
                reseeding,
                unitLength,
                device);
    }

    /** Returns these settings with another tolerance. */
    public TrainingSettings withTol(double tol) {
        return new TrainingSettings(
                codewords,
                maxIter,
                tol,
                seed,
                updater,
                batchSize,
                localSteps,
                learningRate,
                finalRate,
                lloydIter,
                reseeding,
                unitLength,
                device);
    }

    /** Returns these settings with another seed. */
    public TrainingSettings withSeed(long seed) {
        return new TrainingSettings(
                codewords,
                maxIter,
                tol,
                seed,
                updater,
                batchSize,
                localSteps,
                learningRate,
                finalRate,
                lloydIter,
                reseeding,
                unitLength,
                device);
    }

    /** Returns these settings with another update rule. */
    public TrainingSettings withUpdater(String updater) {
        return new TrainingSettings(
                codewords,
                maxIter,
                tol,
                seed,
                updater,
                batchSize,
                localSteps,
                learningRate,
                finalRate,
                lloydIter,
                reseeding,
                unitLength,
                device);
    }

    /** Returns these settings with other batches. */
    public TrainingSettings withBatches(int batchSize, int localSteps) {
        return new TrainingSettings(
                codewords,
                maxIter,
                tol,
                seed,
                updater,
                batchSize,
                localSteps,
                learningRate,
                finalRate,
                lloydIter,
                reseeding,
                unitLength,
                device);
    }

    /** Returns these settings with another learning rate. */
    public TrainingSettings withLearningRate(double learningRate, double finalRate) {
        return new TrainingSettings(
                codewords,
                maxIter,
                tol,
                seed,
                updater,
                batchSize,
                localSteps,
                learningRate,
                finalRate,
                lloydIter,
                reseeding,
                unitLength,
                device);
    }

    /** Returns these settings with another replacement policy. */
    public TrainingSettings withReseeding(String reseeding) {
        return new TrainingSettings(
                codewords,
                maxIter,
                tol,
                seed,
                updater,
                batchSize,
                localSteps,
                learningRate,
                finalRate,
                lloydIter,
                reseeding,
                unitLength,
                device);
    }

    /** Returns these settings for rows of length 1 (cosine distance), or not. */
    public TrainingSettings withUnitLength(boolean unitLength) {
        return new TrainingSettings(
                codewords,
                maxIter,
                tol,
                seed,
                updater,
                batchSize,
                localSteps,
                learningRate,
                finalRate,
                lloydIter,
                reseeding,
                unitLength,
                device);
    }

    /** Returns these settings for another device. */
    public TrainingSettings withDevice(String device) {
        return new TrainingSettings(
                codewords,
                maxIter,
                tol,
                seed,
                updater,
                batchSize,
                localSteps,
                learningRate,
                finalRate,
                lloydIter,
                reseeding,
                unitLength,
                device);
    }
}
