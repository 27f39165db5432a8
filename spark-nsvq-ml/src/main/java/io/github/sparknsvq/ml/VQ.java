package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.StatisticsSource;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.UnitLength;
import io.github.sparknsvq.ml.param.VQParamSet;
import io.github.sparknsvq.ml.param.VQParams;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.util.SparkInternals;
import io.github.sparknsvq.ml.util.StageFiles;
import io.github.sparknsvq.ml.util.VectorColumn;
import io.github.sparknsvq.ml.util.WholeWriter;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a vector-quantization codebook on a column of vectors: what {@code KMeans} is for, with the NSVQ rule and its
 * siblings, and at large k.
 *
 * <p>The vectors are packed once as float32 and kept on the executors (memory first, disk beyond) while the training
 * lasts; nothing else is cached. The same seed, data and settings give the same codebook, whatever the number of
 * partitions, as long as {@code localSteps} is 1.
 *
 * <p>Params and their defaults: {@link io.github.sparknsvq.ml.param.TrainingParamSet} and {@link VQParamSet}. Wrong values
 * are refused when they are set.
 */
public final class VQ extends Estimator<VQModel> implements VQParams, MLWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final VQParamSet params;
    private VQModel initialModel;
    private transient TrainingListener listener = TrainingListener.NONE;
    private boolean keepsCheckpoint;

    /** Makes an estimator with an id of its own. */
    public VQ() {
        this(Identifiable$.MODULE$.randomUID("vq"));
    }

    /**
     * Makes an estimator.
     *
     * @param uid the stage's id
     */
    public VQ(String uid) {
        this.uid = uid;
        this.params = new VQParamSet(this);
        params.setDefaults(this);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public VQParamSet paramSet() {
        return params;
    }

    /** Sets the number of codewords. */
    public VQ setK(int value) {
        set(k(), value);
        return this;
    }

    /** Sets the column of vectors. */
    public VQ setFeaturesCol(String value) {
        set(featuresCol(), value);
        return this;
    }

    /** Sets the column of the rows' weights. */
    public VQ setWeightCol(String value) {
        set(weightCol(), value);
        return this;
    }

    /** Sets the passes over the data. */
    public VQ setMaxIter(int value) {
        set(maxIter(), value);
        return this;
    }

    /** Sets the share of the error that a pass must gain. */
    public VQ setTol(double value) {
        set(tol(), value);
        return this;
    }

    /** Sets where all chance comes from. */
    public VQ setSeed(long value) {
        set(seed(), value);
        return this;
    }

    /** Sets where the training starts. */
    public VQ setInitMode(String value) {
        set(initMode(), value);
        return this;
    }

    /** Sets the rounds of k-means||. */
    public VQ setInitSteps(int value) {
        set(initSteps(), value);
        return this;
    }

    /** Sets the distance: euclidean or cosine. */
    public VQ setDistanceMeasure(String value) {
        set(distanceMeasure(), value);
        return this;
    }

    /** Sets the update rule. */
    public VQ setUpdater(String value) {
        set(updater(), value);
        return this;
    }

    /** Sets the rows of a step, 0 for automatic. */
    public VQ setBatchSize(int value) {
        set(batchSize(), value);
        return this;
    }

    /** Sets the steps between two merges. */
    public VQ setLocalSteps(int value) {
        set(localSteps(), value);
        return this;
    }

    /** Sets the learning rate at the start. */
    public VQ setLearningRate(double value) {
        set(learningRate(), value);
        return this;
    }

    /** Sets the learning rate at the end of the gradient steps. */
    public VQ setFinalRate(double value) {
        set(finalRate(), value);
        return this;
    }

    /** Sets how many of the passes are exact k-means passes. */
    public VQ setLloydIter(int value) {
        set(lloydIter(), value);
        return this;
    }

    /** Sets how idle codewords are replaced. */
    public VQ setReseeding(String value) {
        set(reseeding(), value);
        return this;
    }

    /** Sets where to search. */
    public VQ setDevice(String value) {
        set(device(), value);
        return this;
    }

    /** Sets what becomes of invalid vectors. */
    public VQ setHandleInvalid(String value) {
        set(handleInvalid(), value);
        return this;
    }

    /** Sets the directory that keeps the training's state, empty for none. */
    public VQ setCheckpointDir(String value) {
        set(checkpointDir(), value);
        return this;
    }

    /** Sets the column for the codeword's index, empty for none. */
    public VQ setPredictionCol(String value) {
        set(predictionCol(), value);
        return this;
    }

    /** Sets the column for the distance from the codeword, empty for none. */
    public VQ setDistanceCol(String value) {
        set(distanceCol(), value);
        return this;
    }

    /** Sets the column for the codeword itself, empty for none. */
    public VQ setReconstructionCol(String value) {
        set(reconstructionCol(), value);
        return this;
    }

    /**
     * Starts trainings from a model's codebook instead of {@code initMode}; null takes that back. No Param, since its value
     * is no JSON, but copied and saved with the estimator.
     */
    public VQ setInitialModel(VQModel model) {
        initialModel = model;
        return this;
    }

    /** Returns the model that trainings start from, or null. */
    public VQModel getInitialModel() {
        return initialModel;
    }

    /** Sets who hears how a training goes on, on the driver. No Param: it is copied, but not saved. */
    public VQ setListener(TrainingListener value) {
        listener = Objects.requireNonNull(value);
        return this;
    }

    /**
     * Sets whether the checkpoint stays when a training is done, so that a caller who dies before it has saved the model
     * loses nothing: the same training then only finishes. Such a caller deletes the checkpoint itself. No Param: it is
     * copied, but not saved.
     */
    public VQ setKeepsCheckpoint(boolean value) {
        keepsCheckpoint = value;
        return this;
    }

    @Override
    public VQModel fit(Dataset<?> dataset) {
        long began = System.nanoTime();
        transformSchema(dataset.schema());
        TrainingSettings settings = trainingSettings(getK());
        if (initialModel != null && initialModel.codebook().rows() != getK()) {
            throw new NsvqException("k = " + getK() + ", but the model to start from has "
                    + initialModel.codebook().rows() + " codewords: they must be equal");
        }
        VectorColumn vectors = VectorColumn.of(dataset.schema(), getFeaturesCol(), cosine());
        String weights = weighted() ? getWeightCol() : null;
        try (HadoopCheckpoint checkpoint = openCheckpoint(dataset.sparkSession());
                SparkStatisticsSource rows = SparkStatisticsSource.pack(dataset, vectors, weights, skipsInvalid())) {
            checkSize(rows.dimension());
            FloatMatrix start = start(rows, settings);
            TrainingCheckpoint kept =
                    checkpoint == null ? TrainingCheckpoint.NONE : checkpoint.of(settings, rows, start);
            TrainingResult result = CodebookTrainer.train(rows, settings, start, listener, kept);
            if (checkpoint != null && !keepsCheckpoint) {
                checkpoint.delete();
            }
            VQSummary summary = VQSummary.of(result, rows.rows(), (System.nanoTime() - began) / 1e9);
            VQModel model = copyValues(new VQModel(uid, result.codebook()), ParamMap.empty());
            return model.withSummary(summary).setParent(this);
        }
    }

    /** Opens the directory before any work, so that one that cannot be used is an error at once; null for none. */
    private HadoopCheckpoint openCheckpoint(SparkSession spark) {
        return getCheckpointDir().isEmpty()
                ? null
                : HadoopCheckpoint.open(getCheckpointDir(), SparkInternals.hadoopConfiguration(spark));
    }

    private void checkSize(int dimension) {
        if ((long) getK() * dimension > Integer.MAX_VALUE - 8) {
            throw new NsvqException("k = " + getK() + " codewords of dimension " + dimension
                    + " do not fit: k times the dimension must stay below 2^31, so k at most "
                    + (Integer.MAX_VALUE - 8) / dimension);
        }
    }

    private FloatMatrix start(StatisticsSource rows, TrainingSettings settings) {
        if (initialModel == null) {
            return Initialization.initialize(rows, settings, getInitMode(), getInitSteps());
        }
        FloatMatrix given = initialModel.codebook();
        if (given.columns() != rows.dimension()) {
            throw new NsvqException("column '" + getFeaturesCol() + "' has vectors of dimension " + rows.dimension()
                    + ", but the model to start from has " + given.columns() + ": they must be equal");
        }
        FloatMatrix start =
                new FloatMatrix(given.rows(), given.columns(), given.values().clone());
        if (settings.unitLength()) {
            UnitLength.normalize(start.values(), start.columns());
        }
        return start;
    }

    @Override
    public StructType transformSchema(StructType schema) {
        if (weighted()) {
            DataType type = VectorColumn.field(schema, getWeightCol()).dataType();
            if (!(type instanceof NumericType)) {
                throw new NsvqException(
                        "column '" + getWeightCol() + "' should hold weights, but is " + type.catalogString());
            }
        }
        return VQModel.outputSchema(this, schema, getK());
    }

    @Override
    public VQ copy(ParamMap extra) {
        VQ copy = copyValues(new VQ(uid), extra);
        return copy.setInitialModel(initialModel).setListener(listener).setKeepsCheckpoint(keepsCheckpoint);
    }

    @Override
    public MLWriter write() {
        return new Writer(this);
    }

    /** Returns a reader of saved estimators. */
    public static MLReader<VQ> read() {
        return new Reader();
    }

    /** Loads a saved estimator. */
    public static VQ load(String path) {
        return read().load(path);
    }

    private static final String INITIAL_MODEL = "initialModel";

    private static final class Writer extends WholeWriter {
        private final VQ stage;

        Writer(VQ stage) {
            this.stage = stage;
        }

        @Override
        public void saveImpl(String path) {
            boolean warm = stage.initialModel != null;
            StageFiles.save(stage, path, sparkSession(), Map.of(INITIAL_MODEL, warm));
            if (warm) {
                VQModel.Writer model = new VQModel.Writer(stage.initialModel);
                model.session(sparkSession());
                model.saveImpl(path + "/" + INITIAL_MODEL);
            }
        }
    }

    private static final class Reader extends MLReader<VQ> {
        @Override
        public VQ load(String path) {
            StageFiles files = StageFiles.load(path, sparkSession(), VQ.class);
            VQ stage = files.withParams(new VQ(files.uid()));
            return files.booleanValue(INITIAL_MODEL)
                    ? stage.setInitialModel(
                            VQModel.read().session(sparkSession()).load(path + "/" + INITIAL_MODEL))
                    : stage;
        }
    }
}
