package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;

/** The params of quantizers that add codewords up. */
public interface SumParams extends CodeParams {

    @Override
    SumParamSet paramSet();

    /** Param for how many sums the search for a code keeps. */
    default IntParam beam() {
        return paramSet().beam;
    }

    /** Returns how many sums the search for a code keeps. */
    default int getBeam() {
        return (int) (Integer) getOrDefault(beam());
    }

    /** Param for the passes that solve for all codebooks together. */
    default IntParam jointIter() {
        return paramSet().jointIter;
    }

    /** Returns the passes that solve for all codebooks together. */
    default int getJointIter() {
        return (int) (Integer) getOrDefault(jointIter());
    }
}
