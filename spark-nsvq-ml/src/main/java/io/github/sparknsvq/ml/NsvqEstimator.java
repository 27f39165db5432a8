package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.StageParams;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.watch.Watch;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.SparkSession;

/**
 * What all estimators of spark-nsvq have in common: their params, their checkpoint, and how they are copied and
 * saved.
 *
 * @param <E> the estimator itself
 * @param <M> its model
 */
public abstract class NsvqEstimator<E extends NsvqEstimator<E, M>, M extends Model<M>> extends Estimator<M>
        implements StageParams.OfEstimator<E>, MLWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final ParamSet params;
    private transient TrainingListener listener = TrainingListener.NONE;
    private boolean keepsCheckpoint;

    /** For the estimators of this package. */
    NsvqEstimator(String uid, Function<Params, ParamSet> params) {
        this.uid = uid;
        this.params = params.apply(this);
    }

    @Override
    public final String uid() {
        return uid;
    }

    @Override
    public final ParamSet paramSet() {
        return params;
    }

    @SuppressWarnings("unchecked") // E is this class
    private E self() {
        return (E) this;
    }

    /**
     * Sets the listener that hears of the training's passes, on the driver. No Param: it is copied, but not saved.
     */
    public E setListener(TrainingListener value) {
        listener = Objects.requireNonNull(value);
        return self();
    }

    /** Returns the listener that hears of the training's passes. */
    TrainingListener listener() {
        return listener;
    }

    /**
     * Sets whether the checkpoint stays when fit is done, so that a caller who dies before it has saved the model
     * loses nothing: the same training then only finishes. Such a caller deletes the checkpoint itself. No Param: it
     * is copied, but not saved.
     */
    public E setKeepsCheckpoint(boolean value) {
        keepsCheckpoint = value;
        return self();
    }

    /**
     * Trains with the checkpoint that {@code checkpointDir} names, and deletes it after that unless it is to be kept.
     * It is opened before any work, so that a directory that cannot be used is an error at once. What spark-nsvq says
     * in a task is thrown alone, as {@link Jobs} does.
     *
     * @param began when the call of fit began, as {@link System#nanoTime} gives it
     * @param training takes the checkpoint, null for none, and what follows the work
     */
    M watched(SparkSession spark, long began, BiFunction<HadoopCheckpoint, Watch, M> training) {
        try (Watch watch = Watch.open(spark, uid, listener, began)) {
            if (getCheckpointDir().isEmpty()) {
                return Jobs.run(() -> training.apply(null, watch));
            }
            try (HadoopCheckpoint checkpoint =
                    HadoopCheckpoint.open(getCheckpointDir(), SparkInternals.hadoopConfiguration(spark))) {
                M model = Jobs.run(() -> training.apply(checkpoint, watch));
                if (!keepsCheckpoint) {
                    checkpoint.delete();
                }
                return model;
            }
        }
    }

    @Override
    public E copy(ParamMap extra) {
        E copy = defaultCopy(extra);
        copy.setListener(listener);
        return copy.setKeepsCheckpoint(keepsCheckpoint);
    }

    @Override
    public MLWriter write() {
        return new ParamsWriter(this, Map.of());
    }
}
