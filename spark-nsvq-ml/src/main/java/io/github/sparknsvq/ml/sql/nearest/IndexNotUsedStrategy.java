package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.collection.immutable.Seq;

/** Plans an {@link IndexNotUsed}. */
public final class IndexNotUsedStrategy extends SparkStrategy {
    private static final long serialVersionUID = 1L;

    /** Makes the strategy. */
    public IndexNotUsedStrategy() {}

    @Override
    public Seq<SparkPlan> apply(LogicalPlan plan) {
        return SparkInternals.scalaList(
                plan instanceof IndexNotUsed note
                        ? List.of(new IndexNotUsedExec(note.reason(), planLater(note.child())))
                        : List.of());
    }
}
