package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.joint.JointResult;
import io.github.sparknsvq.core.training.joint.JointSettings;
import io.github.sparknsvq.core.training.joint.JointTraining;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.AdditiveVQParams;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.SumParams;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.watch.Watch;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.StructType;

/**
 * Trains an additive quantizer: a vector is approximated by the sum of one codeword of each codebook, none before the
 * others (Babenko and Lempitsky, CVPR 2014). It starts from the codebooks of a product quantizer if their number
 * divides the dimension, otherwise from residual levels, or at once from those of an initial model; then {@code
 * jointIter} passes encode all rows and solve for all codewords of all codebooks together.
 *
 * <p>The smallest error of all quantizers of the same code size, and the slowest encoding.
 */
public final class AdditiveVQ extends CodeEstimator<AdditiveVQ, AdditiveVQModel>
        implements AdditiveVQParams<AdditiveVQ>, SumParams.OfEstimator<AdditiveVQ> {
    private static final long serialVersionUID = 1L;

    /** Makes an estimator with an id of its own. */
    public AdditiveVQ() {
        this(Identifiable$.MODULE$.randomUID("aq"));
    }

    /**
     * Makes an estimator.
     *
     * @param uid the stage's id
     */
    public AdditiveVQ(String uid) {
        super(uid, ParamSet::additive);
    }

    @Override
    String checkpointName() {
        return "AdditiveVQ";
    }

    @Override
    public StructType transformSchema(StructType schema) {
        AdditiveQuantizer.checkCodewords((long) getNumCodebooks() << getCodebookBits());
        JointTraining.checkRoom((long) getNumCodebooks() << getCodebookBits());
        return super.transformSchema(schema);
    }

    @Override
    MLReader<AdditiveVQModel> modelReader() {
        return AdditiveVQModel.read();
    }

    @Override
    void checkDimension(int dimension) {
        CodebookLayout.uniform(getNumCodebooks(), 1 << getCodebookBits(), dimension);
    }

    @Override
    AdditiveVQModel trainCodes(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, Watch watch) {
        CodebookLayout layout = CodebookLayout.uniform(getNumCodebooks(), 1 << getCodebookBits(), rows.dimension());
        List<PassRecord> history = new ArrayList<>();
        boolean parts = startsFromParts(rows.dimension(), checkpoint);
        FloatMatrix start =
                parts ? parts(rows, checkpoint, history, watch) : levels(rows, layout, checkpoint, history, watch);
        // without any joint pass this still measures the codebooks with the search that the model has
        JointSettings settings = (parts ? JointSettings.additiveFromParts() : JointSettings.additive())
                .withRounds(getJointIter())
                .withBeam(getBeam())
                .withPolishRounds(getPolishIter());
        JointResult joint = jointly(rows, settings, start, layout, checkpoint, watch);
        history.addAll(joint.history());
        double mse = joint.statistics().meanError();
        float[] codewords = CodebookLayout.concatenated(joint.codebooks());
        SharedQuantizer quantizer = SharedQuantizer.additive(layout, codewords, getBeam(), getPolishIter());
        return trained(new AdditiveVQModel(uid(), quantizer.trainedBy(scaling())), rows, mse, history, watch);
    }

    /**
     * Whether to start from the codebooks of a product quantizer: from there the joint passes end at a lower error
     * than from levels, and they take a fraction of the time. A training that an earlier revision began with levels
     * goes on with them.
     */
    private boolean startsFromParts(int dimension, HadoopCheckpoint checkpoint) {
        return startModel() == null
                && getJointIter() > 0
                && getNumCodebooks() > 1
                && dimension % getNumCodebooks() == 0
                && (checkpoint == null || !checkpoint.holds(HadoopCheckpoint.Part.CODEBOOKS));
    }

    /** Trains codewords of parts of rows, and returns them as codewords of whole rows, 0 in all other parts. */
    private FloatMatrix parts(
            SparkStatisticsSource rows, HadoopCheckpoint checkpoint, List<PassRecord> history, Watch watch) {
        int d = rows.dimension();
        int k = 1 << getCodebookBits();
        ProductAssignment parts = new ProductAssignment(d, getNumCodebooks(), k);
        TrainingSettings.Builder settings = settings(parts.layout(), rows.rows()).toBuilder();
        if (!isSet(learningRate())) { // its default is for levels
            settings.learningRate(TrainingSettings.of(1).learningRate(), getFinalRate());
        }
        FloatMatrix start = start(rows, parts, watch);
        TrainingResult trained =
                codebooks(rows, parts, settings.build(), start, checkpoint, HadoopCheckpoint.Part.PARTS, watch);
        history.addAll(trained.history());
        float[] from = trained.codebook().values();
        int size = trained.codebook().columns();
        FloatMatrix whole = new FloatMatrix(from.length / size, d, new float[from.length / size * d]);
        for (int c = 0; c < whole.rows(); c++) {
            System.arraycopy(from, c * size, whole.values(), c * d + c / k * size, size);
        }
        return whole;
    }

    /** Trains codewords level by level, or returns those of a model to start from, which are no levels. */
    private FloatMatrix levels(
            SparkStatisticsSource rows,
            CodebookLayout layout,
            HadoopCheckpoint kept,
            List<PassRecord> history,
            Watch watch) {
        ResidualAssignment levels = new ResidualAssignment(layout);
        FloatMatrix start = start(rows, levels, watch);
        if (startModel() != null) {
            return start;
        }
        TrainingResult greedy = codebooks(rows, levels, start, kept, watch);
        history.addAll(greedy.history());
        return greedy.codebook();
    }

    /** Returns a reader of saved estimators. */
    public static MLReader<AdditiveVQ> read() {
        return reader(AdditiveVQ.class, AdditiveVQ::new);
    }

    /** Loads a saved estimator. */
    public static AdditiveVQ load(String path) {
        return read().load(path);
    }
}
