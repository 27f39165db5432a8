package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;

/** The params of additive quantization, estimator and model alike. */
public interface AdditiveVQParams extends SumParams {

    @Override
    AdditiveVQParamSet paramSet();

    /** Param for the rounds in which codewords are replaced one by one. */
    default IntParam polishIter() {
        return paramSet().polishIter;
    }

    /** Returns the rounds in which codewords are replaced one by one. */
    default int getPolishIter() {
        return (int) (Integer) getOrDefault(polishIter());
    }
}
