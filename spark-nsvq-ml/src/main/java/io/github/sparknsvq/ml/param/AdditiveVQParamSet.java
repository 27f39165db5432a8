package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Params;

/** The param objects behind {@link AdditiveVQParams}. */
public final class AdditiveVQParamSet extends SumParamSet {
    private static final long serialVersionUID = 1L;

    private static final int BEAM = 16;
    private static final int JOINT_ITER = 22;
    private static final int POLISH_ITER = 4;

    final IntParam polishIter;

    /**
     * Makes the params of a stage.
     *
     * @param stage the stage, which knows its uid
     */
    public AdditiveVQParamSet(Params stage) {
        super(stage);
        polishIter = new IntParam(
                stage,
                "polishIter",
                "most rounds in which the codeword of one codebook after the other is replaced by the best given the rest,"
                        + " after the search (>= 0)",
                Checks.atLeast("polishIter", 0));
    }

    @Override
    public void setDefaults(Params stage) {
        super.setDefaults(stage);
        stage.setDefault(learningRate, LEARNING_RATE);
        stage.setDefault(beam, BEAM);
        stage.setDefault(jointIter, JOINT_ITER);
        stage.setDefault(polishIter, POLISH_ITER);
    }
}
