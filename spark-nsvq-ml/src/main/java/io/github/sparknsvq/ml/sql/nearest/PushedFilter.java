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
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
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
        String filter =
                conditions.stream().map(PushedFilter::unqualified).collect(Collectors.joining(" AND "));
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

    private static String unqualified(Expression condition) {
        return condition
                .transformUp(Plans.<Expression>function(part ->
                        part instanceof Attribute column ? column.withQualifier(SparkInternals.scalaList(List.of())) : part))
                .sql();
    }
}
