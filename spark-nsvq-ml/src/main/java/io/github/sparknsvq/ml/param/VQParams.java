package io.github.sparknsvq.ml.param;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/** The params of plain vector quantization, estimator and model alike. */
public interface VQParams extends TrainingParams {

    @Override
    VQParamSet paramSet();

    /** Param for the number of codewords. */
    default IntParam k() {
        return paramSet().k;
    }

    /** Returns the number of codewords. */
    default int getK() {
        return (int) (Integer) getOrDefault(k());
    }

    /** Param for the rounds of k-means||. */
    default IntParam initSteps() {
        return paramSet().initSteps;
    }

    /** Returns the rounds of k-means||. */
    default int getInitSteps() {
        return (int) (Integer) getOrDefault(initSteps());
    }

    /** Param for the column for the codeword's index, empty for none. */
    default Param<String> predictionCol() {
        return paramSet().predictionCol;
    }

    /** Returns the column for the codeword's index, empty for none. */
    default String getPredictionCol() {
        return getOrDefault(predictionCol());
    }

    /** Param for the column for the distance from the codeword, empty for none. */
    default Param<String> distanceCol() {
        return paramSet().distanceCol;
    }

    /** Returns the column for the distance from the codeword, empty for none. */
    default String getDistanceCol() {
        return getOrDefault(distanceCol());
    }

    /** Param for the column for the codeword itself, empty for none. */
    default Param<String> reconstructionCol() {
        return paramSet().reconstructionCol;
    }

    /** Returns the column for the codeword itself, empty for none. */
    default String getReconstructionCol() {
        return getOrDefault(reconstructionCol());
    }
}
