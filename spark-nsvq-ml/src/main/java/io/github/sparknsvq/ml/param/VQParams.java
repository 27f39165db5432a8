package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

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

    /** Param for the path of a saved model that trainings start from, empty for none. */
    default Param<String> initialModelPath() {
        return paramSet().get("initialModelPath");
    }

    /** Returns the path of a saved model that trainings start from, empty for none. */
    default String getInitialModelPath() {
        return getOrDefault(initialModelPath());
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

        /** Sets the path of a saved {@code VQModel} that trainings start from, empty for none. */
        default T setInitialModelPath(String value) {
            return assign(initialModelPath(), value);
        }
    }
}
