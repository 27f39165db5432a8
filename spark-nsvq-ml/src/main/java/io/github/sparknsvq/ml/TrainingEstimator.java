package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.TrainingParams;
import java.util.function.Function;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Params;

/**
 * What estimators that train codebooks have in common: how codewords move, start and are replaced.
 *
 * @param <E> the estimator itself
 * @param <M> its model
 */
public abstract class TrainingEstimator<E extends TrainingEstimator<E, M>, M extends Model<M>>
        extends QuantizerEstimator<E, M> implements TrainingParams.OfEstimator<E> {
    private static final long serialVersionUID = 1L;

    /** For the estimators of this package. */
    TrainingEstimator(String uid, Function<Params, ParamSet> params) {
        super(uid, params);
    }
}
