package io.github.sparknsvq.ml.sql.functions;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import scala.jdk.javaapi.CollectionConverters;

/** Spark's own errors, by the names of its error conditions. */
final class SqlErrors {
    private static final List<String> ORDINALS = List.of(
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth");

    private SqlErrors() {}

    /** Returns the error for a path at which nothing is. */
    static RuntimeException pathNotFound(String path) {
        return analysis("PATH_NOT_FOUND", Map.of("path", path));
    }

    /** Returns the error of a condition; Spark's own is checked, but undeclared. */
    static RuntimeException analysis(String condition, Map<String, String> parameters) {
        return unchecked(new AnalysisException(condition, scalaMap(parameters)));
    }

    /** Throws an error as it is, checked or not. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // so that javac takes it for unchecked
    static <E extends Throwable> RuntimeException unchecked(Throwable error) throws E {
        throw (E) error;
    }

    /** Says that an argument should be constant. */
    static TypeCheckResult notConstant(String name, String type, Expression given) {
        return mismatch(
                "NON_FOLDABLE_INPUT",
                Map.of("inputName", Signature.id(name), "inputType", quoted(type), "inputExpr", quoted(given.sql())));
    }

    /** Says that a constant argument should not be null. */
    static TypeCheckResult isNull(String name) {
        return mismatch("UNEXPECTED_NULL", Map.of("exprName", Signature.id(name)));
    }

    /** Says that an argument should have another type. */
    static TypeCheckResult wrongType(int at, String needed, Expression given) {
        return mismatch(
                "UNEXPECTED_INPUT_TYPE",
                Map.of(
                        "paramIndex", ORDINALS.get(at),
                        "requiredType", needed,
                        "inputSql", quoted(given.sql()),
                        "inputType", quoted(given.dataType().sql())));
    }

    /** Returns the error for a table function's argument of another type, {@code at} counted from 1. */
    static RuntimeException wrongArgument(String function, int at, String needed, Expression given) {
        return analysis(
                "UNEXPECTED_INPUT_TYPE",
                Map.of(
                        "paramIndex", ORDINALS.get(at - 1),
                        "functionName", Signature.id(function),
                        "requiredType", quoted(needed),
                        "inputSql", quoted(given.sql()),
                        "inputType", quoted(given.dataType().sql())));
    }

    private static TypeCheckResult mismatch(String condition, Map<String, String> parameters) {
        return new TypeCheckResult.DataTypeMismatch(condition, scalaMap(parameters));
    }

    private static String quoted(String sql) {
        return '"' + sql + '"';
    }

    private static scala.collection.immutable.Map<String, String> scalaMap(Map<String, String> map) {
        return scala.collection.immutable.Map.from(CollectionConverters.asScala(map));
    }
}
