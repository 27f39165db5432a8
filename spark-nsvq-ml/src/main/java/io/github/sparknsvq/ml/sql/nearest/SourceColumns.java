package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * The right side of a join down to the table that it reads: views, aliases, projections and filters over it.
 *
 * @param plan the right side
 * @param source the table
 * @param over what is over it, the outermost first
 * @param other the first that is neither of these, or null: then the rest does not count
 * @param definitions what projections make of the table's columns, in terms of these
 */
record SourceColumns(
        LogicalPlan plan,
        LogicalPlan source,
        List<LogicalPlan> over,
        LogicalPlan other,
        Map<ExprId, Expression> definitions) {

    /** Looks through a right side. */
    static SourceColumns of(LogicalPlan plan) {
        List<LogicalPlan> over = new ArrayList<>();
        LogicalPlan other = null;
        LogicalPlan node = plan;
        while (!node.children().isEmpty()) {
            boolean passes = node instanceof SubqueryAlias
                    || node instanceof View
                    || node instanceof Project
                    || node instanceof Filter;
            other = passes || other != null ? other : node;
            over.add(node);
            node = node.children().head();
        }
        Map<ExprId, Expression> definitions = new HashMap<>();
        for (int i = over.size() - 1; i >= 0; i--) {
            if (over.get(i) instanceof Project project) {
                for (Object column : Plans.list(project.projectList())) {
                    if (column instanceof Alias alias) {
                        definitions.put(alias.exprId(), inSource(alias.child(), definitions));
                    }
                }
            }
        }
        return new SourceColumns(plan, node, over, other, definitions);
    }

    /**
     * Refuses a right side that is more than projections and filters of a table.
     *
     * @throws NsvqException that says what it has
     */
    void check() {
        NsvqException.unless(
                other == null,
                "the right side is more than a table with filters and projections: it has "
                        + (other == null ? "" : other.nodeName()));
    }

    private static Expression inSource(Expression expression, Map<ExprId, Expression> definitions) {
        return expression.transformUp(Plans.<Expression>function(
                part -> part instanceof Attribute column ? definitions.getOrDefault(column.exprId(), column) : part));
    }

    /** Takes casts off that change no vector and no whole number, as views have them. */
    static Expression uncast(Expression expression) {
        Expression inner = expression;
        while (inner instanceof Cast cast && keepsValues(cast.child().dataType(), cast.dataType())) {
            inner = cast.child();
        }
        return inner;
    }

    /** Whether a cast only says that there may be nulls, or makes float32 of vectors, as indexes do. */
    private static boolean keepsValues(DataType from, DataType to) {
        return from.sameType(to)
                || (from instanceof ArrayType && to instanceof ArrayType array && isFloating(array.elementType()));
    }

    static boolean isFloating(DataType type) {
        return type.equals(DataTypes.FloatType) || type.equals(DataTypes.DoubleType);
    }

    /** Returns the table's column that one of the right side is, or null. */
    Attribute source(Attribute column) {
        return uncast(inSource(column, definitions)) instanceof Attribute found
                        && source.outputSet().contains(found)
                ? found
                : null;
    }

    /** Returns the table's column of a name, in upper or lower case; null if there is none, or two. */
    Attribute named(String name) {
        List<Attribute> found = Plans.list(source.output()).stream()
                .filter(column -> column.name().equalsIgnoreCase(name))
                .toList();
        return found.size() == 1 ? found.get(0) : null;
    }

    /** Returns the conditions of all filters, in terms of the table's columns. */
    List<Expression> conditions() {
        List<Expression> conditions = new ArrayList<>();
        for (LogicalPlan node : over) {
            if (node instanceof Filter filter) {
                conditions.add(inSource(filter.condition(), definitions));
            }
        }
        return conditions;
    }

    /** The right side, with a column of the table among its own. */
    record Carrying(LogicalPlan plan, Attribute column) {}

    /** Returns the right side with a column of the table: as it is, if it has it, or carried through projections. */
    Carrying carrying(Attribute column) {
        for (Attribute given : Plans.list(plan.output())) {
            Attribute of = source(given);
            if (of != null
                    && of.exprId().equals(column.exprId())
                    && of.dataType().equals(given.dataType())) {
                return new Carrying(plan, given);
            }
        }
        LogicalPlan node = source;
        for (int i = over.size() - 1; i >= 0; i--) {
            LogicalPlan above = over.get(i);
            if (above instanceof Project project) {
                List<NamedExpression> columns = new ArrayList<>(Plans.list(project.projectList()));
                if (columns.stream().noneMatch(one -> one.exprId().equals(column.exprId()))) {
                    columns.add(column);
                }
                node = new Project(SparkInternals.scalaList(columns), node);
            } else {
                node = above.withNewChildren(SparkInternals.scalaList(List.of(node)));
            }
        }
        return new Carrying(node, column);
    }
}
