package io.github.sparknsvq.ml.sql.functions;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StringType;
import scala.collection.immutable.Seq;

/** The arguments of a table function, which are constants but for tables; a null is as none. */
final class Constants {
    private final Signature signature;
    private final List<Expression> arguments;

    Constants(Signature signature, Seq<Expression> given) {
        this.signature = signature;
        this.arguments = signature.arranged(given);
    }

    /** Returns an argument, or null where there is none. */
    Expression argument(String parameter) {
        return arguments.get(signature.parameters().indexOf(parameter));
    }

    /** Returns a string that must be there. */
    String text(String parameter) {
        return optionalText(parameter).orElseThrow(() -> wrongType(parameter, "STRING"));
    }

    Optional<String> optionalText(String parameter) {
        return value(parameter, "STRING", StringType.class).map(Object::toString);
    }

    Optional<Boolean> truth(String parameter) {
        return value(parameter, "BOOLEAN", BooleanType.class).map(Boolean.class::cast);
    }

    Optional<Integer> integer(String parameter) {
        return value(parameter, "INT", IntegralType.class).map(value -> {
            long number = ((Number) value).longValue();
            if (number != (int) number) {
                throw wrongType(parameter, "INT");
            }
            return (int) number;
        });
    }

    private Optional<Object> value(String parameter, String type, Class<? extends DataType> needed) {
        Expression argument = argument(parameter);
        if (argument == null || argument.dataType() instanceof NullType) {
            return Optional.empty();
        }
        if (!needed.isInstance(argument.dataType())) {
            throw wrongType(parameter, type);
        }
        if (!argument.foldable()) {
            throw SqlErrors.analysis(
                    "NON_FOLDABLE_ARGUMENT",
                    Map.of(
                            "funcName", Signature.id(signature.function()),
                            "paramName", Signature.id(parameter),
                            "paramType", '"' + type + '"'));
        }
        return Optional.ofNullable(argument.eval(InternalRow.empty()));
    }

    private RuntimeException wrongType(String parameter, String type) {
        int at = signature.parameters().indexOf(parameter) + 1;
        return SqlErrors.wrongArgument(signature.function(), at, type, argument(parameter));
    }
}
