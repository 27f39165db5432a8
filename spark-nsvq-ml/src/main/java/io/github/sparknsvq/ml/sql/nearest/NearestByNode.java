package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.core.NsvqException;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.JoinType;
import org.apache.spark.sql.catalyst.plans.LeftOuter$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * The join as Spark's analyzer leaves it, a {@code NearestByJoin}: by reflection, since Spark has that class from 4.2
 * on.
 *
 * @param node the join itself
 * @param outer whether rows of the left side without neighbors stay
 * @param approximate whether {@code APPROX} is written, rather than {@code EXACT}
 * @param k neighbors of each row of the left side
 * @param ranking what rows of the right side are ranked by
 * @param similarity whether greater is nearer
 */
record NearestByNode(
        LogicalPlan node, boolean outer, boolean approximate, int k, Expression ranking, boolean similarity) {
    private static final String NAME = "org.apache.spark.sql.catalyst.plans.logical.NearestByJoin";

    static boolean is(LogicalPlan plan) {
        return plan.getClass().getName().equals(NAME);
    }

    /** Reads a plan that {@link #is} such a join. */
    static NearestByNode of(LogicalPlan plan) {
        JoinType type = (JoinType) call(plan, "joinType");
        return new NearestByNode(
                plan,
                type == LeftOuter$.MODULE$,
                (boolean) call(plan, "approx"),
                (int) call(plan, "numResults"),
                (Expression) call(plan, "rankingExpression"),
                call(plan, "direction").toString().equals("NearestBySimilarity"));
    }

    private static Object call(LogicalPlan plan, String method) {
        try {
            return plan.getClass().getMethod(method).invoke(plan);
        } catch (ReflectiveOperationException e) {
            throw new NsvqException("this version of Spark's nearest-neighbor join has no " + method, e);
        }
    }

    LogicalPlan left() {
        return node.children().head();
    }

    LogicalPlan right() {
        return node.children().last();
    }
}
