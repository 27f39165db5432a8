package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
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
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.StructType;

/**
 * Trains an additive quantizer: a vector is approximated by the sum of one codeword of each codebook, none before the
 * others (Babenko and Lempitsky, CVPR 2014). It starts from residual levels, or at once from the codebooks of an initial
 * model; then {@code jointIter} passes encode all rows and solve for all codewords of all codebooks together.
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
    AdditiveVQModel trainCodes(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, long began) {
        CodebookLayout layout = CodebookLayout.uniform(getNumCodebooks(), 1 << getCodebookBits(), rows.dimension());
        ResidualAssignment levels = new ResidualAssignment(layout);
        FloatMatrix start = start(rows, levels);
        List<PassRecord> history = new ArrayList<>();
        if (startModel() == null) { // those of a model are no levels
            TrainingResult greedy = codebooks(rows, levels, start, checkpoint);
            history.addAll(greedy.history());
            start = greedy.codebook();
        }
        // without any joint pass this still measures the codebooks with the search that the model has
        JointSettings settings = JointSettings.additive()
                .withRounds(getJointIter())
                .withBeam(getBeam())
                .withPolishRounds(getPolishIter());
        JointResult joint = jointly(rows, settings, start, layout, checkpoint);
        history.addAll(joint.history());
        double mse = joint.statistics().meanError();
        float[] codewords = CodebookLayout.concatenated(joint.codebooks());
        SharedQuantizer quantizer = SharedQuantizer.additive(layout, codewords, getBeam(), getPolishIter());
        return trained(new AdditiveVQModel(uid(), quantizer.trainedBy(scaling())), rows, mse, history, began);
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
