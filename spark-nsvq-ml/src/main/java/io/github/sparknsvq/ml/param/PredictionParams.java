package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of quantizers that give each vector one index, estimators and models alike.
 *
 * @param <T> the stage itself
 */
public interface PredictionParams<T> extends QuantizerParams<T> {

    /** Param for the column for the index that a vector gets, empty for none. */
    default Param<String> predictionCol() {
        return paramSet().get("predictionCol");
    }

    /** Returns the column for the index that a vector gets, empty for none. */
    default String getPredictionCol() {
        return getOrDefault(predictionCol());
    }

    /** Sets the column for the index that a vector gets, empty for none. */
    default T setPredictionCol(String value) {
        return assign(predictionCol(), value);
    }

    /** Param for the number of codewords or, of a curve, of corners. */
    default IntParam k() {
        return paramSet().get("k");
    }

    /** Returns the number of codewords or, of a curve, of corners. */
    default int getK() {
        return (int) getOrDefault(k());
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends PredictionParams<T>, QuantizerParams.OfEstimator<T> {
        /** Sets the number of codewords or, of a curve, of corners. */
        default T setK(int value) {
            return assign(k(), value);
        }
    }
}
