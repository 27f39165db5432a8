package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.kernel.TwoLevelProvider;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.curve.CurveTraining;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.util.List;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/**
 * The param objects of one stage: each with its doc, its default and the values that it takes. A stage makes its set
 * in its constructor, once it knows its uid; an estimator and its model make the same one.
 *
 * <p>Not for users, who call the accessors of the stages. Defaults of what core knows are those of {@link
 * TrainingSettings#of}.
 */
public final class ParamSet extends CommonParams {
    private static final long serialVersionUID = 1L;

    /** One byte per code: what users of vector quantization expect, where KMeans has 2. */
    private static final int CODEWORDS = 256;

    private static final int INIT_STEPS = 2;
    private static final int ROTATION_ITER = 20;

    /** Where the rate starts for levels, which train on the residuals of others: lower than for one codebook. */
    private static final double LEVEL_LEARNING_RATE = 0.2;

    private static final int RESIDUAL_BEAM = 8;

    private static final int RESIDUAL_JOINT_ITER = 10;
    private static final int BALANCE_ITER = 20;
    private static final int ADDITIVE_BEAM = 16;
    private static final int ADDITIVE_JOINT_ITER = 22;
    private static final int POLISH_ITER = 4;

    /** Leaves a choice to the quantizer. */
    private static final int AUTO = -1;

    private static final int CORNERS = 256;
    private static final int EXACT_ITER = 1;
    private static final int FEWEST_CORNERS = 4;
    private static final int MOST_CORNERS = 1 << 16;

    private static final int NEIGHBORS = 10;
    private static final int PROBES = 16;

    private ParamSet(Params stage) {
        super(stage, true);
    }

    private ParamSet(Params stage, boolean withDefaults) {
        super(stage, withDefaults);
    }

    /** Makes the params of {@link VQParams}. */
    public static ParamSet vq(Params stage) {
        ParamSet set = new ParamSet(stage);
        set.addTraining(TrainingSettings.of(1).learningRate());
        set.number("k", "number of codewords (>= 1)", 1, CODEWORDS);
        set.number("initSteps", "rounds of k-means|| (>= 1)", 1, INIT_STEPS);
        set.addInitialModel("VQModel");
        set.text("predictionCol", "column for the index of the nearest codeword, int; empty: none", "prediction");
        set.text(
                "distanceCol",
                "column for the distance from the nearest codeword, float: the Euclidean distance (not squared), or"
                        + " 1 - cosine under distanceMeasure cosine; empty: none",
                "");
        set.text(
                "reconstructionCol",
                "column for the nearest codeword itself, array<float> (of length 1 under distanceMeasure cosine);"
                        + " empty: none",
                "");
        return set;
    }

    /** Makes the params of {@link ProductVQParams}. */
    public static ParamSet product(Params stage) {
        ParamSet set = new ParamSet(stage);
        set.addCodes(TrainingSettings.of(1).learningRate());
        set.addInitialModel("ProductVQModel");
        set.choice(
                "rotation",
                "how vectors are rotated before they are cut into parts: none, or opq (found on the data)",
                List.of("none", "opq"),
                "none");
        set.number(
                "rotationIter",
                "passes over the data that find the rotation, before the maxIter passes that train the codebooks (>="
                        + " 1)",
                1,
                ROTATION_ITER);
        return set;
    }

    /** Makes the params of {@link ResidualVQParams}. */
    public static ParamSet residual(Params stage) {
        ParamSet set = new ParamSet(stage);
        set.addSums(RESIDUAL_BEAM, RESIDUAL_JOINT_ITER);
        set.addInitialModel("ResidualVQModel");
        set.add(
                new IntArrayParam(
                        stage,
                        "levelBits",
                        "bits of each level (1 to 16 each); empty: numCodebooks levels of codebookBits",
                        Checks.eachBetween("levelBits", 1, MOST_BITS)),
                new int[0]);
        set.flag(
                "balanced",
                "whether the codewords of a level should be chosen about equally often, as semantic IDs want it: each"
                        + " gets a price that is added to its squared distance, found by balanceIter passes in place"
                        + " of jointIter");
        set.number(
                "balanceIter",
                "passes over the data that find the prices of balanced levels, after maxIter (>= 1)",
                1,
                BALANCE_ITER);
        set.add(
                new DoubleParam(
                        stage,
                        "errorThreshold",
                        "a code ends with the first level at which its squared error is not above this, searched"
                                + " level by level whatever the beam; negative: codes have all levels"),
                -1.0);
        return set;
    }

    /** Makes the params of {@link AdditiveVQParams}. */
    public static ParamSet additive(Params stage) {
        ParamSet set = new ParamSet(stage);
        set.addSums(ADDITIVE_BEAM, ADDITIVE_JOINT_ITER);
        set.addInitialModel("AdditiveVQModel");
        set.number(
                "polishIter",
                "most rounds in which the codeword of one codebook after the other is replaced by the best given the"
                        + " rest, after the search (>= 0)",
                0,
                POLISH_ITER);
        return set;
    }

    /** Makes the params of {@link SpaceFillingVQParams}. */
    public static ParamSet spaceFilling(Params stage) {
        ParamSet set = new ParamSet(stage);
        set.addStage(
                VECTORS_DOC,
                "where the training searches: auto, cpu or opencl; models project on the CPU",
                "passes over the data for each number of corners, 4, 8 and so on up to k (>= 0)",
                CurveTraining.PASSES,
                "vectors");
        set.addWeights();
        set.addDistance("vectors are scaled to length 1, the line is not");
        set.addSteps(
                "learning rate at the start of the passes for each number of corners, in units of the rms error that"
                        + " the line had before (> 0)",
                CurveTraining.LEARNING_RATE,
                "learning rate at the end of these passes, in the same units; 0 keeps the rate constant (>= 0)",
                CurveTraining.FINAL_RATE);
        set.number(
                "exactIter",
                "passes after all these that project vectors on the line itself, where the others take a point of"
                        + " each segment: they lower the error and make the line longer (>= 0)",
                0,
                EXACT_ITER);
        set.number(
                "k",
                "number of the line's corners, a power of two (" + FEWEST_CORNERS + " to " + MOST_CORNERS
                        + "); it has k - 1 segments",
                Checks.powerOfTwo("k", FEWEST_CORNERS, MOST_CORNERS),
                CORNERS);
        set.choice(
                "search",
                "which segments are looked at for the nearest: exact (all) or corners (the two beside the nearest"
                        + " corner: faster, not always right)",
                SpaceFillingVQParams.SEARCHES,
                "exact");
        set.text(
                "predictionCol",
                "column for the nearest segment of the line, int, 0 to k - 2; empty: none",
                "prediction");
        set.text(
                "positionCol",
                "column for the position of the nearest point on the line, double: the length of the line up to"
                        + " there; empty: none",
                "position");
        set.text(
                "distanceCol",
                "column for the Euclidean distance of the vector (of length 1 under distanceMeasure cosine) from the"
                        + " line, float; empty: none",
                "");
        set.text("reconstructionCol", "column for the nearest point on the line, array<float>; empty: none", "");
        return set;
    }

    /** Makes the params of {@link IvfIndexParams}. */
    public static ParamSet ivfIndex(Params stage) {
        ParamSet set = new ParamSet(stage);
        set.addStage(
                "column of vectors, and of queries: vector (dense or sparse), or an array of numbers",
                DEVICE_DOC,
                "passes over the data that train the lists' centroids, and again the codebooks; -1 takes 20, of"
                        + " nsvq on more than 10,000 rows 5 and one more for each doubling of the codewords"
                        + " above 32 a dimension (>= -1)",
                TrainingSettings.AUTO,
                "vectors and queries");
        set.addUpdates();
        set.addCodebooks();
        set.addIndex();
        set.addSearch();
        return set;
    }

    /** Makes the params of {@link IvfSearchParams} without defaults, and the path of an index. */
    public static ParamSet ivfSearch(Params stage) {
        ParamSet set = new ParamSet(stage, false);
        set.text("indexDir", "directory of the index; params that are not set are as they were saved there", "");
        set.addInput("column of queries: vector (dense or sparse), or an array of numbers", DEVICE_DOC, "queries");
        set.text("idCol", "column of ids: of queries under excludeSelf, and of the vectors to rank by", "id");
        set.addSearch();
        return set;
    }

    /** Makes the params of {@link CodeDecoderParams}. */
    public static ParamSet codeDecoder(Params stage) {
        ParamSet set = new ParamSet(stage);
        set.add(new Param<>(stage, "modelPath", "path of a saved model"));
        set.add(new Param<>(
                stage,
                "codeCol",
                "column of codes: int of a VQModel, double of a SpaceFillingVQModel (positions), binary or array<int>"
                        + " of others; not set: the one that the saved model adds"));
        set.text("reconstructionCol", "column for what the codes stand for, array<float>", "reconstruction");
        return set;
    }

    /** Makes the params of {@link DistinctCodesParams}. */
    public static ParamSet distinctCodes(Params stage) {
        ParamSet set = new ParamSet(stage);
        set.text("codesCol", "column of codes, array<int>, which gets a last digit more", "codes");
        set.text("idCol", "column by which rows with the same code are ordered, unique, such as their id", "id");
        return set;
    }

    private void addInitialModel(String type) {
        text(
                "initialModelPath",
                "path of a saved " + type + " whose codewords trainings start from instead of initMode, in place of"
                        + " setInitialModel; empty: none",
                "");
    }

    private void addCodes(double learningRate) {
        addTraining(learningRate);
        addCodebooks();
        text("codeCol", "column for the code, binary: the indices as one stream of bits; empty: none", "code");
        text("codesCol", "column for the code's indices, array<int>, one for each codebook; empty: none", "");
        text(
                "errorsCol",
                "column for squared errors, array<float>: of a product quantizer that of each part, of others that"
                        + " of the residual after each codebook; empty: none",
                "");
        text(
                "distanceCol",
                "column for the Euclidean distance of the vector (of length 1 under distanceMeasure cosine) from"
                        + " what its code stands for, float; empty: none",
                "");
        text("reconstructionCol", "column for what the code stands for, array<float>; empty: none", "");
    }

    private void addSums(int beam, int jointIter) {
        addCodes(LEVEL_LEARNING_RATE);
        number(
                "beam",
                "how many sums of codewords the search for a code keeps; more find nearer ones and take longer (1 to "
                        + ResidualQuantizer.WIDEST_BEAM + ")",
                Checks.between("beam", 1, ResidualQuantizer.WIDEST_BEAM),
                beam);
        number(
                "jointIter",
                "passes over the data that solve for all codebooks together, after the maxIter passes that train them"
                        + " level by level (>= 0)",
                0,
                jointIter);
    }

    /** What an index is built with. */
    private void addIndex() {
        text("idCol", "column of the vectors' ids, unique: bigint, int, smallint, tinyint or string", "id");
        number(
                "numLists",
                "number of inverted lists, at most " + IvfIndexParams.MOST_LISTS
                        + "; 0 chooses about 4 times the square root of the number of rows",
                Checks.between("numLists", 0, IvfIndexParams.MOST_LISTS),
                0);
        choice(
                "listTraining",
                "how the lists' centroids are trained: flat (each pass compares all rows with all centroids),"
                        + " hierarchical (cells first, then the lists of each cell, of about equal sizes: for many"
                        + " lists) or auto (hierarchical from " + TwoLevelProvider.LISTS + " lists on)",
                IvfIndexParams.LIST_TRAININGS,
                "auto");
        choice("metric", "l2 (squared Euclidean distance), ip (inner product) or cosine", DistanceKind.NAMES, "l2");
        choice(
                "quantizer",
                "what codes vectors in their lists: flat (nothing: lists hold the vectors), pq, opq, rq or aq",
                IvfIndexParams.QUANTIZERS,
                "pq");
        number("rotationIter", "passes that find the rotation of opq; -1: its default", AUTO, AUTO);
        number(
                "jointIter",
                "passes that solve for all codebooks of rq and aq together; -1: their defaults",
                AUTO,
                AUTO);
        number(
                "beam",
                "sums of codewords that the search for a code of rq and aq keeps; -1: their defaults",
                AUTO,
                AUTO);
        text(
                "indexDir",
                "directory of the index, which fit makes; empty: a new one below Spark's checkpoint directory or,"
                        + " with a local master, one that goes away with the driver",
                "");
        add(
                new StringArrayParam(stage, "attributeCols", "columns kept beside the ids, for filters; empty: none"),
                new String[0]);
    }

    /** What an index is searched with. */
    private void addSearch() {
        number("k", "neighbors of each query (>= 1)", 1, NEIGHBORS);
        number("probes", "lists that each query searches; more than there are means all (>= 1)", 1, PROBES);
        rate(
                "slack",
                "how much farther from the query than the nearest centroid that of a list may be that is searched, in"
                        + " units of the spread of the centroids; 0: as far as probes says (>= 0)",
                Checks.notNegative("slack"),
                0);
        number(
                "rerank",
                "neighbors found by their codes of which the k nearest by the vectors themselves are kept, given"
                        + " vectorsTable or setVectors; 0: none (>= 0)",
                0,
                0);
        text("filter", "SQL condition on the attributes, which neighbors must meet; empty: none", "");
        flag("excludeSelf", "whether the vector of a query's own id, in idCol, is not among its neighbors");
        text("neighborsCol", "column for neighbors, array<struct<id, distance: float>>, nearest first", "neighbors");
        text(
                "vectorsTable",
                "table of the vectors that rerank ranks by, with the columns idCol and featuresCol, in place of"
                        + " setVectors; empty: none",
                "");
        text(
                "allowedTable",
                "table of the ids that may be found, in its first column, in place of setAllowed; empty: all",
                "");
    }
}
