package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.Scaling;
import java.util.List;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of stages that train quantizers and encode with them, estimators and models alike.
 *
 * @param <T> the stage itself
 */
public interface QuantizerParams<T> extends StageParams<T> {
    /** The names of the distances. */
    List<String> DISTANCE_MEASURES = List.of("euclidean", "cosine");

    /** Param for the column for the distance from the reconstruction, empty for none. */
    default Param<String> distanceCol() {
        return paramSet().get("distanceCol");
    }

    /** Returns the column for the distance from the reconstruction, empty for none. */
    default String getDistanceCol() {
        return getOrDefault(distanceCol());
    }

    /** Sets the column for the distance from the reconstruction, empty for none. */
    default T setDistanceCol(String value) {
        return assign(distanceCol(), value);
    }

    /** Param for the column for the reconstruction, empty for none. */
    default Param<String> reconstructionCol() {
        return paramSet().get("reconstructionCol");
    }

    /** Returns the column for the reconstruction, empty for none. */
    default String getReconstructionCol() {
        return getOrDefault(reconstructionCol());
    }

    /** Sets the column for the reconstruction, empty for none. */
    default T setReconstructionCol(String value) {
        return assign(reconstructionCol(), value);
    }

    /** Param for the column of the rows' weights. */
    default Param<String> weightCol() {
        return paramSet().get("weightCol");
    }

    /** Returns the column of the rows' weights. */
    default String getWeightCol() {
        return getOrDefault(weightCol());
    }

    /** Param for the distance: euclidean or cosine. */
    default Param<String> distanceMeasure() {
        return paramSet().get("distanceMeasure");
    }

    /** Returns the distance: euclidean or cosine. */
    default String getDistanceMeasure() {
        return getOrDefault(distanceMeasure());
    }

    /** Param for the number of rows of a step, 0 for automatic. */
    default IntParam batchSize() {
        return paramSet().get("batchSize");
    }

    /** Returns the number of rows of a step, 0 for automatic. */
    default int getBatchSize() {
        return (int) getOrDefault(batchSize());
    }

    /** Param for the learning rate at the start. */
    default DoubleParam learningRate() {
        return paramSet().get("learningRate");
    }

    /** Returns the learning rate at the start. */
    default double getLearningRate() {
        return (double) getOrDefault(learningRate());
    }

    /** Param for the learning rate at the end of the gradient steps. */
    default DoubleParam finalRate() {
        return paramSet().get("finalRate");
    }

    /** Returns the learning rate at the end of the gradient steps. */
    default double getFinalRate() {
        return (double) getOrDefault(finalRate());
    }

    /** Whether rows have weights. */
    default boolean weighted() {
        return isDefined(weightCol()) && !getWeightCol().isEmpty();
    }

    /** Returns the weights of dimensions, or null for none. */
    default Scaling scaling() {
        return null;
    }

    /**
     * Refuses weights of dimensions together with cosine distance.
     *
     * @throws NsvqException if there are both
     */
    default void checkDistance() {
        NsvqException.unless(
                scaling() == null || !cosine(),
                "dimensionWeights belong to distanceMeasure euclidean: cosine distance has none");
    }

    /** Whether the distance is cosine. */
    default boolean cosine() {
        return getDistanceMeasure().equals("cosine");
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends QuantizerParams<T>, StageParams.OfEstimator<T> {
        /** Sets the column of the rows' weights. */
        default T setWeightCol(String value) {
            return assign(weightCol(), value);
        }

        /** Sets the distance: euclidean or cosine. */
        default T setDistanceMeasure(String value) {
            return assign(distanceMeasure(), value);
        }

        /** Sets the number of rows of a step, 0 for automatic. */
        default T setBatchSize(int value) {
            return assign(batchSize(), value);
        }

        /** Sets the learning rate at the start. */
        default T setLearningRate(double value) {
            return assign(learningRate(), value);
        }

        /** Sets the learning rate at the end of the gradient steps. */
        default T setFinalRate(double value) {
            return assign(finalRate(), value);
        }
    }
}
