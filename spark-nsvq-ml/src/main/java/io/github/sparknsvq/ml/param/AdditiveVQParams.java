package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;

/**
 * The params of additive quantization, estimator and model alike.
 *
 * @param <T> the stage itself
 */
public interface AdditiveVQParams<T> extends SumParams<T> {

    /** Param for the most rounds in which codewords are replaced one by one. */
    default IntParam polishIter() {
        return paramSet().get("polishIter");
    }

    /** Returns the most rounds in which codewords are replaced one by one. */
    default int getPolishIter() {
        return (int) getOrDefault(polishIter());
    }

    /** Sets the most rounds in which codewords are replaced one by one. */
    default T setPolishIter(int value) {
        return assign(polishIter(), value);
    }
}
