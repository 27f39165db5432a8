package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.ml.encoding.CodeDistance;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.immutable.Seq;

/** {@code nsvq_distance(q, code, model)}: how far a vector is from what a code stands for. */
public final class DistanceFunction extends ModelFunction {
    private static final long serialVersionUID = 1L;

    static final String NAME = "nsvq_distance";

    /** Makes a call. Public because Catalyst copies expressions by reflection. */
    public DistanceFunction(Seq<Expression> arguments) {
        super(NAME, arguments, 2);
    }

    @Override
    ModelFunction with(Seq<Expression> others) {
        return new DistanceFunction(others);
    }

    @Override
    TypeCheckResult check(OpenModel open) {
        TypeCheckResult vector = EncodeFunction.checkVector(argument(0), 0);
        return vector.isSuccess() ? CodeForm.check(open, argument(1), 1) : vector;
    }

    @Override
    DataType type(OpenModel open) {
        return DataTypes.FloatType;
    }

    @Override
    Expression replaced(OpenModel open) {
        Expression vector = argument(0);
        Expression code = argument(1);
        CodeForm form = CodeForm.of(open, code.dataType());
        CodeDistance distance = new CodeDistance(
                EncodeFunction.column(vector, open),
                open.quantizer(),
                nameOf(code),
                open.variableLength(),
                vector.foldable());
        return call(distance, form.method(), DataTypes.FloatType, vector, as(form.type(), code));
    }
}
