package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import scala.Option;
import scala.PartialFunction;
import scala.PartialFunction$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Catalyst's trees, from Java. */
final class Plans {
    private Plans() {}

    static <T> List<T> list(Seq<T> values) {
        return CollectionConverters.asJava(values);
    }

    static <T extends TreeNode<?>> PartialFunction<T, T> function(UnaryOperator<T> function) {
        return PartialFunction$.MODULE$.fromFunction(function::apply);
    }

    /** Returns an expression under a name, as a new column. */
    static Alias named(Expression expression, String name) {
        Seq<String> none = SparkInternals.scalaList(List.of());
        return new Alias(expression, name, NamedExpression.newExprId(), none, Option.empty(), none);
    }
}
