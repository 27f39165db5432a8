package io.github.sparknsvq.ml.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.VQ;
import java.util.List;
import picocli.CommandLine.Option;

/** What to train and how: options named like the params of the estimator, which also gives their defaults. */
final class TrainingOptions {
    private static final VQ DEFAULTS = new VQ();
    private static final int DEFAULT_K = 256;
    private static final int MAX_BITS = 24;
    private static final List<String> QUANTIZERS = List.of("vq");

    @Option(
            names = "--quantizer",
            paramLabel = "NAME",
            description = "Kind of quantizer: vq, one codebook (default: ${DEFAULT-VALUE}).")
    String quantizer = "vq";

    @Option(names = "--codebooks", paramLabel = "M", description = "Number of codebooks: 1, since vq has one.")
    int codebooks = 1;

    @Option(names = "--k", paramLabel = "K", description = "Number of codewords (default: " + DEFAULT_K + ").")
    Integer k;

    @Option(names = "--bits", paramLabel = "B", description = "Bits of a code: 2^B codewords; takes the place of --k.")
    Integer bits;

    @Option(
            names = "--max-iter",
            paramLabel = "N",
            description = "Passes over the data, at most (default: ${DEFAULT-VALUE}).")
    int maxIter = DEFAULTS.getMaxIter();

    @Option(
            names = "--tol",
            paramLabel = "SHARE",
            description = "Stop when a pass lowers the error by less than this share (default: ${DEFAULT-VALUE}).")
    double tol = DEFAULTS.getTol();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Where all chance comes from (default: ${DEFAULT-VALUE}).")
    long seed = DEFAULTS.getSeed();

    @Option(
            names = "--updater",
            paramLabel = "NAME",
            description = "Update rule: nsvq, sgd, ema, minibatch, lloyd or ste (default: ${DEFAULT-VALUE}).")
    String updater = DEFAULTS.getUpdater();

    @Option(
            names = "--batch-size",
            paramLabel = "ROWS",
            description = "Rows of a step; 0 chooses (default: ${DEFAULT-VALUE}).")
    int batchSize = DEFAULTS.getBatchSize();

    @Option(
            names = "--local-steps",
            paramLabel = "N",
            description = "Steps of each partition between two merges; 1 is exact (default: ${DEFAULT-VALUE}).")
    int localSteps = DEFAULTS.getLocalSteps();

    @Option(
            names = "--learning-rate",
            paramLabel = "RATE",
            description =
                    "Start rate, in units of the data's rms, for sgd of a whole step (default: ${DEFAULT-VALUE}).")
    double learningRate = DEFAULTS.getLearningRate();

    @Option(
            names = "--final-rate",
            paramLabel = "RATE",
            description =
                    "Rate at the end of the gradient steps, in units of the codebook's rms error; 0 keeps the start rate"
                            + " (default: ${DEFAULT-VALUE}).")
    double finalRate = DEFAULTS.getFinalRate();

    @Option(
            names = "--lloyd-iter",
            paramLabel = "N",
            description =
                    "How many of the passes, the last ones, are Lloyd's; -1 takes a fifth (default: ${DEFAULT-VALUE}).")
    int lloydIter = DEFAULTS.getLloydIter();

    @Option(
            names = "--reseeding",
            paramLabel = "NAME",
            description = "How idle codewords are replaced: error, presence or none (default: ${DEFAULT-VALUE}).")
    String reseeding = DEFAULTS.getReseeding();

    @Option(
            names = "--init-mode",
            paramLabel = "NAME",
            description = "Start: random, k-means++, k-means|| or noisy (default: ${DEFAULT-VALUE}).")
    String initMode = DEFAULTS.getInitMode();

    @Option(names = "--init-steps", paramLabel = "N", description = "Rounds of k-means|| (default: ${DEFAULT-VALUE}).")
    int initSteps = DEFAULTS.getInitSteps();

    @Option(
            names = "--distance-measure",
            paramLabel = "NAME",
            description = "euclidean or cosine (default: ${DEFAULT-VALUE}).")
    String distanceMeasure = DEFAULTS.getDistanceMeasure();

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "Where to search: auto, cpu or opencl (default: ${DEFAULT-VALUE}).")
    String device = DEFAULTS.getDevice();

    @Option(names = "--weight-col", paramLabel = "NAME", description = "Column of the rows' weights (default: all 1).")
    String weightCol;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description = "Keep the state after every pass; the same command goes on from there.")
    String checkpoint;

    /**
     * Returns the estimator that was asked for.
     *
     * @throws picocli.CommandLine.ParameterException if options contradict each other or a value is out of range
     */
    VQ estimator(NsvqCommand command) {
        Choices.check(command, "--quantizer", quantizer, QUANTIZERS);
        if (codebooks != 1) {
            throw command.usage("--codebooks " + codebooks + ": vq has one codebook, so only 1 is valid");
        }
        int codewords = codewords(command);
        try {
            VQ vq = new VQ()
                    .setK(codewords)
                    .setMaxIter(maxIter)
                    .setTol(tol)
                    .setSeed(seed)
                    .setUpdater(updater)
                    .setBatchSize(batchSize)
                    .setLocalSteps(localSteps)
                    .setLearningRate(learningRate)
                    .setFinalRate(finalRate)
                    .setLloydIter(lloydIter)
                    .setReseeding(reseeding)
                    .setInitSteps(initSteps)
                    .setDistanceMeasure(distanceMeasure)
                    .setDevice(device);
            if (command.given("--init-mode")) {
                vq.setInitMode(initMode);
            }
            if (weightCol != null) {
                vq.setWeightCol(weightCol);
            }
            if (checkpoint != null) {
                vq.setCheckpointDir(checkpoint);
            }
            return vq;
        } catch (NsvqException e) {
            throw command.usage(e.getMessage());
        }
    }

    /** Returns whether the number of codewords was asked for. */
    boolean sizeGiven() {
        return k != null || bits != null;
    }

    private int codewords(NsvqCommand command) {
        if (bits == null) {
            return k == null ? DEFAULT_K : k;
        }
        if (bits < 1 || bits > MAX_BITS) {
            throw command.usage("--bits " + bits + ": between 1 and " + MAX_BITS + " are valid");
        }
        if (k != null && k != 1 << bits) {
            throw command.usage("--bits " + bits + " means " + (1 << bits) + " codewords, but --k says " + k
                    + ": give one of them");
        }
        return 1 << bits;
    }
}
