package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Params;

/** The param objects behind {@link SumParams}. */
public class SumParamSet extends CodeParamSet {
    private static final long serialVersionUID = 1L;

    /** Where the rate starts for levels, which train on what others leave over: lower than for one codebook. */
    static final double LEARNING_RATE = 0.2;

    /** The widest beam that the search takes. */
    private static final int MOST_BEAM = ResidualQuantizer.WIDEST_BEAM;

    final IntParam beam;
    final IntParam jointIter;

    /**
     * Makes the params of a stage.
     *
     * @param stage the stage, which knows its uid
     */
    protected SumParamSet(Params stage) {
        super(stage);
        beam = new IntParam(
                stage,
                "beam",
                "how many sums of codewords the search for a code keeps; more find nearer ones and take longer (1 to "
                        + MOST_BEAM + ")",
                Checks.between("beam", 1, MOST_BEAM));
        jointIter = new IntParam(
                stage,
                "jointIter",
                "passes over the data that solve for all codebooks together, after the maxIter passes that train them"
                        + " level by level (>= 0)",
                Checks.atLeast("jointIter", 0));
    }
}
