package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.param.TrainingParams;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Objects;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/**
 * What estimators that train codebooks have in common: their setters, and that rows are packed once as float32 and kept on
 * the executors (memory first, disk beyond) while the training lasts.
 *
 * @param <E> the estimator itself
 * @param <M> its model
 */
public abstract class TrainingEstimator<E extends TrainingEstimator<E, M>, M extends Model<M>> extends Estimator<M>
        implements TrainingParams, MLWritable {
    private static final long serialVersionUID = 1L;

    private transient TrainingListener listener = TrainingListener.NONE;
    private boolean keepsCheckpoint;

    /** For the estimators of this package. */
    TrainingEstimator() {}

    /** Returns this, as what it is. */
    abstract E self();

    /** Sets the column of vectors. */
    public E setFeaturesCol(String value) {
        set(featuresCol(), value);
        return self();
    }

    /** Sets the column of the rows' weights. */
    public E setWeightCol(String value) {
        set(weightCol(), value);
        return self();
    }

    /** Sets the passes over the data. */
    public E setMaxIter(int value) {
        set(maxIter(), value);
        return self();
    }

    /** Sets the share of the error that a pass must gain. */
    public E setTol(double value) {
        set(tol(), value);
        return self();
    }

    /** Sets where all chance comes from. */
    public E setSeed(long value) {
        set(seed(), value);
        return self();
    }

    /** Sets where the training starts. */
    public E setInitMode(String value) {
        set(initMode(), value);
        return self();
    }

    /** Sets the distance: euclidean or cosine. */
    public E setDistanceMeasure(String value) {
        set(distanceMeasure(), value);
        return self();
    }

    /** Sets the update rule. */
    public E setUpdater(String value) {
        set(updater(), value);
        return self();
    }

    /** Sets the rows of a step, 0 for automatic. */
    public E setBatchSize(int value) {
        set(batchSize(), value);
        return self();
    }

    /** Sets the steps between two merges. */
    public E setLocalSteps(int value) {
        set(localSteps(), value);
        return self();
    }

    /** Sets the learning rate at the start. */
    public E setLearningRate(double value) {
        set(learningRate(), value);
        return self();
    }

    /** Sets the learning rate at the end of the gradient steps. */
    public E setFinalRate(double value) {
        set(finalRate(), value);
        return self();
    }

    /** Sets how many of the passes are exact k-means passes. */
    public E setLloydIter(int value) {
        set(lloydIter(), value);
        return self();
    }

    /** Sets how idle codewords are replaced. */
    public E setReseeding(String value) {
        set(reseeding(), value);
        return self();
    }

    /** Sets where to search. */
    public E setDevice(String value) {
        set(device(), value);
        return self();
    }

    /** Sets what becomes of invalid vectors. */
    public E setHandleInvalid(String value) {
        set(handleInvalid(), value);
        return self();
    }

    /** Sets the directory that keeps the training's state, empty for none. */
    public E setCheckpointDir(String value) {
        set(checkpointDir(), value);
        return self();
    }

    /** Sets who hears how a training goes on, on the driver. No Param: it is copied, but not saved. */
    public E setListener(TrainingListener value) {
        listener = Objects.requireNonNull(value);
        return self();
    }

    /** Returns who hears how a training goes on. */
    TrainingListener listener() {
        return listener;
    }

    /**
     * Sets whether the checkpoint stays when a training is done, so that a caller who dies before it has saved the model
     * loses nothing: the same training then only finishes. Such a caller deletes the checkpoint itself. No Param: it is
     * copied, but not saved.
     */
    public E setKeepsCheckpoint(boolean value) {
        keepsCheckpoint = value;
        return self();
    }

    /** Gives a copy what is no Param. */
    E handOver(E copy) {
        copy.setListener(listener);
        return copy.setKeepsCheckpoint(keepsCheckpoint);
    }

    /**
     * Trains on packed rows.
     *
     * @param rows the rows
     * @param checkpoint where the training can go on from, or null
     * @param began when the call of fit began, as {@link System#nanoTime} gives it
     */
    abstract M train(SparkStatisticsSource rows, HadoopCheckpoint checkpoint, long began);

    @Override
    public M fit(Dataset<?> dataset) {
        long began = System.nanoTime();
        transformSchema(dataset.schema());
        VectorColumn vectors = VectorColumn.of(dataset.schema(), getFeaturesCol(), cosine());
        String weights = weighted() ? getWeightCol() : null;
        try (HadoopCheckpoint checkpoint = openCheckpoint(dataset.sparkSession());
                SparkStatisticsSource rows = SparkStatisticsSource.pack(dataset, vectors, weights, skipsInvalid())) {
            M model = train(rows, checkpoint, began);
            if (checkpoint != null && !keepsCheckpoint) {
                checkpoint.delete();
            }
            return model;
        }
    }

    /** Opens the directory before any work, so that one that cannot be used is an error at once; null for none. */
    private HadoopCheckpoint openCheckpoint(SparkSession spark) {
        return getCheckpointDir().isEmpty()
                ? null
                : HadoopCheckpoint.open(getCheckpointDir(), SparkInternals.hadoopConfiguration(spark));
    }

    /** Refuses a column of weights that is not there or holds no numbers. */
    void checkWeights(StructType schema) {
        if (weighted()) {
            DataType type = VectorColumn.field(schema, getWeightCol()).dataType();
            if (!(type instanceof NumericType)) {
                throw new NsvqException(
                        "column '" + getWeightCol() + "' should hold weights, but is " + type.catalogString());
            }
        }
    }
}
