package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.encoding.CodeEncoder.Field;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.CodeParams;
import io.github.sparknsvq.ml.param.ParamSet;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * What models with several codebooks have in common: their columns.
 *
 * @param <M> the model itself
 */
public abstract class CodeModel<M extends CodeModel<M>> extends QuantizerModel<M, CodeSummary>
        implements CodeParams<M> {
    private static final long serialVersionUID = 1L;

    /** Makes a model of codebooks; null for Spark Connect to find its class by. */
    CodeModel(String uid, SharedQuantizer codebooks, Function<Params, ParamSet> params) {
        super(uid, codebooks, params);
    }

    /** Returns the number of codebooks. */
    public int codebooks() {
        return shared().layout().codebooks();
    }

    /** Returns a copy of a codebook, {@code K_m x dimension}. */
    public FloatMatrix codebook(int m) {
        return shared().layout().codebook(shared().codewords().values(), m);
    }

    @Override
    Map<Field, String> columns() {
        return columns(this);
    }

    @Override
    List<Field> codeForms() {
        return List.of(Field.CODE, Field.CODES);
    }

    private static Map<Field, String> columns(CodeParams<?> params) {
        Map<Field, String> codes = Map.of(
                Field.CODE, params.getCodeCol(),
                Field.CODES, params.getCodesCol(),
                Field.ERRORS, params.getErrorsCol());
        return columns(params, codes);
    }

    /** Returns a schema with the columns that a transform adds, or says why it cannot. */
    static StructType outputSchema(CodeParams<?> params, StructType schema) {
        return outputSchema(params, schema, columns(params), 0);
    }

    /** {@inheritDoc} Codes are read from {@code codeCol} or, where that is empty, from {@code codesCol}. */
    @Override
    public Dataset<Row> decode(Dataset<?> codes) {
        NsvqException.unless(
                !getCodeCol().isEmpty() || !getCodesCol().isEmpty(),
                "codeCol and codesCol are both empty: one must name the column to decode");
        return super.decode(codes);
    }

    @Override
    public String toString() {
        SharedQuantizer current = sharedOrNull();
        return getClass().getSimpleName() + ": uid=" + uid() + ", codebooks="
                + (current == null ? "none" : current.layout());
    }
}
