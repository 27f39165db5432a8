package io.github.sparknsvq.ml.param;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Repair;
import io.github.sparknsvq.core.training.Reseeding;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** Params of a stage by their names, what makes them, and those that several stages have. */
abstract class CommonParams implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final int NUM_CODEBOOKS = 8;
    private static final int MOST_CODEBOOKS = 1 << 20;
    private static final int CODEBOOK_BITS = 8;
    private static final int LEAST_BITS = 4;
    static final String VECTORS_DOC = "column of vectors: vector (dense or sparse), or an array of numbers";
    static final String DEVICE_DOC = "where to search: auto, cpu or opencl";
    static final int MOST_BITS = 16;

    final Params stage;

    /** Whether params get defaults. */
    private final boolean withDefaults;

    private final Map<String, Param<?>> byName = new HashMap<>();

    CommonParams(Params stage, boolean withDefaults) {
        this.stage = stage;
        this.withDefaults = withDefaults;
    }

    final void addStage(String featuresDoc, String deviceDoc, String maxIterDoc, int maxIter, String refused) {
        addInput(featuresDoc, deviceDoc, refused);
        TrainingSettings defaults = TrainingSettings.of(1);
        number("maxIter", maxIterDoc, Math.min(0, maxIter), maxIter);
        add(new LongParam(stage, "seed", "random seed"), defaults.seed());
        text(
                "checkpointDir",
                "directory that keeps the training's state after every pass, so that the same fit goes on after the"
                        + " driver was killed; empty: off",
                "");
    }

    /** What reads a column of vectors. */
    final void addInput(String featuresDoc, String deviceDoc, String refused) {
        text("featuresCol", featuresDoc, "features");
        choice(
                "device",
                deviceDoc,
                Device.names(),
                TrainingSettings.of(1).device().label());
        choice(
                "handleInvalid",
                "what becomes of null, NaN, infinite, too long or wrong-dimension " + refused + ": error or skip",
                List.of("error", "skip"),
                "error");
    }

    final void addWeights() {
        add(new Param<>(
                stage,
                "weightCol",
                "column of the rows' weights, 0 or more; 0 leaves the row out; not set or empty: all 1"));
    }

    /** How the codewords of a codebook move. */
    final void addUpdates() {
        TrainingSettings defaults = TrainingSettings.of(1);
        number(
                "localSteps",
                "steps that each range of rows takes on its own between two merges, in one job; 1 is exact; 0 chooses"
                        + " (>= 0)",
                0,
                defaults.localSteps());
        choice(
                "updater",
                "update rule: " + String.join(", ", Updater.names()),
                Updater.names(),
                defaults.updater().label());
    }

    final void addTraining(double learningRate) {
        TrainingSettings defaults = TrainingSettings.of(1);
        addStage(
                VECTORS_DOC,
                DEVICE_DOC,
                "passes over the data; -1 takes 20, of nsvq on more than 10,000 rows 5 and one more for each"
                        + " doubling of the codewords above 32 a dimension (>= -1)",
                TrainingSettings.AUTO,
                "vectors");
        addUpdates();
        addWeights();
        rate(
                "tol",
                "training ends when a pass lowers the error by less than this share; not asked while the learning"
                        + " rate falls (>= 0)",
                Checks.notNegative("tol"),
                defaults.tol());
        choice(
                "initMode",
                "where the training starts: random rows, k-means++ on a sample, k-means|| on all rows, noisy (random"
                        + " rows plus N(0, I)), or evolution (differential evolution on a sample, at most 256"
                        + " codewords); a model to start from takes its place",
                InitMode.names(),
                InitMode.RANDOM.label());
        addDistance("vectors and codewords are scaled to length 1");
        add(
                new DoubleArrayParam(
                        stage,
                        "dimensionWeights",
                        "weights w of dimensions in the distance ||w . (x - c)||, one positive number for each; mse,"
                                + " distances and errors are weighted, codewords in the data's units; empty: all 1",
                        Checks.weights()),
                new double[0]);
        addSteps(
                "learning rate at the start, in units of the data's rms for nsvq and ste, of a whole step for sgd (>"
                        + " 0)",
                learningRate,
                "learning rate at the end of the gradient steps, in units of the codebook's rms error; 0 keeps the"
                        + " rate constant (>= 0)",
                defaults.finalRate());
        number(
                "lloydIter",
                "how many of the passes, the last ones, are exact k-means passes; -1 takes a fifth, where codewords"
                        + " are added up half, under updater ste none (>= -1)",
                TrainingSettings.AUTO,
                defaults.lloydIter());
        choice(
                "reseeding",
                "how codewords that few rows choose are replaced: error (beside codewords with much error), presence"
                        + " (the NSVQ paper's policy), none, or auto: error, under updater ste none",
                Reseeding.names(),
                defaults.reseeding().label());
        rate(
                "presenceThreshold",
                "under reseeding presence, the share of the batches since the last replacement under which a codeword"
                        + " is replaced: the NSVQ paper takes 0.1 for images and toy data, 0.01 for speech (0 to 1)",
                Checks.share("presenceThreshold"),
                defaults.presenceThreshold());
        choice(
                "repair",
                "whether codewords that no row chooses at the end of the training are moved to the rows with the"
                        + " largest error: on, off, or auto: on unless codewords are not replaced before either",
                Repair.names(),
                defaults.repair().label());
    }

    final void addDistance(String cosineDoc) {
        String doc = "euclidean, or cosine: " + cosineDoc;
        choice("distanceMeasure", doc, QuantizerParams.DISTANCE_MEASURES, "euclidean");
    }

    final void addSteps(String learningRateDoc, double learningRate, String finalRateDoc, double finalRate) {
        number(
                "batchSize",
                "rows of a step; 0 chooses by the number of codewords and rows (>= 0)",
                0,
                TrainingSettings.of(1).batchSize());
        rate("learningRate", learningRateDoc, Checks.positive("learningRate"), learningRate);
        rate("finalRate", finalRateDoc, Checks.notNegative("finalRate"), finalRate);
    }

    final void addCodebooks() {
        number(
                "numCodebooks",
                "number of codebooks (1 to " + MOST_CODEBOOKS + ")",
                Checks.between("numCodebooks", 1, MOST_CODEBOOKS),
                NUM_CODEBOOKS);
        number(
                "codebookBits",
                "bits of an index: each codebook has 2^codebookBits codewords (4 to 16)",
                Checks.between("codebookBits", LEAST_BITS, MOST_BITS),
                CODEBOOK_BITS);
    }

    final void text(String name, String doc, String value) {
        add(new Param<>(stage, name, doc), value);
    }

    final void choice(String name, String doc, List<String> valid, String value) {
        add(new Param<>(stage, name, doc, Checks.oneOf(name, valid)), value);
    }

    final void number(String name, String doc, int least, int value) {
        number(name, doc, Checks.atLeast(name, least), value);
    }

    final void number(String name, String doc, Checks.Check<Object> valid, int value) {
        add(new IntParam(stage, name, doc, valid), value);
    }

    final void rate(String name, String doc, Checks.Check<Object> valid, double value) {
        add(new DoubleParam(stage, name, doc, valid), value);
    }

    final void flag(String name, String doc) {
        add(new BooleanParam(stage, name, doc), false);
    }

    final <V> void add(Param<V> param, V value) {
        add(param);
        if (withDefaults) {
            stage.setDefault(param, value);
        }
    }

    final void add(Param<?> param) {
        byName.put(param.name(), param);
    }

    /** Returns the param of a name, of the class that its accessor promises. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    <P extends Param<?>> P get(String name) {
        return (P) byName.get(name);
    }
}
