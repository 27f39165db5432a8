package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.ml.param.VQParamSet;
import io.github.sparknsvq.ml.param.VQParams;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.saving.WholeWriter;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import java.util.Map;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a vector-quantization codebook on a column of vectors: what {@code KMeans} is for, with the NSVQ rule and its
 * siblings, and at large k.
 *
 * <p>Nothing but the packed vectors is cached. The same seed, data and settings give the same codebook, whatever the number of
 * partitions, as long as {@code localSteps} is 1.
 *
 * <p>Params and their defaults: {@link io.github.sparknsvq.ml.param.TrainingParamSet} and {@link VQParamSet}. Wrong values
 * are refused when they are set.
 */
public final class VQ extends TrainingEstimator<VQ, VQModel> implements VQParams {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final VQParamSet params;
    private VQModel initialModel;

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
    VQ self() {
        return this;
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

    /** Sets the rounds of k-means||. */
    public VQ setInitSteps(int value) {
        set(initSteps(), value);
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

    @Override
    VQModel train(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, long began) {
        TrainingSettings settings = trainingSettings(getK());
        checkSize(rows.dimension());
        FloatMatrix start = start(rows, settings);
        TrainingCheckpoint kept =
                checkpoint == null ? TrainingCheckpoint.NONE : checkpoint.of(settings, "vq", rows, start);
        TrainingResult result = CodebookTrainer.train(rows, settings, start, listener(), kept);
        VQSummary summary = VQSummary.of(result, rows.rows(), (System.nanoTime() - began) / 1e9);
        VQModel model = copyValues(new VQModel(uid, result.codebook()), ParamMap.empty());
        return model.withSummary(summary).setParent(this);
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
        if (initialModel != null && initialModel.codebook().rows() != getK()) {
            throw new NsvqException("k = " + getK() + ", but the model to start from has "
                    + initialModel.codebook().rows() + " codewords: they must be equal");
        }
        checkWeights(schema);
        return VQModel.outputSchema(this, schema, getK());
    }

    @Override
    public VQ copy(ParamMap extra) {
        return handOver(copyValues(new VQ(uid), extra).setInitialModel(initialModel));
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
                QuantizerModelWriter model = new QuantizerModelWriter(stage.initialModel);
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
