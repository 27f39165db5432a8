package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.Scaling;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.QuantizerParams;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.Watch;
import java.util.function.Function;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/**
 * What estimators of quantizers have in common: rows are packed once as float32 and kept on the executors
 * (memory first, disk beyond) while the training lasts.
 *
 * @param <E> the estimator itself
 * @param <M> its model
 */
public abstract class QuantizerEstimator<E extends QuantizerEstimator<E, M>, M extends Model<M>>
        extends NsvqEstimator<E, M> implements QuantizerParams.OfEstimator<E> {
    private static final long serialVersionUID = 1L;

    /** For the estimators of this package. */
    QuantizerEstimator(String uid, Function<Params, ParamSet> params) {
        super(uid, params);
    }

    /**
     * Trains on packed rows.
     *
     * @param rows the rows
     * @param checkpoint where the training can go on from, or null
     * @param watch follows the work since the call of fit
     */
    abstract M train(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, Watch watch);

    /** Takes note of what a model was trained on. */
    void fitted(M model, Dataset<?> dataset) {}

    @Override
    public M fit(Dataset<?> dataset) {
        long began = System.nanoTime();
        Checks.notStreaming(dataset, "trained on");
        transformSchema(dataset.schema());
        return watched(dataset.sparkSession(), began, (checkpoint, watch) -> {
            try (SparkStatisticsSource rows = pack(dataset, watch)) {
                M model = train(rows, checkpoint, watch);
                fitted(model, dataset);
                return model;
            }
        });
    }

    /** Packs the rows of a data set, scaled by the weights of dimensions, in one job. */
    final SparkStatisticsSource pack(Dataset<?> dataset, Watch watch) {
        watch.begins("packing rows");
        Scaling scaling = scaling();
        VectorColumn vectors =
                VectorColumn.of(dataset.schema(), getFeaturesCol(), cosine()).weighted(scaling);
        String weights = weighted() ? getWeightCol() : null;
        SparkStatisticsSource rows = SparkStatisticsSource.pack(dataset, vectors, weights, skipsInvalid());
        if (scaling != null && scaling.inputDimension() != rows.dimension()) {
            rows.close();
            throw new NsvqException("dimensionWeights has " + scaling.inputDimension() + " weights, but column '"
                    + getFeaturesCol() + "' has vectors of dimension " + rows.dimension()
                    + ": one for each is needed");
        }
        return rows;
    }

    /** Refuses a column of weights that is not there or holds no numbers. */
    static void checkWeights(QuantizerParams<?> params, StructType schema) {
        if (params.weighted()) {
            VectorColumn.type(schema, params.getWeightCol(), "weights", NumericType.class::isInstance);
        }
    }

    /** Returns how many codewords of a dimension fit one array. */
    static int mostCodewords(int dimension) {
        return (Integer.MAX_VALUE - 8) / dimension;
    }

    /** Refuses more codewords, or corners, than fit one array. */
    static void checkSize(int k, String what, int dimension) {
        NsvqException.unless(
                k <= mostCodewords(dimension),
                "k = " + k + " " + what + " of dimension " + dimension
                        + " do not fit: k times the dimension must stay below 2^31, so k at most "
                        + mostCodewords(dimension));
    }
}
