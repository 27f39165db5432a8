package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/** The param objects behind {@link IvfIndexParams}. */
public final class IvfIndexParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    /** What codes vectors. */
    public static final List<String> QUANTIZERS = List.of("flat", "pq", "opq", "rq", "aq");

    /** Leaves a choice to the quantizer. */
    public static final int AUTO = -1;

    private static final int NUM_CODEBOOKS = 8;
    private static final int CODEBOOK_BITS = 8;
    private static final int LEAST_BITS = 4;
    private static final int MOST_BITS = 16;
    private static final int K = 10;
    private static final int PROBES = 16;

    final Param<String> featuresCol;
    final Param<String> idCol;
    final IntParam numLists;
    final Param<String> metric;
    final Param<String> quantizer;
    final IntParam numCodebooks;
    final IntParam codebookBits;
    final IntParam maxIter;
    final IntParam localSteps;
    final IntParam rotationIter;
    final IntParam jointIter;
    final IntParam beam;
    final LongParam seed;
    final Param<String> updater;
    final Param<String> device;
    final Param<String> handleInvalid;
    final Param<String> checkpointDir;
    final Param<String> indexDir;
    final StringArrayParam attributeCols;
    final IntParam k;
    final IntParam probes;
    final IntParam rerank;
    final Param<String> filter;
    final BooleanParam excludeSelf;
    final Param<String> neighborsCol;

    /**
     * Makes the params of a stage.
     *
     * @param stage the stage, which knows its uid
     */
    public IvfIndexParamSet(Params stage) {
        featuresCol = new Param<>(
                stage,
                "featuresCol",
                "column of vectors, and of queries: vector (dense or sparse), array<float> or array<double>");
        idCol = new Param<>(
                stage, "idCol", "column of the vectors' ids, unique: bigint, int, smallint, tinyint or string");
        numLists = new IntParam(
                stage,
                "numLists",
                "number of inverted lists; 0 chooses about 4 times the square root of the number of rows (>= 0)",
                Checks.atLeast("numLists", 0));
        metric = new Param<>(
                stage,
                "metric",
                "l2 (squared Euclidean distance), ip (inner product) or cosine",
                Checks.oneOf("metric", DistanceKind.NAMES));
        quantizer = new Param<>(
                stage,
                "quantizer",
                "what codes vectors in their lists: flat (nothing: lists hold the vectors), pq, opq, rq or aq",
                Checks.oneOf("quantizer", QUANTIZERS));
        numCodebooks =
                new IntParam(stage, "numCodebooks", "number of codebooks (>= 1)", Checks.atLeast("numCodebooks", 1));
        codebookBits = new IntParam(
                stage,
                "codebookBits",
                "bits of an index: each codebook has 2^codebookBits codewords (4 to 16)",
                Checks.between("codebookBits", LEAST_BITS, MOST_BITS));
        maxIter = new IntParam(
                stage,
                "maxIter",
                "passes over the data that train the lists' centroids, and again the codebooks (>= 0)",
                Checks.atLeast("maxIter", 0));
        localSteps = new IntParam(
                stage,
                "localSteps",
                "steps that each partition takes on its own rows between two merges; 1 is exact, more save jobs (>= 1)",
                Checks.atLeast("localSteps", 1));
        rotationIter = new IntParam(
                stage,
                "rotationIter",
                "passes that find the rotation of opq; -1: its default",
                atLeastAuto("rotationIter"));
        jointIter = new IntParam(
                stage,
                "jointIter",
                "passes that solve for all codebooks of rq and aq together; -1: their defaults",
                atLeastAuto("jointIter"));
        beam = new IntParam(
                stage,
                "beam",
                "sums of codewords that the search for a code of rq and aq keeps; -1: their defaults",
                atLeastAuto("beam"));
        seed = new LongParam(stage, "seed", "where all chance comes from");
        updater = new Param<>(
                stage,
                "updater",
                "update rule: " + String.join(", ", Updater.names()),
                Checks.oneOf("updater", Updater.names()));
        device = new Param<>(
                stage, "device", "where to search: auto, cpu or opencl", Checks.oneOf("device", Device.names()));
        handleInvalid = new Param<>(
                stage,
                "handleInvalid",
                "what becomes of null, NaN, infinite, too long or wrong-dimension vectors and queries: error or skip",
                Checks.oneOf("handleInvalid", TrainingParamSet.HANDLE_INVALID));
        checkpointDir = new Param<>(
                stage,
                "checkpointDir",
                "directory that keeps the training's state after every pass, so that the same fit goes on after the driver"
                        + " was killed; empty: off");
        indexDir = new Param<>(
                stage,
                "indexDir",
                "directory of the index, which fit makes; empty: a new one below Spark's checkpoint directory or, with a"
                        + " local master, one that goes away with the driver");
        attributeCols =
                new StringArrayParam(stage, "attributeCols", "columns kept beside the ids, for filters; empty: none");
        k = new IntParam(stage, "k", "neighbours of each query (>= 1)", Checks.atLeast("k", 1));
        probes = new IntParam(
                stage,
                "probes",
                "lists that each query looks at; more than there are means all (>= 1)",
                Checks.atLeast("probes", 1));
        rerank = new IntParam(
                stage,
                "rerank",
                "neighbours found by their codes of which the k nearest by the vectors themselves are kept, given"
                        + " setVectors; 0: none (>= 0)",
                Checks.atLeast("rerank", 0));
        filter = new Param<>(
                stage, "filter", "SQL condition on the attributes, which neighbours must meet; empty: none");
        excludeSelf = new BooleanParam(
                stage, "excludeSelf", "whether the vector of a query's own id, in idCol, is not among its neighbours");
        neighborsCol = new Param<>(
                stage, "neighborsCol", "column for neighbours, array<struct<id, distance: float>>, nearest first");
    }

    private static Checks.Check<Object> atLeastAuto(String name) {
        return Checks.atLeast(name, AUTO);
    }

    /** Gives a stage the defaults; called once the stage holds this set. */
    public void setDefaults(Params stage) {
        TrainingSettings defaults = TrainingSettings.of(1);
        stage.setDefault(featuresCol, "features");
        stage.setDefault(idCol, "id");
        stage.setDefault(numLists, 0);
        stage.setDefault(metric, "l2");
        stage.setDefault(quantizer, "pq");
        stage.setDefault(numCodebooks, NUM_CODEBOOKS);
        stage.setDefault(codebookBits, CODEBOOK_BITS);
        stage.setDefault(maxIter, defaults.maxIter());
        stage.setDefault(localSteps, defaults.localSteps());
        stage.setDefault(rotationIter, AUTO);
        stage.setDefault(jointIter, AUTO);
        stage.setDefault(beam, AUTO);
        stage.setDefault(seed, defaults.seed());
        stage.setDefault(updater, defaults.updater().label());
        stage.setDefault(device, defaults.device().label());
        stage.setDefault(handleInvalid, "error");
        stage.setDefault(checkpointDir, "");
        stage.setDefault(indexDir, "");
        stage.setDefault(attributeCols, new String[0]);
        stage.setDefault(k, K);
        stage.setDefault(probes, PROBES);
        stage.setDefault(rerank, 0);
        stage.setDefault(filter, "");
        stage.setDefault(excludeSelf, false);
        stage.setDefault(neighborsCol, "neighbors");
    }
}
