package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.AdditiveVQParams;
import io.github.sparknsvq.ml.param.ParamSet;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * A trained additive quantizer as a Pipeline stage: gives each vector a codeword of each codebook, none before the
 * others.
 */
public final class AdditiveVQModel extends CodeModel<AdditiveVQModel> implements AdditiveVQParams<AdditiveVQModel> {
    private static final long serialVersionUID = 1L;

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
        super(uid, codebooks, ParamSet::additive);
    }

    @Override
    SharedQuantizer searched(SharedQuantizer current) {
        return current.withSearch(getBeam(), getPolishIter()).withWeights(scaling());
    }

    @Override
    public AdditiveVQModel copy(ParamMap extra) {
        return handOver(copyValues(new AdditiveVQModel(uid(), sharedOrNull()), extra));
    }

    /** Returns a reader of saved models. */
    public static MLReader<AdditiveVQModel> read() {
        return reader(AdditiveVQModel.class, SharedQuantizer.Kind.ADDITIVE, AdditiveVQModel::new);
    }

    /** Loads a saved model. */
    public static AdditiveVQModel load(String path) {
        return read().load(path);
    }
}
