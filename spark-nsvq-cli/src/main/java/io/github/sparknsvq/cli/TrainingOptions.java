package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.training.Elbow;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.ml.AdditiveVQ;
import io.github.sparknsvq.ml.CodeEstimator;
import io.github.sparknsvq.ml.ProductVQ;
import io.github.sparknsvq.ml.QuantizerEstimator;
import io.github.sparknsvq.ml.ResidualVQ;
import io.github.sparknsvq.ml.SpaceFillingVQ;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.param.SpaceFillingVQParams;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** What to train and how: options named like the params of the estimator, which also gives their defaults. */
final class TrainingOptions extends CodebookOptions {
    private static final int DEFAULT_K = 256;
    private static final int MAX_BITS = 24;
    private static final int NUM_CODEBOOKS = 8;
    private static final int CODEBOOK_BITS = 8;
    private static final String SIZES = "--k";
    private static final List<String> QUANTIZERS = List.of("vq", "pq", "opq", "rq", "aq", "sfvq");

    @Option(
            names = "--quantizer",
            paramLabel = "NAME",
            description =
                    "Kind of quantizer: vq, one codebook; pq, one for each part of a vector; opq, the same after a"
                            + " rotation; rq, one for each level of residuals; aq, codewords that are added up;"
                            + " sfvq, a line through the data, trained with --max-iter passes for each number of"
                            + " corners, there 10 by default (default: ${DEFAULT-VALUE}).")
    String quantizer = "vq";

    @Option(
            names = "--codebooks",
            paramLabel = "M",
            description = "Number of codebooks (default: 8; vq and sfvq have 1).")
    Integer codebooks;

    @Option(
            names = SIZES,
            split = ",",
            paramLabel = "K",
            description = "Number of codewords of vq, or of corners of sfvq's line (default: " + DEFAULT_K
                    + "); several with --elbow.")
    List<Integer> k;

    @Option(
            names = "--elbow",
            description = "Train a codebook of each number of codewords in --k, three or more, and save the one at"
                    + " the bend of the error over the number of codewords.")
    boolean elbow;

    @Option(
            names = "--bits",
            paramLabel = "B",
            description = "Bits of an index: 2^B codewords in each codebook (default: 8); for vq and sfvq it"
                    + " takes the place of --k.")
    Integer bits;

    @Option(
            names = "--level-bits",
            split = ",",
            paramLabel = "B",
            description = "Bits of each level of rq, in place of --codebooks and --bits.")
    int[] levelBits;

    @Option(
            names = "--polish-iter",
            paramLabel = "N",
            description = "Most rounds in which the search of aq replaces codewords one by one (default: 4).")
    Integer polishIter;

    @Option(names = "--balanced", description = "Use the codewords of each level of rq about equally often.")
    boolean balanced;

    @Option(
            names = "--balance-iter",
            paramLabel = "N",
            description = "Passes that balance the levels, with --balanced, in place of --joint-iter (default: 20).")
    Integer balanceIter;

    @Option(
            names = "--error-threshold",
            paramLabel = "E",
            description =
                    "Codes of rq end with the first level whose squared error is not above this (default: none do).")
    Double errorThreshold;

    @Option(
            names = "--tol",
            paramLabel = "SHARE",
            description = "Stop when a pass lowers the error by less than this share (default: ${DEFAULT-VALUE}).")
    double tol = DEFAULTS.getTol();

    @Option(
            names = "--batch-size",
            paramLabel = "ROWS",
            description = "Rows of a step; 0 chooses (default: ${DEFAULT-VALUE}).")
    int batchSize = DEFAULTS.getBatchSize();

    @Option(
            names = "--learning-rate",
            paramLabel = "RATE",
            description = "Start rate, in units of the data's rms, for sgd of a whole step (default: 0.5; rq and aq"
                    + " 0.2), for sfvq of the line's rms error so far (0.15).")
    Double learningRate;

    @Option(
            names = "--final-rate",
            paramLabel = "RATE",
            description = "Rate at the end of the gradient steps, in units of the codebook's rms error; 0 keeps the"
                    + " start rate (default: ${DEFAULT-VALUE}; sfvq 0.02).")
    double finalRate = DEFAULTS.getFinalRate();

    @Option(
            names = "--lloyd-iter",
            paramLabel = "N",
            description = "How many of the passes, the last ones, are Lloyd's; -1 takes a fifth, rq and aq half,"
                    + " --updater ste none (default: -1).")
    Integer lloydIter;

    @Option(
            names = "--reseeding",
            paramLabel = "NAME",
            description = "How idle codewords are replaced: error, presence, none, or auto: error, with --updater ste"
                    + " none (default: ${DEFAULT-VALUE}).")
    String reseeding = DEFAULTS.getReseeding();

    @Option(
            names = "--presence-threshold",
            paramLabel = "SHARE",
            description = "Share of batches under which --reseeding presence replaces a codeword (default:"
                    + " ${DEFAULT-VALUE}).")
    double presenceThreshold = DEFAULTS.getPresenceThreshold();

    @Option(
            names = "--repair",
            paramLabel = "NAME",
            description = "Whether codewords that are dead at the end are moved to rows: on, off, or auto: on unless"
                    + " none are replaced before either (default: ${DEFAULT-VALUE}).")
    String repair = DEFAULTS.getRepair();

    @Option(
            names = "--init-mode",
            paramLabel = "NAME",
            description = "Start: random, k-means++, k-means||, noisy or evolution (default: random).")
    String initMode;

    @Option(names = "--init-steps", paramLabel = "N", description = "k-means|| rounds (default: ${DEFAULT-VALUE}).")
    int initSteps = DEFAULTS.getInitSteps();

    @Option(
            names = "--distance-measure",
            paramLabel = "NAME",
            description = "euclidean or cosine (default: ${DEFAULT-VALUE}).")
    String distanceMeasure = DEFAULTS.getDistanceMeasure();

    @Option(
            names = "--dimension-weights",
            split = ",",
            paramLabel = "W",
            description = "Weights of dimensions in the Euclidean distance, one for each (default: all 1).")
    double[] dimensionWeights;

    @Option(names = "--weight-col", paramLabel = "NAME", description = "Column of row weights (default: all 1).")
    String weightCol;

    @Option(
            names = "--exact-iter",
            paramLabel = "N",
            description = "Passes of sfvq that project vectors on the line itself, after --max-iter (default: 1).")
    Integer exactIter;

    @Option(
            names = "--search",
            paramLabel = "NAME",
            description = "Segments of the line of sfvq that are looked at for the nearest: exact, all of them, or"
                    + " corners, the two beside the nearest corner (default: exact).")
    String search;

    @Option(
            names = "--resample",
            paramLabel = "K",
            description = "Save in place of the line of sfvq a codebook of K codewords that are used evenly: the"
                    + " means of equally large parts of the vectors in their order along the line.")
    Integer resample;

    @Option(
            names = "--resample-of",
            paramLabel = "NAME",
            description = "What the means are of: projected, the nearest points on the line, or samples, the vectors"
                    + " (default: projected).")
    String resampleOf;

    @Option(
            names = "--resample-even",
            paramLabel = "N",
            description = "Rounds that make parts smaller whose codewords too many vectors choose, and others larger"
                    + " (default: 0; 20 are usually enough).")
    Integer resampleEven;

    /** What no line has. */
    private static final List<String> WITH_CODEBOOKS = List.of("vq", "pq", "opq", "rq", "aq");

    /** Options that are not for every quantizer, with the quantizers that they are for. */
    private static final Map<String, List<String>> FOR = Map.ofEntries(
            Map.entry("--k", List.of("vq", "sfvq")),
            Map.entry("--init-steps", List.of("vq")),
            Map.entry("--rotation-iter", List.of("opq")),
            Map.entry("--beam", List.of("rq", "aq")),
            Map.entry("--joint-iter", List.of("rq", "aq")),
            Map.entry("--polish-iter", List.of("aq")),
            Map.entry("--level-bits", List.of("rq")),
            Map.entry("--balanced", List.of("rq")),
            Map.entry("--balance-iter", List.of("rq")),
            Map.entry("--error-threshold", List.of("rq")),
            Map.entry("--updater", WITH_CODEBOOKS),
            Map.entry("--local-steps", WITH_CODEBOOKS),
            Map.entry("--tol", WITH_CODEBOOKS),
            Map.entry("--lloyd-iter", WITH_CODEBOOKS),
            Map.entry("--reseeding", WITH_CODEBOOKS),
            Map.entry("--presence-threshold", WITH_CODEBOOKS),
            Map.entry("--repair", WITH_CODEBOOKS),
            Map.entry("--dimension-weights", WITH_CODEBOOKS),
            Map.entry("--elbow", List.of("vq")),
            Map.entry("--init-mode", WITH_CODEBOOKS),
            Map.entry("--exact-iter", List.of("sfvq")),
            Map.entry("--search", List.of("sfvq")),
            Map.entry("--resample", List.of("sfvq")),
            Map.entry("--resample-of", List.of("sfvq")),
            Map.entry("--resample-even", List.of("sfvq")));

    /**
     * Returns the estimator that was asked for.
     *
     * @throws picocli.CommandLine.ParameterException if options contradict each other or a value is out of range
     */
    QuantizerEstimator<?, ?> estimator(NsvqCommand command) {
        command.requireOneOf("--quantizer", quantizer, QUANTIZERS);
        checkFor(command, quantizer, FOR);
        return command.<QuantizerEstimator<?, ?>>orUsage(() -> switch (quantizer) {
            case "vq" -> vq(command);
            case "pq" -> coded(command, new ProductVQ());
            case "opq" -> coded(command, new ProductVQ()).setRotation("opq");
            case "sfvq" -> line(command);
            case "rq" -> residual(command, coded(command, new ResidualVQ()));
            default -> additive(coded(command, new AdditiveVQ()));
        });
    }

    private void requireOneCodebook(NsvqCommand command) {
        if (codebooks != null && codebooks != 1) {
            throw command.usage(
                    "--codebooks " + codebooks + ": " + quantizer + " has one codebook, so only 1 is valid");
        }
    }

    private SpaceFillingVQ line(NsvqCommand command) {
        requireOneCodebook(command);
        if (resample != null) {
            int most = 1 << CodeBits.MOST_BITS;
            if (resample < 1 || resample > most) {
                throw command.usage("--resample " + resample + ": 1 to " + most + " codewords are possible");
            }
        } else if (resampleOf != null || resampleEven != null) {
            String option = resampleOf != null ? "--resample-of" : "--resample-even";
            throw command.usage(option + " goes with --resample");
        }
        if (resampleEven != null && resampleEven < 0) {
            throw command.usage("--resample-even " + resampleEven + ": at least 0 is needed");
        }
        if (resampleOf != null) {
            command.requireOneOf("--resample-of", resampleOf, SpaceFillingVQParams.MEANS);
        }
        // the defaults of other quantizers are not those of a line
        List<OptionSpec> given = options(command).stream()
                .filter(option -> command.given(option.longestName()))
                .toList();
        return NsvqCommand.set(new SpaceFillingVQ(), given).setK(codewords(command));
    }

    private VQ vq(NsvqCommand command) {
        requireOneCodebook(command);
        VQ vq = NsvqCommand.set(new VQ(), options(command));
        if (!elbow) {
            return vq.setK(codewords(command));
        }
        Elbow.check(k == null ? List.of() : k);
        k.forEach(vq::setK); // says what is wrong with one
        return vq;
    }

    /** Options of the params, all but the size, which is no number where there are several. */
    @Override
    List<OptionSpec> options(NsvqCommand command) {
        return super.options(command).stream()
                .filter(option -> !option.longestName().equals(SIZES))
                .toList();
    }

    private <E extends CodeEstimator<E, ?>> E coded(NsvqCommand command, E estimator) {
        if (InitMode.PARALLEL.label().equals(initMode)) {
            throw command.usage(
                    "--init-mode " + initMode + " starts one codebook: use random or k-means++ for " + quantizer);
        }
        // what is not given is set as well, so that it stands among the params of the saved model
        estimator.setNumCodebooks(NUM_CODEBOOKS).setCodebookBits(CODEBOOK_BITS);
        return NsvqCommand.set(estimator, options(command));
    }

    private ResidualVQ residual(NsvqCommand command, ResidualVQ residual) {
        if (balanced && jointIter != null) {
            throw command.usage("--balanced takes the place of --joint-iter: give one of them");
        }
        if (!balanced && balanceIter != null) {
            throw command.usage("--balance-iter goes with --balanced");
        }
        if (levelBits != null && (codebooks != null || bits != null)) {
            throw command.usage(
                    "--level-bits says how many levels there are and of how many bits: leave out --codebooks and"
                            + " --bits");
        }
        if (residual.variableLength() && !residual.tellsLevels()) {
            // the bytes of a code would not say where it ends
            residual.setCodeCol("").setCodesCol(Encoding.CODES);
        }
        return residual;
    }

    private AdditiveVQ additive(AdditiveVQ additive) {
        AdditiveQuantizer.checkCodewords((long) additive.getNumCodebooks() << additive.getCodebookBits());
        return additive;
    }

    private int codewords(NsvqCommand command) {
        if (k != null && k.size() > 1) {
            throw command.usage("--k names " + k.size() + " numbers of codewords: give one, or --elbow to pick one");
        }
        Integer size = k == null ? null : k.get(0);
        if (bits == null) {
            return size == null ? DEFAULT_K : size;
        }
        if (bits < 1 || bits > MAX_BITS) {
            throw command.usage("--bits " + bits + ": between 1 and " + MAX_BITS + " are valid");
        }
        if (size != null && size != 1 << bits) {
            throw command.usage("--bits " + bits + " means " + (1 << bits) + " codewords, but --k says " + size
                    + ": give one of them");
        }
        return 1 << bits;
    }
}
