package io.github.sparknsvq.ml.param;

import java.util.List;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The param objects behind {@link ProductVQParams}. */
public final class ProductVQParamSet extends CodeParamSet {
    private static final long serialVersionUID = 1L;

    /** The ways to turn vectors before they are cut. */
    public static final List<String> ROTATIONS = List.of("none", "opq");

    private static final int ROTATION_ITER = 20;

    final Param<String> rotation;
    final IntParam rotationIter;

    /**
     * Makes the params of a stage.
     *
     * @param stage the stage, which knows its uid
     */
    public ProductVQParamSet(Params stage) {
        super(stage);
        rotation = new Param<>(
                stage,
                "rotation",
                "how vectors are turned before they are cut into parts: none, or opq (found on the data)",
                Checks.oneOf("rotation", ROTATIONS));
        rotationIter = new IntParam(
                stage,
                "rotationIter",
                "passes over the data that find the rotation, before the maxIter passes that train the codebooks (>= 1)",
                Checks.atLeast("rotationIter", 1));
    }

    @Override
    public void setDefaults(Params stage) {
        super.setDefaults(stage);
        stage.setDefault(rotation, "none");
        stage.setDefault(rotationIter, ROTATION_ITER);
    }
}
