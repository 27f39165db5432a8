package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of product quantization, estimator and model alike.
 *
 * @param <T> the stage itself
 */
public interface ProductVQParams<T> extends CodeParams<T> {

    /** Param for how vectors are rotated before they are cut into parts: none or opq. */
    default Param<String> rotation() {
        return paramSet().get("rotation");
    }

    /** Returns how vectors are rotated before they are cut into parts: none or opq. */
    default String getRotation() {
        return getOrDefault(rotation());
    }

    /** Param for the number of passes that find the rotation. */
    default IntParam rotationIter() {
        return paramSet().get("rotationIter");
    }

    /** Returns the number of passes that find the rotation. */
    default int getRotationIter() {
        return (int) getOrDefault(rotationIter());
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends ProductVQParams<T>, CodeParams.OfEstimator<T> {
        /** Sets how vectors are rotated before they are cut into parts: none or opq. */
        default T setRotation(String value) {
            return assign(rotation(), value);
        }

        /** Sets the number of passes that find the rotation. */
        default T setRotationIter(int value) {
            return assign(rotationIter(), value);
        }
    }
}
