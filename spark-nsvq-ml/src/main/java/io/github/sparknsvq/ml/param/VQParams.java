package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of plain vector quantization, estimator and model alike.
 *
 * @param <T> the stage itself
 */
public interface VQParams<T> extends TrainingParams<T> {

    /** Param for the column for the index of the nearest codeword, empty for none. */
    default Param<String> predictionCol() {
        return paramSet().get("predictionCol");
    }

    /** Returns the column for the index of the nearest codeword, empty for none. */
    default String getPredictionCol() {
        return getOrDefault(predictionCol());
    }

    /** Sets the column for the index of the nearest codeword, empty for none. */
    default T setPredictionCol(String value) {
        return assign(predictionCol(), value);
    }

    /** Param for the number of codewords. */
    default IntParam k() {
        return paramSet().get("k");
    }

    /** Returns the number of codewords. */
    default int getK() {
        return (int) getOrDefault(k());
    }

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
    interface OfEstimator<T> extends VQParams<T>, TrainingParams.OfEstimator<T> {
        /** Sets the number of codewords. */
        default T setK(int value) {
            return assign(k(), value);
        }

        /** Sets the number of rounds of k-means||. */
        default T setInitSteps(int value) {
            return assign(initSteps(), value);
        }
    }
}
