package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.ml.encoding.CodeColumnDecoder;
import io.github.sparknsvq.ml.encoding.PositionDecoder;
import io.github.sparknsvq.ml.encoding.SharedQuantizer.Kind;
import java.io.Serializable;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.DataType;
import scala.collection.immutable.Seq;

/** {@code nsvq_decode(code, model)}: what a code stands for. */
public final class DecodeFunction extends ModelFunction {
    private static final long serialVersionUID = 1L;

    static final String NAME = "nsvq_decode";

    /** Makes a call. Public because Catalyst copies expressions by reflection. */
    public DecodeFunction(Seq<Expression> arguments) {
        super(NAME, arguments, 1);
    }

    @Override
    ModelFunction with(Seq<Expression> others) {
        return new DecodeFunction(others);
    }

    @Override
    TypeCheckResult check(OpenModel open) {
        return CodeForm.check(open, argument(0), 0);
    }

    @Override
    DataType type(OpenModel open) {
        return vectorType();
    }

    @Override
    Expression replaced(OpenModel open) {
        Expression code = argument(0);
        CodeForm form = CodeForm.of(open, code.dataType());
        String name = nameOf(code);
        Serializable decoder = open.kind() == Kind.CURVE
                ? new PositionDecoder(open.quantizer(), name)
                : new CodeColumnDecoder(open.quantizer(), name, open.variableLength());
        return call(decoder, form.method(), vectorType(), as(form.type(), code));
    }
}
