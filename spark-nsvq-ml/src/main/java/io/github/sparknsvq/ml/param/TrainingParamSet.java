package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Reseeding;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The param objects behind {@link TrainingParams}. A stage makes its set in its constructor, once it knows its uid.
 *
 * <p>Defaults of what core knows are those of {@link TrainingSettings#of}.
 */
public class TrainingParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    /** What becomes of invalid vectors. */
    public static final List<String> HANDLE_INVALID = List.of("error", "skip");

    /** The distances. */
    public static final List<String> DISTANCE_MEASURES = List.of("euclidean", "cosine");

    final Param<String> featuresCol;
    final Param<String> weightCol;
    final IntParam maxIter;
    final DoubleParam tol;
    final LongParam seed;
    final Param<String> initMode;
    final Param<String> distanceMeasure;
    final Param<String> updater;
    final IntParam batchSize;
    final IntParam localSteps;
    final DoubleParam learningRate;
    final DoubleParam finalRate;
    final IntParam lloydIter;
    final Param<String> reseeding;
    final Param<String> device;
    final Param<String> handleInvalid;
    final Param<String> checkpointDir;

    /**
     * Makes the params of a stage.
     *
     * @param stage the stage, which knows its uid
     */
    protected TrainingParamSet(Params stage) {
        featuresCol = new Param<>(
                stage, "featuresCol", "column of vectors: vector (dense or sparse), array<float> or array<double>");
        weightCol = new Param<>(
                stage,
                "weightCol",
                "column of the rows' weights, 0 or more; 0 leaves the row out; not set or empty: all 1");
        maxIter = new IntParam(
                stage, "maxIter", "passes over the data, whatever the updater (>= 0)", Checks.atLeast("maxIter", 0));
        tol = new DoubleParam(
                stage,
                "tol",
                "training ends when a pass lowers the error by less than this share; not asked while the learning rate"
                        + " falls (>= 0)",
                Checks.notNegative("tol"));
        seed = new LongParam(stage, "seed", "where all chance comes from");
        initMode = new Param<>(
                stage,
                "initMode",
                "where the training starts: random rows, k-means++ on a sample, k-means|| on all rows, or noisy (random"
                        + " rows plus N(0, I)); a model to start from takes its place",
                Checks.oneOf("initMode", InitMode.names()));
        distanceMeasure = new Param<>(
                stage,
                "distanceMeasure",
                "euclidean, or cosine: vectors and codewords are scaled to length 1",
                Checks.oneOf("distanceMeasure", DISTANCE_MEASURES));
        updater = new Param<>(
                stage,
                "updater",
                "update rule: " + String.join(", ", Updater.names()),
                Checks.oneOf("updater", Updater.names()));
        batchSize = new IntParam(
                stage,
                "batchSize",
                "rows of a step; 0 chooses by the number of codewords and rows (>= 0)",
                Checks.atLeast("batchSize", 0));
        localSteps = new IntParam(
                stage,
                "localSteps",
                "steps that each partition takes on its own rows between two merges; 1 is exact, more save jobs (>= 1)",
                Checks.atLeast("localSteps", 1));
        learningRate = new DoubleParam(
                stage,
                "learningRate",
                "learning rate at the start, in units of the data's rms for nsvq and ste, of a whole step for sgd (> 0)",
                Checks.positive("learningRate"));
        finalRate = new DoubleParam(
                stage,
                "finalRate",
                "learning rate at the end of the gradient steps, in units of the codebook's rms error; 0 keeps the rate"
                        + " constant (>= 0)",
                Checks.notNegative("finalRate"));
        lloydIter = new IntParam(
                stage,
                "lloydIter",
                "how many of the passes, the last ones, are exact k-means passes; -1 takes a fifth, where codewords are added"
                        + " up half (>= -1)",
                Checks.atLeast("lloydIter", TrainingSettings.AUTO));
        reseeding = new Param<>(
                stage,
                "reseeding",
                "how codewords that few rows choose are replaced: error (beside codewords with much error), presence (the"
                        + " NSVQ paper's policy) or none",
                Checks.oneOf("reseeding", Reseeding.names()));
        device = new Param<>(
                stage, "device", "where to search: auto, cpu or opencl", Checks.oneOf("device", Device.names()));
        handleInvalid = new Param<>(
                stage,
                "handleInvalid",
                "what becomes of null, NaN, infinite, too long or wrong-dimension vectors: error or skip",
                Checks.oneOf("handleInvalid", HANDLE_INVALID));
        checkpointDir = new Param<>(
                stage,
                "checkpointDir",
                "directory that keeps the training's state after every pass, so that the same fit goes on after the driver"
                        + " was killed; empty: off");
    }

    /** Gives a stage the defaults; called once the stage holds this set. */
    protected void setDefaults(Params stage) {
        TrainingSettings defaults = TrainingSettings.of(1);
        stage.setDefault(featuresCol, "features");
        stage.setDefault(maxIter, defaults.maxIter());
        stage.setDefault(tol, defaults.tol());
        stage.setDefault(seed, defaults.seed());
        stage.setDefault(initMode, InitMode.RANDOM.label());
        stage.setDefault(distanceMeasure, defaults.unitLength() ? "cosine" : "euclidean");
        stage.setDefault(updater, defaults.updater().label());
        stage.setDefault(batchSize, defaults.batchSize());
        stage.setDefault(localSteps, defaults.localSteps());
        stage.setDefault(learningRate, defaults.learningRate());
        stage.setDefault(finalRate, defaults.finalRate());
        stage.setDefault(lloydIter, defaults.lloydIter());
        stage.setDefault(reseeding, defaults.reseeding().label());
        stage.setDefault(device, defaults.device().label());
        stage.setDefault(handleInvalid, "error");
        stage.setDefault(checkpointDir, "");
    }
}
