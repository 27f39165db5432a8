package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.TrainingParams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;

/**
 * What estimators that train codebooks have in common: how codewords move, start and are replaced.
 *
 * @param <E> the estimator itself
 * @param <M> its model
 */
public abstract class TrainingEstimator<E extends TrainingEstimator<E, M>, M extends QuantizerModel<M, ?>>
        extends QuantizerEstimator<E, M> implements TrainingParams.OfEstimator<E> {
    private static final long serialVersionUID = 1L;

    private static final String INITIAL_MODEL = "initialModel";

    private M initialModel;

    /** The model that {@code initialModelPath} names, as it was found when the schema was checked. */
    private transient M loadedModel;

    /** For the estimators of this package. */
    TrainingEstimator(String uid, Function<Params, ParamSet> params) {
        super(uid, params);
    }

    /**
     * Starts trainings from a model's codebooks instead of {@code initMode}; null takes that back. No Param, since its
     * value is no JSON, but copied and saved with the estimator; {@code initialModelPath} is one.
     */
    @SuppressWarnings("unchecked") // E is this class
    public E setInitialModel(M model) {
        initialModel = model;
        return (E) this;
    }

    /** Returns the model that trainings start from, or null. */
    public M getInitialModel() {
        return initialModel;
    }

    /** Returns a reader of this estimator's models. */
    abstract MLReader<M> modelReader();

    /**
     * Finds the model that trainings start from, before any work.
     *
     * @return the model, or null if there is none
     * @throws NsvqException if {@code initialModelPath} names none, or there is another one beside it
     */
    M findStartModel() {
        String path = getInitialModelPath();
        NsvqException.unless(
                path.isEmpty() || initialModel == null,
                "initialModelPath = '" + path + "', but setInitialModel gave a model, too: give one");
        loadedModel = path.isEmpty() ? null : modelReader().load(path);
        return startModel();
    }

    /** Returns the model that trainings start from, as {@link #findStartModel} found it, or null. */
    M startModel() {
        return initialModel == null ? loadedModel : initialModel;
    }

    @Override
    public E copy(ParamMap extra) {
        return super.copy(extra).setInitialModel(initialModel);
    }

    @Override
    public MLWriter write() {
        return new ParamsWriter(this, Map.of(INITIAL_MODEL, initialModel != null)) {
            @Override
            public void saveImpl(String path) {
                super.saveImpl(path);
                if (initialModel != null) {
                    try {
                        initialModel.write().session(sparkSession()).save(initialModelPath(path));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        };
    }

    /** Returns a reader of saved estimators, with the models that their trainings start from. */
    static <E extends TrainingEstimator<E, M>, M extends QuantizerModel<M, ?>> MLReader<E> reader(
            Class<E> type, Function<String, E> make) {
        return new StageReader<>(type, (files, spark) -> {
            E stage = make.apply(files.uid());
            return files.booleanValue(INITIAL_MODEL)
                    ? stage.setInitialModel(stage.modelReader().session(spark).load(initialModelPath(files.path())))
                    : stage;
        });
    }

    private static String initialModelPath(String path) {
        return path + "/" + INITIAL_MODEL;
    }
}
