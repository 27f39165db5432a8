package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.Param;

/**
 * The params of what reads a column of vectors.
 *
 * @param <T> the stage itself
 */
public interface InputParams<T> extends HasParamSet<T> {

    /** Param for the column of vectors. */
    default Param<String> featuresCol() {
        return paramSet().get("featuresCol");
    }

    /** Returns the column of vectors. */
    default String getFeaturesCol() {
        return getOrDefault(featuresCol());
    }

    /** Sets the column of vectors. */
    default T setFeaturesCol(String value) {
        return assign(featuresCol(), value);
    }

    /** Param for where to search: auto, cpu or opencl. */
    default Param<String> device() {
        return paramSet().get("device");
    }

    /** Returns where to search: auto, cpu or opencl. */
    default String getDevice() {
        return getOrDefault(device());
    }

    /** Sets where to search: auto, cpu or opencl. */
    default T setDevice(String value) {
        return assign(device(), value);
    }

    /** Param for what becomes of invalid vectors: error or skip. */
    default Param<String> handleInvalid() {
        return paramSet().get("handleInvalid");
    }

    /** Returns what becomes of invalid vectors: error or skip. */
    default String getHandleInvalid() {
        return getOrDefault(handleInvalid());
    }

    /** Sets what becomes of invalid vectors: error or skip. */
    default T setHandleInvalid(String value) {
        return assign(handleInvalid(), value);
    }

    /** Whether invalid vectors are left out instead of being an error. */
    default boolean skipsInvalid() {
        return getHandleInvalid().equals("skip");
    }
}
