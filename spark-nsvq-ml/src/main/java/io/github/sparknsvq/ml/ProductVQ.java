package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.RotationTraining;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.assign.RotatedAssignment;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.ProductVQParams;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.watch.Watch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * Trains a product quantizer: vectors are cut into {@code numCodebooks} equal parts, each with a codebook of its own
 * (Jegou, Douze and Schmid, TPAMI 2011); with {@code rotation} opq they are rotated first, by a rotation found on the
 * data (Ge, He, Ke and Sun, TPAMI 2014).
 *
 * <p>Codes take {@code numCodebooks * codebookBits} bits. All codebooks are trained on all rows in the same passes.
 */
public final class ProductVQ extends CodeEstimator<ProductVQ, ProductVQModel>
        implements ProductVQParams.OfEstimator<ProductVQ> {
    private static final long serialVersionUID = 1L;

    /** Makes an estimator with an id of its own. */
    public ProductVQ() {
        this(Identifiable$.MODULE$.randomUID("pq"));
    }

    /**
     * Makes an estimator.
     *
     * @param uid the stage's id
     */
    public ProductVQ(String uid) {
        super(uid, ParamSet::product);
    }

    @Override
    String checkpointName() {
        return "ProductVQ";
    }

    @Override
    MLReader<ProductVQModel> modelReader() {
        return ProductVQModel.read();
    }

    @Override
    void checkDimension(int dimension) {
        ProductQuantizer.checkShape(dimension, getNumCodebooks(), getCodebookBits());
        if (getRotation().equals("opq")) {
            Rotation.checkDimension(dimension);
            new CodebookLayout(dimension, getNumCodebooks() << getCodebookBits()); // sums of whole rows
        }
    }

    @Override
    void checkStart(SharedQuantizer given) {
        super.checkStart(given);
        NsvqException.unless(
                (given.rotation() != null) == getRotation().equals("opq"),
                "rotation = '" + getRotation() + "', but the model to start from has "
                        + (given.rotation() == null ? "no rotation" : "one, which stays: it must be opq"));
        NsvqException.unless(
                given.rotation() == null || Objects.equals(given.scaling(), scaling()),
                "dimensionWeights must be those of the model to start from, since its codewords are behind a"
                        + " rotation that was found with them");
    }

    @Override
    ProductVQModel trainCodes(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, Watch watch) {
        ProductAssignment parts = new ProductAssignment(rows.dimension(), getNumCodebooks(), 1 << getCodebookBits());
        CodebookLayout layout = parts.layout();
        FloatMatrix start = start(rows, parts, watch);
        List<PassRecord> history = new ArrayList<>();
        Assignment assignment = parts;
        Rotation rotation = null;
        if (startModel() != null) {
            rotation = startModel().shared().rotation();
            assignment = rotation == null ? parts : new RotatedAssignment(rotation, parts);
        } else if (getRotation().equals("opq")) {
            RotationTraining.Result rotated = rotate(rows, parts, start, checkpoint, watch);
            rotation = rotated.rotation();
            start = rotated.codewords();
            history.addAll(rotated.history());
            assignment = new RotatedAssignment(rotation, parts);
        }
        TrainingResult result = codebooks(rows, assignment, start, checkpoint, watch);
        history.addAll(result.history());
        SharedQuantizer quantizer =
                SharedQuantizer.product(layout, result.codebook().values(), rotation, Device.of(getDevice()));
        double mse = assignment.meanError(result.statistics());
        return trained(new ProductVQModel(uid(), quantizer.trainedBy(scaling())), rows, mse, history, watch);
    }

    private RotationTraining.Result rotate(
            SparkStatisticsSource rows,
            ProductAssignment parts,
            FloatMatrix start,
            HadoopCheckpoint checkpoint,
            Watch watch) {
        TrainingSettings settings = settings(parts.layout(), rows.rows()).toBuilder()
                .passes(getRotationIter(), 0)
                .build();
        TrainingCheckpoint kept =
                kept(checkpoint, HadoopCheckpoint.Part.ROTATION, settings, parts.layout(), rows, start);
        watch.begins("training the rotation");
        return RotationTraining.train(rows, parts, settings, start, watch, kept);
    }

    /** Returns a reader of saved estimators. */
    public static MLReader<ProductVQ> read() {
        return reader(ProductVQ.class, ProductVQ::new);
    }

    /** Loads a saved estimator. */
    public static ProductVQ load(String path) {
        return read().load(path);
    }
}
