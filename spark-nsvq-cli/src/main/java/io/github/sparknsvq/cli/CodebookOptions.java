package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** What the trainings of a model's codebooks and of an index's have in common. */
abstract class CodebookOptions {
    static final VQ DEFAULTS = new VQ();

    @Option(
            names = "--rotation-iter",
            paramLabel = "N",
            description = "Passes that find the rotation of opq, before --max-iter (default: 20).")
    Integer rotationIter;

    @Option(
            names = "--beam",
            paramLabel = "W",
            description = "Sums of codewords that the search of rq and aq keeps (default: 8 and 16).")
    Integer beam;

    @Option(
            names = "--joint-iter",
            paramLabel = "N",
            description = "Passes that solve for all codebooks of rq and aq together, after --max-iter"
                    + " (default: 10 and 22).")
    Integer jointIter;

    @Option(
            names = "--max-iter",
            paramLabel = "N",
            description = "Passes over the data, at most; -1 takes 20, of nsvq on more than 10,000 rows 5 and one"
                    + " more for each doubling of the codewords above 32 a dimension (default: ${DEFAULT-VALUE}).")
    int maxIter = DEFAULTS.getMaxIter();

    @Option(names = "--seed", paramLabel = "N", description = "Random seed (default: ${DEFAULT-VALUE}).")
    long seed = DEFAULTS.getSeed();

    @Option(
            names = "--updater",
            paramLabel = "NAME",
            description = "Update rule: nsvq, sgd, ema, minibatch, lloyd or ste (default: ${DEFAULT-VALUE}).")
    String updater = DEFAULTS.getUpdater();

    @Option(
            names = "--local-steps",
            paramLabel = "N",
            description = "Steps of each range of rows between two merges, in one job; 1 is exact, 0 chooses"
                    + " (default: ${DEFAULT-VALUE}).")
    int localSteps = DEFAULTS.getLocalSteps();

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "Where to search: auto, cpu or opencl (default: ${DEFAULT-VALUE}).")
    String device = DEFAULTS.getDevice();

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description = "Keep the state after every pass; the same command goes on from there.")
    String checkpoint;

    /** Refuses options that the quantizer has no use for. */
    static void checkFor(NsvqCommand command, String quantizer, Map<String, List<String>> quantizersOf) {
        quantizersOf.forEach((option, quantizers) -> {
            if (command.given(option) && !quantizers.contains(quantizer)) {
                throw command.usage(
                        option + " is for --quantizer " + String.join(" or ", quantizers) + ", not for " + quantizer);
            }
        });
    }

    /** Returns these options, as the command knows them. */
    List<OptionSpec> options(NsvqCommand command) {
        return command.spec.mixins().get("training").options();
    }

    /** Opens the checkpoint, which is kept until the output is committed; null for none. */
    HadoopCheckpoint openCheckpoint(SparkSession spark) {
        return checkpoint == null
                ? null
                : HadoopCheckpoint.open(checkpoint, spark.sparkContext().hadoopConfiguration());
    }
}
