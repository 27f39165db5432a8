package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.ConditionalExpression;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.HigherOrderFunction;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import org.apache.spark.sql.execution.FilterExec;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.datasources.v2.ContinuousScanExec;
import org.apache.spark.sql.types.Metadata;
import scala.PartialFunction;
import scala.PartialFunction$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Takes searches for the nearest codeword out of projections and filters and has a {@link BatchedSearchExec} below do
 * them.
 *
 * <p>Why so late: until a plan is physical, a search is an expression as any other, and Spark pushes filters past it
 * and prunes columns around it; and once the shuffles are in place, nothing here can mislead adaptive execution. What
 * the rule leaves alone is searched row by row, with the same results: searches in other operators, those behind a
 * condition that spares some rows, and streams without batches, whose rows must not wait for others.
 */
public final class BatchedSearchRule extends Rule<SparkPlan> {
    private static final String VECTOR = "__nsvq_vector";
    private static final String RESULT = "__nsvq_result";

    /** Makes the rule. */
    public BatchedSearchRule() {}

    @Override
    public SparkPlan apply(SparkPlan plan) {
        SparkPlan batched = plan.transformUp(function(BatchedSearchRule::rewritten));
        return batched.fastEquals(plan) || plan.exists(BatchedSearchRule::hasNoBatches) ? plan : batched;
    }

    private static boolean hasNoBatches(SparkPlan node) {
        // by its name, since Spark 4.0 has no such class
        return node instanceof ContinuousScanExec
                || node.getClass().getSimpleName().equals("RealTimeStreamScanExec");
    }

    private static SparkPlan rewritten(SparkPlan node) {
        if (node instanceof ProjectExec project) {
            return rewritten(project);
        }
        return node instanceof FilterExec filter ? rewritten(filter) : node;
    }

    private static SparkPlan rewritten(ProjectExec project) {
        List<Expression> columns = new ArrayList<>();
        list(project.projectList()).forEach(column -> columns.add((Expression) column));
        List<Expression> replaced = new ArrayList<>(columns);
        SparkPlan searched = replaceSearches(replaced, opened(project.child()));
        return replaced.equals(columns) ? project : new ProjectExec(named(replaced), searched);
    }

    /** Conditions without a search come first: what they leave out, such as invalid vectors, must not be searched. */
    private static SparkPlan rewritten(FilterExec filter) {
        List<Expression> before = new ArrayList<>();
        List<Expression> after = new ArrayList<>();
        AttributeSet available = filter.child().outputSet();
        for (Expression condition : conjuncts(filter.condition())) {
            (search(condition, available) == null ? before : after).add(condition);
        }
        if (after.isEmpty()) {
            return filter;
        }
        SparkPlan child = before.isEmpty() ? filter.child() : new FilterExec(conjunction(before), filter.child());
        SparkPlan searched = replaceSearches(after, child);
        return new ProjectExec(named(list(filter.output())), new FilterExec(conjunction(after), searched));
    }

    /** Puts searches on top of a plan until no expression holds a search that every row needs. */
    private static SparkPlan replaceSearches(List<Expression> expressions, SparkPlan child) {
        SparkPlan searched = child;
        Invoke search;
        while ((search = firstSearch(expressions, searched.outputSet())) != null) {
            Attribute result = resultOf(search, searched);
            if (result == null) {
                searched = withSearch(search, searched);
                result = resultOf(search, searched);
            }
            Invoke replaced = search;
            Attribute by = result;
            expressions.replaceAll(expression -> expression.transformUp(function(
                    part -> part instanceof Invoke && part.semanticEquals(replaced) ? (Expression) by : part)));
        }
        return searched;
    }

    private static SparkPlan withSearch(Invoke search, SparkPlan child) {
        SparkPlan vectors = child;
        Expression vector = search.arguments().head();
        if (!(vector instanceof Attribute)) {
            ExprId id = NamedExpression.newExprId();
            Alias alias = new Alias(vector, VECTOR, id, none(), scala.Option.empty(), none());
            List<Expression> columns = new ArrayList<>(list(child.output()));
            columns.add(alias);
            vectors = new ProjectExec(named(columns), child);
            vector = alias.toAttribute();
        }
        AttributeReference result = new AttributeReference(
                RESULT, search.dataType(), search.nullable(), Metadata.empty(), NamedExpression.newExprId(), none());
        return new BatchedSearchExec(search, (Attribute) vector, result, vectors);
    }

    /** Returns the result of a search that was done below already, or null. */
    private static Attribute resultOf(Invoke search, SparkPlan plan) {
        SparkPlan node = plan;
        while (true) {
            if (node instanceof BatchedSearchExec done) {
                if (done.search().semanticEquals(search)) {
                    return done.result();
                }
                node = done.child();
            } else if (node instanceof FilterExec filter) {
                node = filter.child();
            } else {
                return null;
            }
        }
    }

    /** Takes off the projection that hides the results of a filter's search. */
    private static SparkPlan opened(SparkPlan plan) {
        return plan instanceof ProjectExec project
                        && project.child() instanceof FilterExec filter
                        && filter.child() instanceof BatchedSearchExec
                        && list(project.projectList()).stream().allMatch(Attribute.class::isInstance)
                ? filter
                : plan;
    }

    private static Invoke firstSearch(List<Expression> expressions, AttributeSet available) {
        for (Expression expression : expressions) {
            Invoke search = search(expression, available);
            if (search != null) {
                return search;
            }
        }
        return null;
    }

    /** Returns an innermost search of an expression that is evaluated for every row, or null. */
    private static Invoke search(Expression expression, AttributeSet available) {
        List<Expression> always = list(expression.children());
        if (expression instanceof And || expression instanceof Or) {
            always = always.subList(0, 1);
        } else if (expression instanceof ConditionalExpression conditional) {
            always = list(conditional.alwaysEvaluatedInputs());
        } else if (expression instanceof HigherOrderFunction) {
            return null;
        }
        Invoke inner = firstSearch(always, available);
        if (inner != null) {
            return inner;
        }
        return expression instanceof Invoke invoke
                        && isSearch(invoke)
                        && invoke.deterministic()
                        && invoke.references().subsetOf(available)
                ? invoke
                : null;
    }

    private static boolean isSearch(Invoke invoke) {
        return invoke.targetObject() instanceof Literal literal
                && literal.value() instanceof VectorEncoder
                && (invoke.functionName().equals(VectorEncoder.INDEX_OF)
                        || invoke.functionName().equals(VectorEncoder.ENCODE));
    }

    private static List<Expression> conjuncts(Expression condition) {
        if (!(condition instanceof And and)) {
            return List.of(condition);
        }
        List<Expression> all = new ArrayList<>(conjuncts(and.left()));
        all.addAll(conjuncts(and.right()));
        return all;
    }

    private static Expression conjunction(List<Expression> conditions) {
        return conditions.stream().reduce(And::new).orElseThrow();
    }

    /**
     * Returns expressions of which each is a {@code NamedExpression}, which Java does not see to be an expression.
     */
    private static Seq<NamedExpression> named(List<? extends Expression> expressions) {
        List<NamedExpression> named = new ArrayList<>();
        expressions.forEach(expression -> named.add((NamedExpression) expression));
        return SparkInternals.scalaList(named);
    }

    private static <T> List<T> list(Seq<T> values) {
        return CollectionConverters.asJava(values);
    }

    private static <T> Seq<T> none() {
        return SparkInternals.scalaList(List.of());
    }

    private static <T extends TreeNode<?>> PartialFunction<T, T> function(UnaryOperator<T> function) {
        return PartialFunction$.MODULE$.fromFunction(function::apply);
    }
}
