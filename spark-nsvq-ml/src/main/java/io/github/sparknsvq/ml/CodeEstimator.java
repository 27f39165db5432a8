package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.joint.JointResult;
import io.github.sparknsvq.core.training.joint.JointSettings;
import io.github.sparknsvq.core.training.joint.JointTraining;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.CodeParams;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.watch.Watch;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.types.StructType;

/**
 * What estimators of quantizers with several codebooks have in common. All codebooks are trained in the same passes
 * over the data.
 *
 * @param <E> the estimator itself
 * @param <M> its model
 */
public abstract class CodeEstimator<E extends CodeEstimator<E, M>, M extends CodeModel<M>>
        extends TrainingEstimator<E, M> implements CodeParams.OfEstimator<E> {
    private static final long serialVersionUID = 1L;

    /** For the estimators of this package. */
    CodeEstimator(String uid, Function<Params, ParamSet> params) {
        super(uid, params);
    }

    /** Returns the number of codewords of the largest codebook. */
    int largestCodebook() {
        return 1 << getCodebookBits();
    }

    /** Returns this estimator's name in the fingerprints of checkpoints, the same in all releases. */
    abstract String checkpointName();

    /**
     * Refuses vectors that this quantizer cannot be trained on.
     *
     * @param dimension of the vectors
     * @throws io.github.sparknsvq.core.NsvqException if there can be no such codebooks
     */
    abstract void checkDimension(int dimension);

    /** Trains on packed rows of a dimension that was checked. */
    abstract M trainCodes(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, Watch watch);

    @Override
    final M train(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, Watch watch) {
        checkDimension(rows.dimension());
        return trainCodes(rows, checkpoint, watch);
    }

    /**
     * Returns the settings of the training in core; the codewords themselves are not scaled under cosine distance.
     */
    TrainingSettings settings(CodebookLayout layout, long rows) {
        return trainingSettings(layout.largest(), layout.dimension(), rows).toBuilder()
                .unitLength(false)
                .build();
    }

    /** Chooses codewords to start from: those of a model, if there is one. */
    FloatMatrix start(SparkStatisticsSource rows, Assignment assignment, Watch watch) {
        watch.begins("choosing the first codewords");
        M model = startModel();
        if (model != null) {
            SharedQuantizer given = model.shared();
            NsvqException.unless(
                    given.dimension() == rows.dimension(),
                    "column '" + getFeaturesCol() + "' has vectors of dimension " + rows.dimension()
                            + ", but the model to start from has " + given.dimension() + ": they must be equal");
            float[] codewords = given.withWeights(scaling()).scaledCodewords().clone();
            CodebookLayout layout = assignment.layout();
            return new FloatMatrix(layout.total(), layout.dimension(), codewords);
        }
        return Initialization.initialize(
                rows, assignment, settings(assignment.layout(), rows.rows()), InitMode.of(getInitMode()));
    }

    /** Trains codebooks. */
    TrainingResult codebooks(
            SparkStatisticsSource rows,
            Assignment assignment,
            FloatMatrix start,
            HadoopCheckpoint checkpoint,
            Watch watch) {
        TrainingSettings settings = settings(assignment.layout(), rows.rows());
        return codebooks(rows, assignment, settings, start, checkpoint, HadoopCheckpoint.Part.CODEBOOKS, watch);
    }

    /** Trains codebooks as a part of the training. */
    TrainingResult codebooks(
            SparkStatisticsSource rows,
            Assignment assignment,
            TrainingSettings settings,
            FloatMatrix start,
            HadoopCheckpoint checkpoint,
            HadoopCheckpoint.Part part,
            Watch watch) {
        TrainingCheckpoint kept = kept(checkpoint, part, settings, assignment.layout(), rows, start);
        watch.begins("training codebooks");
        return CodebookTrainer.train(rows, assignment, settings, start, watch, kept);
    }

    /** Trains codebooks whose codewords are added up, all together, from what the training level by level gave. */
    JointResult jointly(
            SparkStatisticsSource rows,
            JointSettings joint,
            FloatMatrix start,
            CodebookLayout layout,
            HadoopCheckpoint checkpoint,
            Watch watch) {
        TrainingSettings settings = settings(layout, rows.rows()).toBuilder()
                .passes(joint.rounds(), 0)
                .build();
        TrainingCheckpoint kept = checkpoint == null
                ? TrainingCheckpoint.NONE
                : checkpoint.part(HadoopCheckpoint.Part.JOINT).of(settings, joint.checkpointKey(), rows, start);
        List<FloatMatrix> codebooks = layout.codebooks(start.values());
        watch.begins("training codebooks jointly");
        return JointTraining.train(rows, joint.withSeed(getSeed()), codebooks, watch, kept);
    }

    /**
     * Returns the checkpoint of a part of the training.
     *
     * @param checkpoint of the whole training, or null
     * @param settings what is asked for, with the part's number of passes
     */
    TrainingCheckpoint kept(
            HadoopCheckpoint checkpoint,
            HadoopCheckpoint.Part part,
            TrainingSettings settings,
            CodebookLayout layout,
            SparkStatisticsSource rows,
            FloatMatrix start) {
        return checkpoint == null
                ? TrainingCheckpoint.NONE
                : checkpoint.part(part).of(settings, checkpointName() + " " + layout.checkpointKey(), rows, start);
    }

    /**
     * Refuses a model to start from that has codebooks of another shape.
     *
     * @throws NsvqException if it has
     */
    void checkStart(SharedQuantizer given) {
        checkStart(given, uniform(getNumCodebooks(), 1 << getCodebookBits()));
    }

    static int[] uniform(int codebooks, int codewords) {
        int[] sizes = new int[codebooks];
        Arrays.fill(sizes, codewords);
        return sizes;
    }

    static void checkStart(SharedQuantizer given, int[] sizes) {
        NsvqException.unless(
                Arrays.equals(given.layout().sizes(), sizes),
                "codebooks of " + Arrays.toString(sizes) + " codewords are to be trained, but the model to start from"
                        + " has codebooks of " + Arrays.toString(given.layout().sizes()) + ": they must be equal");
    }

    /** Completes a model that was just trained: with the params, the summary, and this as its parent. */
    M trained(M model, SparkStatisticsSource rows, double mse, List<PassRecord> history, Watch watch) {
        return copyValues(model, ParamMap.empty())
                .withSummary(CodeSummary.of(rows.rows(), mse, history, watch.seconds()))
                .setParent(this);
    }

    @Override
    public StructType transformSchema(StructType schema) {
        Initialization.checkForSeveral(InitMode.of(getInitMode()));
        Initialization.checkSize(InitMode.of(getInitMode()), largestCodebook());
        checkWeights(this, schema);
        M model = findStartModel();
        if (model != null) {
            checkStart(model.shared());
        }
        return CodeModel.outputSchema(this, schema);
    }
}
