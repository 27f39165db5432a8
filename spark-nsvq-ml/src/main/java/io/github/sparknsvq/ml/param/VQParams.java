package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;

/**
 * The params of plain vector quantization, estimator and model alike.
 *
 * @param <T> the stage itself
 */
public interface VQParams<T> extends PredictionParams<T>, TrainingParams<T> {

    /** Param for the number of rounds of k-means||. */
    default IntParam initSteps() {
        return paramSet().get("initSteps");
    }

    /** Returns the number of rounds of k-means||. */
    default int getInitSteps() {
        return (int) getOrDefault(initSteps());
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends VQParams<T>, PredictionParams.OfEstimator<T>, TrainingParams.OfEstimator<T> {
        /** Sets the number of rounds of k-means||. */
        default T setInitSteps(int value) {
            return assign(initSteps(), value);
        }
    }
}
