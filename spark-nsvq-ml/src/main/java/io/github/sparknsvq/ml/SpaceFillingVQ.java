package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.curve.CurveResult;
import io.github.sparknsvq.core.training.curve.CurveTraining;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.SpaceFillingVQParams;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.watch.Watch;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a space-filling curve on a column of vectors: a line of {@code k} corners that runs through the data, so
 * that vectors that are near along it are near each other (Vali and Bäckström, Interspeech 2023). A vector becomes
 * the segment of the line that is nearest and the position of its nearest point.
 *
 * <p>Training begins with four corners and doubles them until there are {@code k}, a power of two; {@code maxIter} is
 * the number of passes for each number of corners, so that there are {@code maxIter} times {@code log2(k) - 1}, and
 * then {@code exactIter}. The same seed, data and settings give the same line, whatever the number of partitions.
 *
 * <p>Params and their defaults: {@link ParamSet}. Wrong values are refused when they are set.
 */
public final class SpaceFillingVQ extends QuantizerEstimator<SpaceFillingVQ, SpaceFillingVQModel>
        implements SpaceFillingVQParams.OfEstimator<SpaceFillingVQ> {
    private static final long serialVersionUID = 1L;

    /** Makes an estimator with an id of its own. */
    public SpaceFillingVQ() {
        this(Identifiable$.MODULE$.randomUID("sfvq"));
    }

    /**
     * Makes an estimator.
     *
     * @param uid the stage's id
     */
    public SpaceFillingVQ(String uid) {
        super(uid, ParamSet::spaceFilling);
    }

    @Override
    SpaceFillingVQModel train(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, Watch watch) {
        TrainingSettings settings = trainingSettings();
        checkSize(getK(), "corners", rows.dimension());
        TrainingCheckpoint kept = checkpoint == null ? TrainingCheckpoint.NONE : kept(checkpoint, settings, rows);
        watch.begins("training the line");
        CurveResult result = CurveTraining.train(rows, settings, watch, kept);
        SpaceFillingVQSummary summary = SpaceFillingVQSummary.of(result, rows.rows(), watch.seconds());
        SpaceFillingVQModel model = copyValues(new SpaceFillingVQModel(uid(), result.corners()), ParamMap.empty());
        return model.withSummary(summary).setParent(this);
    }

    private static TrainingCheckpoint kept(
            HadoopCheckpoint checkpoint, TrainingSettings settings, SparkStatisticsSource rows) {
        TrainingSettings whole = settings.toBuilder()
                .passes(CurveTraining.passes(settings), settings.lloydIter())
                .build();
        int d = rows.dimension();
        int k = settings.codewords();
        // no corners are given to start from; of a state there are as many values
        return checkpoint.of(whole, "sfvq", rows, new FloatMatrix(k, d, new float[k * d]));
    }

    @Override
    public StructType transformSchema(StructType schema) {
        checkWeights(this, schema);
        return SpaceFillingVQModel.outputSchema(this, schema, getK());
    }

    /** Returns a reader of saved estimators. */
    public static MLReader<SpaceFillingVQ> read() {
        return new StageReader<>(SpaceFillingVQ.class, (files, spark) -> new SpaceFillingVQ(files.uid()));
    }

    /** Loads a saved estimator. */
    public static SpaceFillingVQ load(String path) {
        return read().load(path);
    }
}
