package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The params that all stages have. A model keeps those of the training that made it; their docs and defaults are in
 * {@link ParamSet}.
 *
 * @param <T> the stage itself
 */
public interface StageParams<T> extends Params {

    /** Returns the param objects, for the accessors of this package. */
    ParamSet paramSet();

    /** Sets a param and returns this stage. */
    @SuppressWarnings("unchecked") // T is this stage's own type
    default <V> T assign(Param<V> param, V value) {
        set(param, value);
        return (T) this;
    }

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

    /** Param for the number of passes over the data. */
    default IntParam maxIter() {
        return paramSet().get("maxIter");
    }

    /** Returns the number of passes over the data. */
    default int getMaxIter() {
        return (int) getOrDefault(maxIter());
    }

    /** Param for the random seed. */
    default LongParam seed() {
        return paramSet().get("seed");
    }

    /** Returns the random seed. */
    default long getSeed() {
        return (long) getOrDefault(seed());
    }

    /** Param for the directory that keeps the training's state, empty for none. */
    default Param<String> checkpointDir() {
        return paramSet().get("checkpointDir");
    }

    /** Returns the directory that keeps the training's state, empty for none. */
    default String getCheckpointDir() {
        return getOrDefault(checkpointDir());
    }

    /** Whether invalid vectors are left out instead of being an error. */
    default boolean skipsInvalid() {
        return getHandleInvalid().equals("skip");
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends StageParams<T> {
        /** Sets the number of passes over the data. */
        default T setMaxIter(int value) {
            return assign(maxIter(), value);
        }

        /** Sets the random seed. */
        default T setSeed(long value) {
            return assign(seed(), value);
        }

        /** Sets the directory that keeps the training's state, empty for none. */
        default T setCheckpointDir(String value) {
            return assign(checkpointDir(), value);
        }
    }
}
