package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.ResidualVQParams;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * A trained residual quantizer as a Pipeline stage: gives each vector a codeword of each level.
 */
public final class ResidualVQModel extends CodeModel<ResidualVQModel> implements ResidualVQParams<ResidualVQModel> {
    private static final long serialVersionUID = 1L;

    /** Makes a model without codebooks, for Spark Connect to find its class by. */
    public ResidualVQModel() {
        this(Identifiable$.MODULE$.randomUID("rq"), null);
    }

    /**
     * Makes a model.
     *
     * @param uid the stage's id
     * @param codebooks what it encodes with
     */
    public ResidualVQModel(String uid, SharedQuantizer codebooks) {
        super(uid, codebooks, ParamSet::residual);
    }

    @Override
    SharedQuantizer searched(SharedQuantizer current) {
        // a code that may end early is the best at each of its levels, not the best of all codes with all levels
        return super.searched(current).withSearch(variableLength() ? 1 : getBeam(), 0);
    }

    @Override
    double codeEnds() {
        return getErrorThreshold();
    }

    /**
     * Adds a last digit to codes that tells rows with equal codes apart: 0, 1, 2 and so on in the order of a column.
     * {@link DistinctCodes} does it as a stage.
     *
     * @param encoded what {@link #transform} gave, with {@code codesCol}
     * @param orderCol a column by which rows with the same code are ordered, such as their id; it should be
     *     unique, so that the digits are always the same
     * @return the data set, with one element more in {@code codesCol}
     * @throws NsvqException if a column is not there
     */
    public Dataset<Row> withDistinctCodes(Dataset<?> encoded, String orderCol) {
        if (getCodesCol().isEmpty()) {
            throw new NsvqException("codesCol is empty: it must name the column of codes to tell apart");
        }
        return new DistinctCodes().setCodesCol(getCodesCol()).setIdCol(orderCol).transform(encoded);
    }

    @Override
    public StructType transformSchema(StructType schema) {
        checkVariableLength();
        return super.transformSchema(schema);
    }

    @Override
    public ResidualVQModel copy(ParamMap extra) {
        return handOver(copyValues(new ResidualVQModel(uid(), sharedOrNull()), extra));
    }

    /** Returns a reader of saved models. */
    public static MLReader<ResidualVQModel> read() {
        return reader(ResidualVQModel.class, SharedQuantizer.Kind.RESIDUAL, ResidualVQModel::new);
    }

    /** Loads a saved model. */
    public static ResidualVQModel load(String path) {
        return read().load(path);
    }
}
