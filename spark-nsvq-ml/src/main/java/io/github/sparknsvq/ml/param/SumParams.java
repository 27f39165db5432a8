package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import org.apache.spark.ml.param.IntParam;

/**
 * The params of quantizers whose codewords are added up.
 *
 * @param <T> the stage itself
 */
public interface SumParams<T> extends CodeParams<T> {

    /** Param for how many sums of codewords the search for a code keeps. */
    default IntParam beam() {
        return paramSet().get("beam");
    }

    /** Returns how many sums of codewords the search for a code keeps. */
    default int getBeam() {
        return (int) getOrDefault(beam());
    }

    /** Sets how many sums of codewords the search for a code keeps. */
    default T setBeam(int value) {
        return assign(beam(), value);
    }

    /** Param for the number of passes that solve for all codebooks together. */
    default IntParam jointIter() {
        return paramSet().get("jointIter");
    }

    /** Returns the number of passes that solve for all codebooks together. */
    default int getJointIter() {
        return (int) getOrDefault(jointIter());
    }

    /**
     * Half of the passes are Lloyd's unless another number is set or the rule is ste: the first levels then stay
     * while later ones train.
     */
    @Override
    default TrainingSettings trainingSettings(int codewords, int dimension, long rows) {
        TrainingSettings settings = CodeParams.super.trainingSettings(codewords, dimension, rows);
        return getLloydIter() == TrainingSettings.AUTO && settings.updater() != Updater.STE
                ? settings.toBuilder()
                        .passes(settings.maxIter(), (settings.maxIter() + 1) / 2)
                        .build()
                : settings;
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends SumParams<T>, CodeParams.OfEstimator<T> {
        /** Sets the number of passes that solve for all codebooks together. */
        default T setJointIter(int value) {
            return assign(jointIter(), value);
        }
    }
}
