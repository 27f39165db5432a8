package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/** The params of product quantization, estimator and model alike. */
public interface ProductVQParams extends CodeParams {

    @Override
    ProductVQParamSet paramSet();

    /** Param for how vectors are turned before they are cut. */
    default Param<String> rotation() {
        return paramSet().rotation;
    }

    /** Returns how vectors are turned before they are cut. */
    default String getRotation() {
        return getOrDefault(rotation());
    }

    /** Param for the passes that find the rotation. */
    default IntParam rotationIter() {
        return paramSet().rotationIter;
    }

    /** Returns the passes that find the rotation. */
    default int getRotationIter() {
        return (int) (Integer) getOrDefault(rotationIter());
    }
}
