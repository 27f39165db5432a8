package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.param.IvfIndexParams;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.StructType;
import picocli.CommandLine.Option;

/** What to train an index to and how: options named like the params of {@link IvfIndex}. */
final class IndexTrainingOptions extends CodebookOptions {
    private static final IvfIndex DEFAULTS = new IvfIndex();
    private static final List<String> CODED = List.of("pq", "opq", "rq", "aq");

    private static final StructType ANY_INPUT =
            StructType.fromDDL(DEFAULTS.getIdCol() + " bigint, " + DEFAULTS.getFeaturesCol() + " array<float>");

    /** Options that some quantizers have no use for, and those that have. */
    private static final Map<String, List<String>> FOR = Map.of(
            "--codebooks", CODED,
            "--bits", CODED,
            "--rotation-iter", List.of("opq"),
            "--beam", List.of("rq", "aq"),
            "--joint-iter", List.of("rq", "aq"));

    @Option(
            names = "--lists",
            paramLabel = "N",
            description = "Number of inverted lists; 0 takes 4 times the square root of the rows, at most 65,536"
                    + " (default: ${DEFAULT-VALUE}).")
    int lists = DEFAULTS.getNumLists();

    @Option(
            names = "--list-training",
            paramLabel = "NAME",
            description = "How the lists' centroids are trained: flat (all rows with all centroids), hierarchical"
                    + " (cells first, for many lists of about equal sizes) or auto (hierarchical from 16384 lists on;"
                    + " default: ${DEFAULT-VALUE}).")
    String listTraining = DEFAULTS.getListTraining();

    @Option(
            names = "--quantizer",
            paramLabel = "NAME",
            description = "What codes vectors in their lists: flat (nothing), pq, opq, rq or aq (default:"
                    + " ${DEFAULT-VALUE}).")
    String quantizer = DEFAULTS.getQuantizer();

    @Option(names = "--codebooks", paramLabel = "M", description = "Number of codebooks (default: ${DEFAULT-VALUE}).")
    int codebooks = DEFAULTS.getNumCodebooks();

    @Option(
            names = "--bits",
            paramLabel = "B",
            description = "Bits of an index: 2^B codewords in each codebook (default: ${DEFAULT-VALUE}).")
    int bits = DEFAULTS.getCodebookBits();

    @Option(
            names = "--metric",
            paramLabel = "l2|ip|cosine",
            description = "What is nearest: the smallest distance, the largest inner product or the largest cosine"
                    + " (default: ${DEFAULT-VALUE}).")
    String metric = DEFAULTS.getMetric();

    @Option(
            names = "--probes",
            paramLabel = "P",
            description = "Lists that a query looks at, kept with the index for searches that say no other (default:"
                    + " ${DEFAULT-VALUE}).")
    int probes = DEFAULTS.getProbes();

    /**
     * Returns the estimator that was asked for.
     *
     * @throws picocli.CommandLine.ParameterException if options contradict each other or a value is out of range
     */
    IvfIndex estimator(NsvqCommand command) {
        command.requireOneOf("--quantizer", quantizer, IvfIndexParams.QUANTIZERS);
        command.requireOneOf("--list-training", listTraining, IvfIndexParams.LIST_TRAININGS);
        command.requireOneOf("--metric", metric, DistanceKind.NAMES);
        checkFor(command, quantizer, FOR);
        return command.orUsage(() -> {
            IvfIndex estimator = NsvqCommand.set(new IvfIndex(), options(command));
            estimator.transformSchema(ANY_INPUT); // refuses codebooks that the quantizer cannot have
            return estimator;
        });
    }
}
