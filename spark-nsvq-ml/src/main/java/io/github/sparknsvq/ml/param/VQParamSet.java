package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The param objects behind {@link VQParams}. */
public final class VQParamSet extends TrainingParamSet {
    private static final long serialVersionUID = 1L;

    /** One byte per code: what users of vector quantization expect, where KMeans has 2. */
    private static final int K = 256;

    private static final int INIT_STEPS = 2;

    final IntParam k;
    final IntParam initSteps;
    final Param<String> predictionCol;
    final Param<String> distanceCol;
    final Param<String> reconstructionCol;

    /**
     * Makes the params of a stage.
     *
     * @param stage the stage, which knows its uid
     */
    public VQParamSet(Params stage) {
        super(stage);
        k = new IntParam(stage, "k", "number of codewords (>= 1)", Checks.atLeast("k", 1));
        initSteps = new IntParam(stage, "initSteps", "rounds of k-means|| (>= 1)", Checks.atLeast("initSteps", 1));
        predictionCol =
                new Param<>(stage, "predictionCol", "column for the index of the nearest codeword, int; empty: none");
        distanceCol = new Param<>(
                stage,
                "distanceCol",
                "column for the distance from the nearest codeword, float: the Euclidean distance (not squared), or 1 -"
                        + " cosine under distanceMeasure cosine; empty: none");
        reconstructionCol = new Param<>(
                stage,
                "reconstructionCol",
                "column for the nearest codeword itself, array<float> (of length 1 under distanceMeasure cosine); empty:"
                        + " none");
    }

    @Override
    public void setDefaults(Params stage) {
        super.setDefaults(stage);
        stage.setDefault(k, K);
        stage.setDefault(initSteps, INIT_STEPS);
        stage.setDefault(predictionCol, "prediction");
        stage.setDefault(distanceCol, "");
        stage.setDefault(reconstructionCol, "");
    }
}
