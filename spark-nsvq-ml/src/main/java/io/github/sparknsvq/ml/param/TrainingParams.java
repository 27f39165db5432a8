package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.Scaling;
import io.github.sparknsvq.core.training.Repair;
import io.github.sparknsvq.core.training.Reseeding;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import java.util.List;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of stages that train codebooks, estimators and models alike.
 *
 * @param <T> the stage itself
 */
public interface TrainingParams<T> extends QuantizerParams<T> {

    /** Param for the update rule. */
    default Param<String> updater() {
        return paramSet().get("updater");
    }

    /** Returns the update rule. */
    default String getUpdater() {
        return getOrDefault(updater());
    }

    /** Param for the number of steps between two merges. */
    default IntParam localSteps() {
        return paramSet().get("localSteps");
    }

    /** Returns the number of steps between two merges. */
    default int getLocalSteps() {
        return (int) getOrDefault(localSteps());
    }

    /** Param for the share of the error below which a pass gains too little to go on. */
    default DoubleParam tol() {
        return paramSet().get("tol");
    }

    /** Returns the share of the error below which a pass gains too little to go on. */
    default double getTol() {
        return (double) getOrDefault(tol());
    }

    /** Param for how the codewords to start from are chosen. */
    default Param<String> initMode() {
        return paramSet().get("initMode");
    }

    /** Returns how the codewords to start from are chosen. */
    default String getInitMode() {
        return getOrDefault(initMode());
    }

    /** Param for how many of the passes are exact k-means passes. */
    default IntParam lloydIter() {
        return paramSet().get("lloydIter");
    }

    /** Returns how many of the passes are exact k-means passes. */
    default int getLloydIter() {
        return (int) getOrDefault(lloydIter());
    }

    /** Param for how codewords that few rows choose are replaced. */
    default Param<String> reseeding() {
        return paramSet().get("reseeding");
    }

    /** Returns how codewords that few rows choose are replaced. */
    default String getReseeding() {
        return getOrDefault(reseeding());
    }

    /** Param for the share of batches under which the paper's policy replaces a codeword. */
    default DoubleParam presenceThreshold() {
        return paramSet().get("presenceThreshold");
    }

    /** Returns the share of batches under which the paper's policy replaces a codeword. */
    default double getPresenceThreshold() {
        return (double) getOrDefault(presenceThreshold());
    }

    /** Param for whether codewords that are dead at the end are moved to rows. */
    default Param<String> repair() {
        return paramSet().get("repair");
    }

    /** Returns whether codewords that are dead at the end are moved to rows. */
    default String getRepair() {
        return getOrDefault(repair());
    }

    /** Param for the weights of dimensions in the distance. */
    default DoubleArrayParam dimensionWeights() {
        return paramSet().get("dimensionWeights");
    }

    /** Returns the weights of dimensions in the distance, empty for all 1. */
    default double[] getDimensionWeights() {
        return getOrDefault(dimensionWeights());
    }

    /** Param for the path of a saved model that trainings start from, empty for none. */
    default Param<String> initialModelPath() {
        return paramSet().get("initialModelPath");
    }

    /** Returns the path of a saved model that trainings start from, empty for none. */
    default String getInitialModelPath() {
        return getOrDefault(initialModelPath());
    }

    @Override
    default Scaling scaling() {
        double[] weights = getDimensionWeights();
        return weights.length == 0 ? null : new Scaling(weights);
    }

    /** Returns the settings of the training in core, of so many codewords of a dimension, on so many rows. */
    default TrainingSettings trainingSettings(int codewords, int dimension, long rows) {
        return TrainingSettings.builder(codewords)
                .dimension(dimension)
                .rows(rows)
                .passes(getMaxIter(), getLloydIter())
                .tol(getTol())
                .seed(getSeed())
                .updater(Updater.of(getUpdater()))
                .batches(getBatchSize(), getLocalSteps())
                .learningRate(getLearningRate(), getFinalRate())
                // the default of earlier revisions, which their saved stages bring along, was error
                .reseeding(isSet(reseeding()) ? Reseeding.of(getReseeding()) : Reseeding.AUTO)
                .presenceThreshold(getPresenceThreshold())
                .repair(Repair.of(getRepair()))
                .unitLength(cosine())
                .device(Device.of(getDevice()))
                .build();
    }

    /**
     * The estimator's params, with the setters that a model has no use for.
     *
     * @param <T> the estimator itself
     */
    interface OfEstimator<T> extends TrainingParams<T>, QuantizerParams.OfEstimator<T> {
        /** Sets the number of steps between two merges. */
        default T setLocalSteps(int value) {
            return assign(localSteps(), value);
        }

        /** Sets the share of the error below which a pass gains too little to go on. */
        default T setTol(double value) {
            return assign(tol(), value);
        }

        /** Sets the update rule. */
        default T setUpdater(String value) {
            return assign(updater(), value);
        }

        /** Sets how the codewords to start from are chosen. */
        default T setInitMode(String value) {
            return assign(initMode(), value);
        }

        /** Sets how many of the passes are exact k-means passes. */
        default T setLloydIter(int value) {
            return assign(lloydIter(), value);
        }

        /**
         * Sets the weights of dimensions in the distance {@code ||w . (x - c)||}, positive, one for each; empty for
         * all 1. All that is measured is of the weighted distance then; codewords are in the units of the data.
         */
        default T setDimensionWeights(double... values) {
            return assign(dimensionWeights(), values);
        }

        /** The same from a list, as Python gives it. */
        default T setDimensionWeights(List<Double> values) {
            return setDimensionWeights(
                    values.stream().mapToDouble(Double::doubleValue).toArray());
        }

        /** Sets how codewords that few rows choose are replaced. */
        default T setReseeding(String value) {
            return assign(reseeding(), value);
        }

        /** Sets the share of batches, 0 to 1, under which the paper's policy replaces a codeword. */
        default T setPresenceThreshold(double value) {
            return assign(presenceThreshold(), value);
        }

        /** Sets whether codewords that are dead at the end are moved to rows: auto, on or off. */
        default T setRepair(String value) {
            return assign(repair(), value);
        }

        /** Sets the path of a saved model of the stage's own kind that trainings start from, empty for none. */
        default T setInitialModelPath(String value) {
            return assign(initialModelPath(), value);
        }
    }
}
