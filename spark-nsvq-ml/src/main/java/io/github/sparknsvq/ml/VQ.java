package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.Elbow;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.VQParams;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.watch.Watch;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a vector-quantization codebook on a column of vectors: what {@code KMeans} is for, with the NSVQ rule and
 * its siblings, and at large k.
 *
 * <p>Nothing but the packed vectors is cached. The same seed, data and settings give the same codebook, whatever the
 * number of partitions.
 *
 * <p>Params and their defaults: {@link ParamSet}. Wrong values are refused when they are set.
 */
public final class VQ extends TrainingEstimator<VQ, VQModel> implements VQParams.OfEstimator<VQ> {
    private static final long serialVersionUID = 1L;

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
        super(uid, ParamSet::vq);
    }

    @Override
    MLReader<VQModel> modelReader() {
        return VQModel.read();
    }

    @Override
    VQModel train(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, Watch watch) {
        TrainingSettings settings = trainingSettings(getK(), rows.dimension(), rows.rows());
        checkSize(getK(), "codewords", rows.dimension());
        watch.begins("choosing the first codewords");
        FloatMatrix start = start(rows, settings);
        TrainingCheckpoint kept =
                checkpoint == null ? TrainingCheckpoint.NONE : checkpoint.of(settings, "vq", rows, start);
        watch.begins("training codewords");
        TrainingResult result = CodebookTrainer.train(rows, settings, start, watch, kept);
        SharedQuantizer trained =
                SharedQuantizer.vector(result.codebook(), Device.AUTO).trainedBy(scaling());
        VQModel model = copyValues(new VQModel(uid(), trained), ParamMap.empty());
        VQSummary summary = VQSummary.of(model, result, rows.rows(), watch.seconds());
        return model.withSummary(summary).setParent(this);
    }

    @Override
    void fitted(VQModel model, Dataset<?> dataset) {
        model.summary().predicting(model, dataset);
    }

    /**
     * Trains a codebook of each of several sizes on the same rows, which are packed once: what {@link Elbow} chooses
     * among, given each model's {@code summary().mse()}.
     *
     * @param dataset the rows
     * @param codewords the sizes, in place of {@code k}
     * @return the models, in the order of the sizes
     * @throws NsvqException if no size is given, a size or another param is wrong, or there is {@code checkpointDir},
     *     which is for one training
     */
    public List<VQModel> fitEach(Dataset<?> dataset, int... codewords) {
        NsvqException.unless(codewords.length > 0, "fitEach needs a number of codewords at least");
        NsvqException.unless(
                getCheckpointDir().isEmpty(),
                "checkpointDir = '" + getCheckpointDir() + "' is for one training: fitEach does several");
        Checks.notStreaming(dataset, "trained on");
        List<VQ> each = IntStream.of(codewords)
                .mapToObj(k -> copy(ParamMap.empty()).setK(k))
                .toList();
        each.forEach(one -> one.transformSchema(dataset.schema()));
        try (Watch packing = Watch.open(dataset.sparkSession(), uid(), listener(), System.nanoTime())) {
            return Jobs.run(() -> {
                try (SparkStatisticsSource rows = pack(dataset, packing)) {
                    return each.stream().map(one -> one.trained(rows, dataset)).toList();
                }
            });
        }
    }

    /** Trains one codebook of several on rows that are packed already. */
    private VQModel trained(SparkStatisticsSource rows, Dataset<?> dataset) {
        try (Watch watch = Watch.open(dataset.sparkSession(), uid(), listener(), System.nanoTime())) {
            watch.within("k = " + getK());
            VQModel model = train(rows, null, watch);
            fitted(model, dataset);
            return model;
        }
    }

    /** The same from a list, as Python gives it. */
    public List<VQModel> fitEach(Dataset<?> dataset, List<Integer> codewords) {
        return fitEach(dataset, codewords.stream().mapToInt(Integer::intValue).toArray());
    }

    private FloatMatrix start(StatisticsSource rows, TrainingSettings settings) {
        VQModel model = startModel();
        if (model == null) {
            return Initialization.initialize(rows, settings, InitMode.of(getInitMode()), getInitSteps());
        }
        FloatMatrix given = model.codebook();
        if (given.columns() != rows.dimension()) {
            throw new NsvqException("column '" + getFeaturesCol() + "' has vectors of dimension " + rows.dimension()
                    + ", but the model to start from has " + given.columns() + ": they must be equal");
        }
        FloatMatrix start =
                new FloatMatrix(given.rows(), given.columns(), given.values().clone());
        if (scaling() != null) {
            scaling().apply(given.values(), 0, given.rows(), start.values(), 0);
        }
        if (settings.unitLength()) {
            UnitLength.normalize(start.values(), start.columns());
        }
        return start;
    }

    @Override
    public StructType transformSchema(StructType schema) {
        NsvqException.unless(
                getK() <= 1 << CodeBits.MOST_BITS,
                "k = " + getK() + " is too large: an index of a codeword has at most " + CodeBits.MOST_BITS
                        + " bits, so k is at most " + (1 << CodeBits.MOST_BITS));
        Initialization.checkSize(InitMode.of(getInitMode()), getK());
        VQModel model = findStartModel();
        if (model != null && model.codebook().rows() != getK()) {
            throw new NsvqException("k = " + getK() + ", but the model to start from has "
                    + model.codebook().rows() + " codewords: they must be equal");
        }
        checkWeights(this, schema);
        return VQModel.outputSchema(this, schema, getK());
    }

    /** Returns a reader of saved estimators. */
    public static MLReader<VQ> read() {
        return reader(VQ.class, VQ::new);
    }

    /** Loads a saved estimator. */
    public static VQ load(String path) {
        return read().load(path);
    }
}
