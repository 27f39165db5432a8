package io.github.sparknsvq.ml.sql.functions;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedArgumentExpression;
import org.apache.spark.sql.errors.QueryCompilationErrors;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The parameters of a function, whose arguments come by position and then by name.
 *
 * @param function its name
 * @param required how many of the parameters, the first, need an argument
 * @param parameters all names
 */
record Signature(String function, int required, List<String> parameters) {

    /**
     * Brings arguments into the order of the parameters.
     *
     * @return one for each parameter, null where there is none
     */
    List<Expression> arranged(Seq<Expression> given) {
        List<Expression> arguments = CollectionConverters.asJava(given);
        Expression[] arranged = new Expression[parameters.size()];
        String named = null;
        int position = 0;
        for (Expression argument : arguments) {
            if (argument instanceof NamedArgumentExpression by) {
                named = by.key();
                int at = indexOf(named);
                if (arranged[at] != null) {
                    throw twice(named, at < position);
                }
                arranged[at] = by.value();
            } else if (named != null) {
                throw SqlErrors.analysis(
                        "UNEXPECTED_POSITIONAL_ARGUMENT",
                        Map.of("routineName", id(function), "parameterName", id(named)));
            } else if (position == arranged.length) {
                throw wrongNumber(arguments.size());
            } else {
                arranged[position++] = argument;
            }
        }
        for (int at = 0; at < required; at++) {
            if (arranged[at] == null) {
                throw named == null ? wrongNumber(arguments.size()) : missing(at);
            }
        }
        return Arrays.asList(arranged);
    }

    private int indexOf(String name) {
        for (int at = 0; at < parameters.size(); at++) {
            if (parameters.get(at).equalsIgnoreCase(name)) {
                return at;
            }
        }
        String proposal = parameters.stream().map(Signature::id).collect(Collectors.joining(", "));
        throw SqlErrors.analysis(
                "UNRECOGNIZED_PARAMETER_NAME",
                Map.of("routineName", id(function), "argumentName", id(name), "proposal", proposal));
    }

    private RuntimeException twice(String name, boolean byPosition) {
        return SqlErrors.analysis(
                "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT."
                        + (byPosition ? "BOTH_POSITIONAL_AND_NAMED" : "DOUBLE_NAMED_ARGUMENT_REFERENCE"),
                Map.of("routineName", id(function), "parameterName", id(name)));
    }

    private RuntimeException missing(int at) {
        return SqlErrors.analysis(
                "REQUIRED_PARAMETER_NOT_FOUND",
                Map.of("routineName", id(function), "parameterName", id(parameters.get(at)), "index", "" + at));
    }

    private RuntimeException wrongNumber(int given) {
        List<Object> valid = new ArrayList<>();
        IntStream.rangeClosed(required, parameters.size()).forEach(valid::add);
        Seq<Object> numbers = CollectionConverters.asScala(valid).toList();
        return SqlErrors.unchecked(QueryCompilationErrors.wrongNumArgsError(function, numbers, given, "", "", ""));
    }

    /** Returns a name as messages have it. */
    static String id(String name) {
        return '`' + name + '`';
    }
}
