package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.ProductVQParams;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * A trained product quantizer as a Pipeline stage: gives each vector the indices of the codewords nearest to its
 * parts.
 */
public final class ProductVQModel extends CodeModel<ProductVQModel> implements ProductVQParams<ProductVQModel> {
    private static final long serialVersionUID = 1L;

    /** Makes a model without codebooks, for Spark Connect to find its class by. */
    public ProductVQModel() {
        this(Identifiable$.MODULE$.randomUID("pq"), null);
    }

    /**
     * Makes a model.
     *
     * @param uid the stage's id
     * @param codebooks what it encodes with
     */
    public ProductVQModel(String uid, SharedQuantizer codebooks) {
        super(uid, codebooks, ParamSet::product);
    }

    @Override
    public ProductVQModel copy(ParamMap extra) {
        return handOver(copyValues(new ProductVQModel(uid(), sharedOrNull()), extra));
    }

    /** Returns a reader of saved models. */
    public static MLReader<ProductVQModel> read() {
        return reader(ProductVQModel.class, SharedQuantizer.Kind.PRODUCT, ProductVQModel::new);
    }

    /** Loads a saved model. */
    public static ProductVQModel load(String path) {
        return read().load(path);
    }
}
