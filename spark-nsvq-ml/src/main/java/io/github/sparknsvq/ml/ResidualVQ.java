package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.BalancedTraining;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.joint.JointResult;
import io.github.sparknsvq.core.training.joint.JointSettings;
import io.github.sparknsvq.core.training.joint.JointTraining;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.ResidualVQParams;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.watch.Watch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.StructType;

/**
 * Trains a residual quantizer: each level adds a codeword for the residual of the levels before it (Chen, Guan and
 * Wang, Sensors 2010), so that the first levels of a code are a coarser code. First all levels are trained on the
 * residuals of the levels before, in the same passes; then {@code jointIter} passes encode all rows with {@code beam}
 * and solve for all codewords of all levels together.
 *
 * <p>Semantic IDs for recommenders: {@code balanced} levels, {@code codesCol} for the indices, and {@link
 * ResidualVQModel#withDistinctCodes} for a last digit that tells equal codes apart.
 */
public final class ResidualVQ extends CodeEstimator<ResidualVQ, ResidualVQModel>
        implements ResidualVQParams.OfEstimator<ResidualVQ> {
    private static final long serialVersionUID = 1L;

    /** Makes an estimator with an id of its own. */
    public ResidualVQ() {
        this(Identifiable$.MODULE$.randomUID("rq"));
    }

    /**
     * Makes an estimator.
     *
     * @param uid the stage's id
     */
    public ResidualVQ(String uid) {
        super(uid, ParamSet::residual);
    }

    @Override
    String checkpointName() {
        return "ResidualVQ";
    }

    @Override
    int largestCodebook() {
        return Arrays.stream(levelSizes()).max().orElse(0);
    }

    @Override
    public StructType transformSchema(StructType schema) {
        checkVariableLength();
        long total = Arrays.stream(levelSizes()).asLongStream().sum();
        if (getBalanced()) {
            ResidualQuantizer.checkPriced(total);
        } else if (getJointIter() > 0) {
            JointTraining.checkRoom(total);
        }
        return super.transformSchema(schema);
    }

    @Override
    void checkStart(SharedQuantizer given) {
        checkStart(given, levelSizes());
    }

    @Override
    MLReader<ResidualVQModel> modelReader() {
        return ResidualVQModel.read();
    }

    @Override
    void checkDimension(int dimension) {
        new CodebookLayout(dimension, levelSizes());
    }

    @Override
    ResidualVQModel trainCodes(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, Watch watch) {
        CodebookLayout layout = new CodebookLayout(rows.dimension(), levelSizes());
        ResidualAssignment levels = new ResidualAssignment(layout);
        List<PassRecord> history = new ArrayList<>();
        FloatMatrix start = start(rows, levels, watch);
        double mse = Double.NaN;
        // level by level, codebooks of a model that were trained together would come apart again
        if (startModel() == null || !(getBalanced() || getJointIter() > 0)) {
            TrainingResult greedy = codebooks(rows, levels, start, checkpoint, watch);
            history.addAll(greedy.history());
            start = greedy.codebook();
            mse = levels.meanError(greedy.statistics());
        }
        float[] codewords = start.values();
        float[] prices = null;
        if (getBalanced()) {
            BalancedTraining.Result balanced = balance(rows, levels, start, checkpoint, watch);
            history.addAll(balanced.history());
            mse = levels.meanError(balanced.statistics());
            codewords = balanced.codewords().values();
            prices = balanced.prices();
        } else if (getJointIter() > 0) {
            JointSettings settings =
                    JointSettings.residual().withRounds(getJointIter()).withBeam(getBeam());
            JointResult joint = jointly(rows, settings, start, layout, checkpoint, watch);
            history.addAll(joint.history());
            mse = joint.statistics().meanError();
            codewords = CodebookLayout.concatenated(joint.codebooks());
        }
        SharedQuantizer quantizer =
                SharedQuantizer.residual(layout, codewords, prices, getBeam(), Device.of(getDevice()));
        return trained(new ResidualVQModel(uid(), quantizer.trainedBy(scaling())), rows, mse, history, watch);
    }

    private BalancedTraining.Result balance(
            SparkStatisticsSource rows,
            ResidualAssignment levels,
            FloatMatrix start,
            HadoopCheckpoint checkpoint,
            Watch watch) {
        TrainingSettings settings = settings(levels.layout(), rows.rows()).toBuilder()
                .passes(getBalanceIter(), 0)
                .build();
        TrainingCheckpoint kept =
                kept(checkpoint, HadoopCheckpoint.Part.BALANCE, settings, levels.layout(), rows, start);
        watch.begins("balancing");
        return BalancedTraining.train(rows, levels, settings, start, watch, kept);
    }

    /** Returns a reader of saved estimators. */
    public static MLReader<ResidualVQ> read() {
        return reader(ResidualVQ.class, ResidualVQ::new);
    }

    /** Loads a saved estimator. */
    public static ResidualVQ load(String path) {
        return read().load(path);
    }
}
