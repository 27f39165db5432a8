package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;

/**
 * The params that all estimators and models have. A model keeps those of the training that made it; their docs and
 * defaults are in {@link ParamSet}.
 *
 * @param <T> the stage itself
 */
public interface StageParams<T> extends InputParams<T> {

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
