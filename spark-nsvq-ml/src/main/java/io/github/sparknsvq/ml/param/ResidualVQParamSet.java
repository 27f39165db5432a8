package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Params;

/** The param objects behind {@link ResidualVQParams}. */
public final class ResidualVQParamSet extends SumParamSet {
    private static final long serialVersionUID = 1L;

    private static final int BEAM = 8;
    private static final int JOINT_ITER = 10;
    private static final int BALANCE_ITER = 20;

    final IntArrayParam levelBits;
    final BooleanParam balanced;
    final IntParam balanceIter;
    final DoubleParam errorThreshold;

    /**
     * Makes the params of a stage.
     *
     * @param stage the stage, which knows its uid
     */
    public ResidualVQParamSet(Params stage) {
        super(stage);
        levelBits = new IntArrayParam(
                stage,
                "levelBits",
                "bits of each level (1 to 16 each); empty: numCodebooks levels of codebookBits",
                Checks.eachBetween("levelBits", 1, 16));
        balanced = new BooleanParam(
                stage,
                "balanced",
                "whether the codewords of a level should be chosen about equally often, as semantic IDs want it: each gets a"
                        + " price that is added to its squared distance, found by balanceIter passes in place of jointIter");
        balanceIter = new IntParam(
                stage,
                "balanceIter",
                "passes over the data that find the prices of balanced levels, after maxIter (>= 1)",
                Checks.atLeast("balanceIter", 1));
        errorThreshold = new DoubleParam(
                stage,
                "errorThreshold",
                "a code ends with the first level at which its squared error is not above this, searched level by level"
                        + " whatever the beam; negative: codes have all levels");
    }

    @Override
    public void setDefaults(Params stage) {
        super.setDefaults(stage);
        stage.setDefault(learningRate, LEARNING_RATE);
        stage.setDefault(beam, BEAM);
        stage.setDefault(jointIter, JOINT_ITER);
        stage.setDefault(levelBits, new int[0]);
        stage.setDefault(balanced, false);
        stage.setDefault(balanceIter, BALANCE_ITER);
        stage.setDefault(errorThreshold, -1.0);
    }
}
