package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExpressionSet;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.UnaryNode;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/** Says in a plan why an index is not used; gives its child's rows. */
public final class IndexNotUsed extends LogicalPlan implements UnaryNode {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final LogicalPlan child;

    /** Makes the node. Public because Catalyst copies nodes by reflection. */
    public IndexNotUsed(String reason, LogicalPlan child) {
        this.reason = reason;
        this.child = child;
    }

    String reason() {
        return reason;
    }

    @Override
    public LogicalPlan child() {
        return child;
    }

    @Override
    public Seq<Attribute> output() {
        return child.output();
    }

    @Override
    public ExpressionSet validConstraints() {
        return child.constraints();
    }

    @Override
    public Option<Object> maxRows() {
        return child.maxRows();
    }

    @Override
    public Seq<LogicalPlan> children() {
        return SparkInternals.scalaList(List.of(child));
    }

    @Override
    public LogicalPlan withNewChildInternal(LogicalPlan other) {
        return new IndexNotUsed(reason, other);
    }

    @Override
    public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> others) {
        return withNewChildInternal(others.head());
    }

    @Override
    public String argString(int maxFields) {
        return reason;
    }

    // Catalyst expects a case class: these methods are what Scala generates for one.

    @Override
    public int productArity() {
        return 2;
    }

    @Override
    public Object productElement(int n) {
        return switch (n) {
            case 0 -> reason;
            case 1 -> child;
            default -> throw new IndexOutOfBoundsException(n);
        };
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof IndexNotUsed;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IndexNotUsed that && reason.equals(that.reason) && child.equals(that.child);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
