package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.TrainingSettings;
import java.util.List;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of space-filling vector quantization, estimator and model alike.
 *
 * @param <T> the stage itself
 */
public interface SpaceFillingVQParams<T> extends PredictionParams<T> {
    /** The names of the searches for the nearest segment. */
    List<String> SEARCHES = List.of("exact", "corners");

    /** The names of what the means of a resampled codebook are of. */
    List<String> MEANS = List.of("projected", "samples");

    /** Param for the column for the position along the line, empty for none. */
    default Param<String> positionCol() {
        return paramSet().get("positionCol");
    }

    /** Returns the column for the position along the line, empty for none. */
    default String getPositionCol() {
        return getOrDefault(positionCol());
    }

    /** Sets the column for the position along the line, empty for none. */
    default T setPositionCol(String value) {
        return assign(positionCol(), value);
    }

    /** Param for which segments are looked at for the nearest: exact or corners. */
    default Param<String> search() {
        return paramSet().get("search");
    }

    /** Returns which segments are looked at for the nearest: exact or corners. */
    default String getSearch() {
        return getOrDefault(search());
    }

    /** Sets which segments are looked at for the nearest: exact or corners. */
    default T setSearch(String value) {
        return assign(search(), value);
    }

    /** Param for the number of passes that project vectors on the line itself. */
    default IntParam exactIter() {
        return paramSet().get("exactIter");
    }

    /** Returns the number of passes that project vectors on the line itself. */
    default int getExactIter() {
        return (int) getOrDefault(exactIter());
    }

    /** Returns the settings of the training in core. */
    default TrainingSettings trainingSettings() {
        return TrainingSettings.builder(getK())
                .passes(getMaxIter(), getExactIter())
                .seed(getSeed())
                .batches(getBatchSize(), 1)
                .learningRate(getLearningRate(), getFinalRate())
                .device(Device.of(getDevice()))
                .build();
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends SpaceFillingVQParams<T>, PredictionParams.OfEstimator<T> {
        /** Sets the number of passes that project vectors on the line itself. */
        default T setExactIter(int value) {
            return assign(exactIter(), value);
        }
    }
}
