package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.Scaling;
import io.github.sparknsvq.ml.encoding.CodeEncoder;
import io.github.sparknsvq.ml.encoding.CodeEncoder.Field;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.vectors.VectorForm;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NullType;
import scala.Option;
import scala.collection.immutable.Seq;

/** {@code nsvq_encode(v, model[, result])}: what a model's {@code transform} finds for a vector. */
public final class EncodeFunction extends ModelFunction {
    private static final long serialVersionUID = 1L;

    private static final String VECTORS = "(\"ARRAY<FLOAT>\" or another array of numbers, or \"VECTOR\")";

    static final String NAME = "nsvq_encode";

    /** Makes a call. Public because Catalyst copies expressions by reflection. */
    public EncodeFunction(Seq<Expression> arguments) {
        super(NAME, arguments, 1);
    }

    @Override
    ModelFunction with(Seq<Expression> others) {
        return new EncodeFunction(others);
    }

    /** Says whether an argument holds vectors. */
    static TypeCheckResult checkVector(Expression vector, int at) {
        return vector.dataType() instanceof NullType || VectorForm.of(vector.dataType()) != null
                ? success()
                : SqlErrors.wrongType(at, VECTORS, vector);
    }

    @Override
    TypeCheckResult check(OpenModel open) {
        TypeCheckResult vector = checkVector(argument(0), 0);
        if (!vector.isSuccess() || children().size() == 2) {
            return vector;
        }
        TypeCheckResult text = checkText(2, "result");
        if (text.isSuccess()) {
            field(open);
        }
        return text;
    }

    /** Returns what is to be found; throws if the model finds no such thing. */
    private Field field(OpenModel open) {
        if (children().size() == 2) {
            return open.fields().get(0);
        }
        String wanted = argument(2).eval(InternalRow.empty()).toString();
        return open.fields().stream()
                .filter(field -> name(field).equalsIgnoreCase(wanted))
                .findFirst()
                .orElseThrow(() -> noSuchResult(open, wanted));
    }

    private static String name(Field field) {
        return field.name().toLowerCase(Locale.ROOT);
    }

    private static RuntimeException noSuchResult(OpenModel open, String wanted) {
        String valid = open.fields().stream().map(EncodeFunction::name).collect(Collectors.joining(", "));
        String none = NAME + ": there is no result " + Reason.quoted(wanted);
        return new NsvqException(none + ", the model finds " + valid);
    }

    @Override
    DataType type(OpenModel open) {
        return field(open).type();
    }

    @Override
    Expression replaced(OpenModel open) {
        Expression vector = argument(0);
        Field field = field(open);
        Set<Field> one = Set.of(field);
        CodeEncoder.Wanted wanted = new CodeEncoder.Wanted(one, open.cosine(), open.errorThreshold(), false);
        CodeEncoder encoder = new CodeEncoder(column(vector, open), open.quantizer(), wanted);
        return field == Field.INDEX
                ? call(encoder, CodeEncoder.INDEX_OF, field.type(), vector)
                : new GetStructField(call(encoder, CodeEncoder.ENCODE, encoder.type(), vector), 0, Option.empty());
    }

    /** Returns an argument with vectors as a column. */
    static VectorColumn column(Expression vector, OpenModel open) {
        VectorForm form = VectorForm.of(vector.dataType());
        Scaling weights = open.quantizer().value().scaling();
        return new VectorColumn(nameOf(vector), vector.dataType(), form, open.cosine(), weights);
    }
}
