package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.execution.SparkPlan;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/** What an {@link IndexNotUsed} is in a physical plan: its child's rows, and the reason for EXPLAIN. */
public final class IndexNotUsedExec extends SparkPlan {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final SparkPlan child;

    /** Makes the operator. Public because Catalyst copies operators by reflection. */
    public IndexNotUsedExec(String reason, SparkPlan child) {
        this.reason = reason;
        this.child = child;
    }

    @Override
    public RDD<InternalRow> doExecute() {
        return child.execute();
    }

    @Override
    public Seq<Attribute> output() {
        return child.output();
    }

    @Override
    public Partitioning outputPartitioning() {
        return child.outputPartitioning();
    }

    @Override
    public Seq<SortOrder> outputOrdering() {
        return child.outputOrdering();
    }

    @Override
    public Seq<SparkPlan> children() {
        return SparkInternals.scalaList(List.of(child));
    }

    @Override
    public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> others) {
        return new IndexNotUsedExec(reason, others.head());
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
        return other instanceof IndexNotUsedExec;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IndexNotUsedExec that && reason.equals(that.reason) && child.equals(that.child);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
