package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.Reseeding;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The params of every stage that trains codebooks; their docs and defaults stand in {@link TrainingParamSet}. */
public interface TrainingParams extends Params {

    /** Returns the params themselves. */
    TrainingParamSet paramSet();

    /** Param for the column of vectors. */
    default Param<String> featuresCol() {
        return paramSet().featuresCol;
    }

    /** Returns the column of vectors. */
    default String getFeaturesCol() {
        return getOrDefault(featuresCol());
    }

    /** Param for the column of the rows' weights. */
    default Param<String> weightCol() {
        return paramSet().weightCol;
    }

    /** Returns the column of the rows' weights. */
    default String getWeightCol() {
        return getOrDefault(weightCol());
    }

    /** Param for the passes over the data. */
    default IntParam maxIter() {
        return paramSet().maxIter;
    }

    /** Returns the passes over the data. */
    default int getMaxIter() {
        return (int) (Integer) getOrDefault(maxIter());
    }

    /** Param for the share of the error that a pass must gain. */
    default DoubleParam tol() {
        return paramSet().tol;
    }

    /** Returns the share of the error that a pass must gain. */
    default double getTol() {
        return (double) (Double) getOrDefault(tol());
    }

    /** Param for where all chance comes from. */
    default LongParam seed() {
        return paramSet().seed;
    }

    /** Returns where all chance comes from. */
    default long getSeed() {
        return (long) (Long) getOrDefault(seed());
    }

    /** Param for where the training starts. */
    default Param<String> initMode() {
        return paramSet().initMode;
    }

    /** Returns where the training starts. */
    default String getInitMode() {
        return getOrDefault(initMode());
    }

    /** Param for the distance: euclidean or cosine. */
    default Param<String> distanceMeasure() {
        return paramSet().distanceMeasure;
    }

    /** Returns the distance: euclidean or cosine. */
    default String getDistanceMeasure() {
        return getOrDefault(distanceMeasure());
    }

    /** Param for the update rule. */
    default Param<String> updater() {
        return paramSet().updater;
    }

    /** Returns the update rule. */
    default String getUpdater() {
        return getOrDefault(updater());
    }

    /** Param for the rows of a step, 0 for automatic. */
    default IntParam batchSize() {
        return paramSet().batchSize;
    }

    /** Returns the rows of a step, 0 for automatic. */
    default int getBatchSize() {
        return (int) (Integer) getOrDefault(batchSize());
    }

    /** Param for the steps between two merges. */
    default IntParam localSteps() {
        return paramSet().localSteps;
    }

    /** Returns the steps between two merges. */
    default int getLocalSteps() {
        return (int) (Integer) getOrDefault(localSteps());
    }

    /** Param for the learning rate at the start. */
    default DoubleParam learningRate() {
        return paramSet().learningRate;
    }

    /** Returns the learning rate at the start. */
    default double getLearningRate() {
        return (double) (Double) getOrDefault(learningRate());
    }

    /** Param for the learning rate at the end of the gradient steps. */
    default DoubleParam finalRate() {
        return paramSet().finalRate;
    }

    /** Returns the learning rate at the end of the gradient steps. */
    default double getFinalRate() {
        return (double) (Double) getOrDefault(finalRate());
    }

    /** Param for how many of the passes are exact k-means passes. */
    default IntParam lloydIter() {
        return paramSet().lloydIter;
    }

    /** Returns how many of the passes are exact k-means passes. */
    default int getLloydIter() {
        return (int) (Integer) getOrDefault(lloydIter());
    }

    /** Param for how idle codewords are replaced. */
    default Param<String> reseeding() {
        return paramSet().reseeding;
    }

    /** Returns how idle codewords are replaced. */
    default String getReseeding() {
        return getOrDefault(reseeding());
    }

    /** Param for where to search. */
    default Param<String> device() {
        return paramSet().device;
    }

    /** Returns where to search. */
    default String getDevice() {
        return getOrDefault(device());
    }

    /** Param for what becomes of invalid vectors. */
    default Param<String> handleInvalid() {
        return paramSet().handleInvalid;
    }

    /** Returns what becomes of invalid vectors. */
    default String getHandleInvalid() {
        return getOrDefault(handleInvalid());
    }

    /** Param for the directory that keeps the training's state, empty for none. */
    default Param<String> checkpointDir() {
        return paramSet().checkpointDir;
    }

    /** Returns the directory that keeps the training's state, empty for none. */
    default String getCheckpointDir() {
        return getOrDefault(checkpointDir());
    }

    /** Whether rows carry weights. */
    default boolean weighted() {
        return isDefined(weightCol()) && !getWeightCol().isEmpty();
    }

    /** Whether invalid vectors are left out instead of ending the work. */
    default boolean skipsInvalid() {
        return getHandleInvalid().equals("skip");
    }

    /** Whether the distance is cosine. */
    default boolean cosine() {
        return getDistanceMeasure().equals("cosine");
    }

    /** Returns what core's training is asked for. */
    default TrainingSettings trainingSettings(int codewords) {
        return TrainingSettings.builder(codewords)
                .passes(getMaxIter(), getLloydIter())
                .tol(getTol())
                .seed(getSeed())
                .updater(Updater.of(getUpdater()))
                .batches(getBatchSize(), getLocalSteps())
                .learningRate(getLearningRate(), getFinalRate())
                .reseeding(Reseeding.of(getReseeding()))
                .unitLength(cosine())
                .device(Device.of(getDevice()))
                .build();
    }
}
