package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.index.BatchSearch;
import io.github.sparknsvq.ml.index.ListSchema;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.CommonExpressionDef;
import org.apache.spark.sql.catalyst.expressions.CommonExpressionRef;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.InheritAnalysisRules;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.expressions.With;
import org.apache.spark.sql.types.StructField;

/** The filters of a right side as a filter of an index, on the attributes that it keeps beside ids. */
final class PushedFilter {
    private PushedFilter() {}

    /**
     * Returns conditions as an index takes them.
     *
     * @param conditions in terms of the table's columns
     * @return null for none
     * @throws NsvqException if the index cannot decide them
     */
    static String of(List<Expression> conditions, ListSchema schema, SparkSession spark) {
        if (conditions.isEmpty()) {
            return null;
        }
        for (Expression condition : conditions) {
            NsvqException.unless(
                    condition.deterministic() && !SubqueryExpression.hasSubquery(condition),
                    "the right side's filter " + condition.sql() + " is not decided by a row alone");
            condition.references().foreach(column -> {
                check(column, schema);
                return null;
            });
        }
        String filter = conditions.stream().map(PushedFilter::unqualified).collect(Collectors.joining(" AND "));
        BatchSearch.checkFilter(spark, schema, filter);
        return filter;
    }

    private static void check(Attribute column, ListSchema schema) {
        StructField attribute = Arrays.stream(schema.attributes().fields())
                .filter(field -> field.name().equalsIgnoreCase(column.name()))
                .findFirst()
                .orElse(null);
        NsvqException.unless(
                attribute != null,
                "the right side has a filter on " + column.name()
                        + ", which is no attribute of the index: build it with attributeCols");
        NsvqException.unless(
                attribute.dataType().equals(SparkInternals.nullable(column.dataType())),
                "the right side's " + column.name() + " is " + column.dataType().catalogString()
                        + ", the index's attribute is " + attribute.dataType().catalogString());
    }

    /** Returns a condition's text, on columns by their names alone. */
    private static String unqualified(Expression condition) {
        return condition
                .transformDown(Plans.function(PushedFilter::written))
                .transformUp(Plans.function(PushedFilter::inlined))
                .sql();
    }

    /** Returns what between and others stand for: their own text has columns that no rule reaches. */
    private static Expression written(Expression part) {
        return part instanceof InheritAnalysisRules ? ((RuntimeReplaceable) part).replacement() : part;
    }

    private static Expression inlined(Expression part) {
        if (part instanceof Attribute column) {
            return column.withQualifier(SparkInternals.scalaList(List.of()));
        }
        return part instanceof With shared
                ? shared.child().transformUp(Plans.function(inner -> definition(shared, inner)))
                : part;
    }

    private static Expression definition(With shared, Expression part) {
        return part instanceof CommonExpressionRef reference
                ? Plans.list(shared.defs()).stream()
                        .filter(definition -> definition.id().equals(reference.id()))
                        .findFirst()
                        .map(CommonExpressionDef::child)
                        .orElseThrow()
                : part;
    }
}
