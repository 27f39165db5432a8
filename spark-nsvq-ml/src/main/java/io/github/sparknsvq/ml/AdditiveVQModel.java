package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.AdditiveVQParamSet;
import io.github.sparknsvq.ml.param.AdditiveVQParams;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * A trained additive quantizer as a Pipeline stage: gives each vector a codeword of each codebook, none before the others.
 */
public final class AdditiveVQModel extends CodeModel<AdditiveVQModel> implements AdditiveVQParams {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final AdditiveVQParamSet params;

    /** Makes a model without codebooks, for Spark Connect to find its class by. */
    public AdditiveVQModel() {
        this(Identifiable$.MODULE$.randomUID("aq"), null);
    }

    /**
     * Makes a model.
     *
     * @param uid the stage's id
     * @param codebooks what it encodes with
     */
    public AdditiveVQModel(String uid, SharedQuantizer codebooks) {
        super(codebooks);
        this.uid = uid;
        this.params = new AdditiveVQParamSet(this);
        params.setDefaults(this);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public AdditiveVQParamSet paramSet() {
        return params;
    }

    @Override
    AdditiveVQModel self() {
        return this;
    }

    /** Sets how many sums the search for a code keeps. */
    public AdditiveVQModel setBeam(int value) {
        set(beam(), value);
        return this;
    }

    /** Sets the rounds in which codewords are replaced one by one. */
    public AdditiveVQModel setPolishIter(int value) {
        set(polishIter(), value);
        return this;
    }

    @Override
    SharedQuantizer searched(SharedQuantizer current) {
        return current.withSearch(getBeam(), getPolishIter());
    }

    @Override
    public AdditiveVQModel copy(ParamMap extra) {
        return handOver(copyValues(new AdditiveVQModel(uid, shared()), extra));
    }

    /** Returns a reader of saved models. */
    public static MLReader<AdditiveVQModel> read() {
        return new QuantizerModelReader<>(AdditiveVQModel.class, SharedQuantizer.Kind.ADDITIVE, AdditiveVQModel::new);
    }

    /** Loads a saved model. */
    public static AdditiveVQModel load(String path) {
        return read().load(path);
    }
}
